import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { handleOf, TestServers } from "./servers.ts";

describe("uniques across servers", () => {
  test("a second submit, at another server, gets the handle of the live job", async () => {
    const all = await TestServers.begin(2);
    const first = await all.a.peer().background("f", "u", "one");
    assertEquals(await all.b.peer().background("f", "u", "two"), first);
    assertEquals(all.queue.numbers.length, 1);
    assertEquals([all.a.size, all.b.size], [0, 0]);
    // Of another function it is another job.
    assert(await all.b.peer().background("g", "u") !== first);
    const worker = await all.b.worker("f");
    assertEquals(await worker.drained(), ["one"]);
    assert(await all.b.peer().background("f", "u", "three") !== first);
    await all.close();
  });

  test("many submits in one round keep their handles apart, in the order of the submits", async () => {
    const all = await TestServers.begin(2);
    const known = await all.a.peer().background("f", "known");
    const client = all.b.peer();
    for (const unique of ["", "known", "new", "new", "known", ""]) {
      client.send("SUBMIT_JOB_BG", "f", unique, "");
    }
    client.send("SUBMIT_JOB", "g", "", "");
    await all.settled();
    const handles = client.packets().map(({ args: [handle] }) => handle);
    const [first, second, third, fourth, fifth, sixth, foreground] = handles;
    assertEquals([second, fifth], [known, known]);
    assertEquals(third, fourth);
    assertEquals(new Set([known, first, third, sixth, foreground]).size, 5);
    assertEquals(all.queue.numbers.map(handleOf), [known, first, third, sixth]);
    await all.close();
  });

  test("a submit of a job that runs elsewhere is one with it", async () => {
    const all = await TestServers.begin(2);
    const worker = await all.a.worker("f");
    const handle = await all.b.peer().background("f", "u");
    assertEquals((await worker.grabbed())?.[0], handle);
    assertEquals(await all.b.peer().background("f", "u"), handle);
    assertEquals(await all.a.peer().background("f", "u"), handle);
    worker.send("WORK_COMPLETE", handle, "");
    await all.settled();
    assertEquals(all.queue.numbers, []);
    await all.close();
  });

  test("a submit while the end of the job is on its way neither runs twice nor is lost", async () => {
    for (const [submitDelay, endDelay] of [[1, 5], [5, 1], [3, 3], [2, 3]]) {
      const all = await TestServers.begin(2);
      const worker = await all.a.worker("f");
      const first = await all.b.peer().background("f", "u", "one");
      await worker.grabbed();
      all.b.member.delay = submitDelay;
      all.a.member.delay = endDelay;
      const client = all.b.peer();
      client.send("SUBMIT_JOB_BG", "f", "u", "two");
      worker.send("WORK_COMPLETE", first, "");
      await all.advance(50);
      all.a.member.delay = all.b.member.delay = 0;
      const [{ type, args: [second] }] = client.packets();
      assertEquals(type, "JOB_CREATED");
      worker.packets();
      const payloads = await worker.drained();
      // Either it was one with the first, which lived then, or it runs.
      assertEquals(payloads, second === first ? [] : ["two"]);
      assertEquals(all.queue.numbers, []);
      await all.close();
    }
  });
});

describe("a foreground job", () => {
  test("is done where its client is, and costs the queue nothing", async () => {
    const all = await TestServers.begin(2);
    const client = all.a.peer();
    all.a.member.cutOff();
    const handle = await client.submitted("SUBMIT_JOB", "f", "u", "x");
    const worker = await all.a.worker("f");
    assertEquals(await worker.grabbed(), [handle, "f", "x"]);
    worker.send("WORK_COMPLETE", handle, "done");
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "done"] }]);
    assertEquals(all.queue.numbers, []);
    await all.close();
  });

  test("is one with a background job that waits in the queue, whose handle it gets", async () => {
    const all = await TestServers.begin(2);
    const handle = await all.a.peer().background("f", "u", "one");
    await all.advance(1000);
    const client = all.b.peer();
    assertEquals(await client.submitted("SUBMIT_JOB", "f", "u", "two"), handle);
    const other = all.b.peer();
    assertEquals(await other.submitted("SUBMIT_JOB", "f", "u", "three"), handle);
    assertEquals(all.b.size, 1);
    const worker = await all.b.worker("f");
    assertEquals(await worker.grabbed(), [handle, "f", "one"]);
    worker.send("WORK_COMPLETE", handle, "done");
    await all.settled();
    for (const peer of [client, other]) {
      assertEquals(peer.packets(), [{ type: "WORK_COMPLETE", args: [handle, "done"] }]);
    }
    assertEquals(all.queue.numbers, []);
    await all.close();
  });

  test("is one of its own while a background job with its unique runs elsewhere", async () => {
    const all = await TestServers.begin(2);
    const worker = await all.a.worker("f");
    const handle = await all.b.peer().background("f", "u");
    await worker.grabbed();
    await all.advance(1000);
    assert(await all.b.peer().submitted("SUBMIT_JOB", "f", "u", "") !== handle);
    await all.close();
  });

  test("that a background submit joins is written under its own handle", async () => {
    const all = await TestServers.begin(2);
    const client = all.a.peer();
    const handle = await client.submitted("SUBMIT_JOB", "f", "u", "x");
    assertEquals(await all.a.peer().background("f", "u", "y"), handle);
    assertEquals(all.queue.numbers.map(handleOf), [handle]);
    client.vanish();
    await all.settled();
    const worker = await all.a.worker("f");
    await worker.drained();
    assertEquals(all.queue.numbers, []);
    await all.close();
  });

  test("that joins a background job while that is being written stays with it", async () => {
    const all = await TestServers.begin(2);
    all.a.member.delay = 2;
    const client = all.a.peer();
    client.send("SUBMIT_JOB_BG", "f", "u", "x");
    await all.advance(1);
    client.send("SUBMIT_JOB", "f", "u", "x");
    await all.advance(20);
    all.a.member.delay = 0;
    const [first, second] = client.packets().map(({ args: [handle] }) => handle);
    assertEquals(first, second);
    assertEquals(all.a.size, 1);
    const worker = await all.a.worker("f");
    await worker.drained();
    await all.settled();
    assertEquals(client.types(), ["WORK_COMPLETE"]);
    assertEquals(all.queue.numbers, []);
    await all.close();
  });
});
