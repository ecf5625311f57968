import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { type TestServer, TestServers } from "./servers.ts";

const RULES = { f: { dead: { count: 2, age: "5m" } } };

/** The payloads or handles of the dead jobs that a server lists, in their order. */
async function deadAt(server: TestServer): Promise<string[]> {
  const lines = (await server.peer().told("list dead")).split("\n").slice(1, -2);
  return lines.map((line) => line.split("\t")[0]);
}

/** A worker of this server gets a job, and fails. */
async function fails(server: TestServer, handle: string): Promise<void> {
  const worker = await server.worker("f");
  assertEquals((await worker.grabbed())?.[0], handle);
  worker.send("WORK_EXCEPTION", handle, "no ink").vanish();
  await server.settled();
}

describe("where servers share jobs, one that has failed for good", () => {
  test("is dead at all servers, and lives again at the word of any", async () => {
    const all = await TestServers.begin(2, {}, RULES);
    const { a, b } = all;
    const handle = await a.peer().submitted("SUBMIT_JOB_BG", "f", "u", "letter");
    await fails(b, handle);
    assertEquals([await deadAt(a), await deadAt(b)], [[handle], [handle]]);
    const why = await a.peer().told(`why ${handle}`);
    assert(why.includes("no ink"), why);
    // Its unique is free.
    const other = await a.peer().submitted("SUBMIT_JOB_BG", "f", "u", "");
    assert(other !== handle);
    assertEquals(
      await a.peer().told(`kick job ${handle}`),
      "ERR UNIQUE_IN_USE a+live+job+has+its+unique\r\n",
    );
    assertEquals(await b.peer().told(`cancel job ${other}`), "OK\r\n");
    assertEquals(await a.peer().told(`kick job ${handle}`), "OK\r\n");
    await all.settled();
    assertEquals([await deadAt(a), await deadAt(b)], [[], []]);
    const worker = await b.worker("f");
    assertEquals(await worker.grabbed(), [handle, "f", "letter"]);
    worker.send("WORK_COMPLETE", handle, "");
    await all.settled();
    assertEquals(all.queue.numbers, []);
    assertEquals(await a.peer().told(`kick job ${handle}`), "ERR UNKNOWN_JOB\r\n");
    await all.close();
  });

  test("drives the oldest one out if there are too many, wherever they died", async () => {
    const all = await TestServers.begin(2, {}, RULES);
    const { a, b } = all;
    const handles: string[] = [];
    for (const server of [a, b, a]) {
      await all.advance(1000);
      const handle = await a.peer().background("f", "", `${handles.length}`);
      handles.push(handle);
      await fails(server, handle);
    }
    assertEquals([await deadAt(a), await deadAt(b)], [handles.slice(1), handles.slice(1)]);
    assertEquals(await b.peer().told("kick f"), "OK 2\n");
    assertEquals(await (await a.worker("f")).drained(), ["1", "2"]);
    assertEquals(all.queue.numbers, []);
    await all.close();
  });

  test("is there for as long as its rule says, whatever becomes of its server", async () => {
    const all = await TestServers.begin(2, {}, RULES);
    const { a, b } = all;
    const handle = await b.peer().background("f");
    await fails(a, handle);
    a.member.kill();
    await all.advance(4000);
    const c = await all.add("c");
    assertEquals([await deadAt(b), await deadAt(c)], [[handle], [handle]]);
    await all.advance(4 * 60_000);
    assertEquals(await deadAt(c), [handle]);
    await all.advance(2 * 60_000);
    assertEquals([await deadAt(b), await deadAt(c)], [[], []]);
    await Promise.all([b.jobs.close(), c.jobs.close()]);
  });

  test("is gone for good at the word of any server", async () => {
    const all = await TestServers.begin(2, {}, RULES);
    const { a, b } = all;
    const handles = [await a.peer().background("f"), await a.peer().background("f")];
    for (const handle of handles) await fails(a, handle);
    assertEquals(await b.peer().told(`drop dead job ${handles[0]}`), "OK\r\n");
    await all.settled();
    assertEquals([await deadAt(a), await deadAt(b)], [[handles[1]], [handles[1]]]);
    assertEquals(await b.peer().told("drop dead f"), "OK 1\n");
    await all.settled();
    assertEquals([await deadAt(a), await a.peer().told("kick f")], [[], "OK 0\n"]);
    await all.close();
  });

  test("is buried by any server, wherever it is", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const waiting = await a.peer().background("f", "", "waiting");
    const due = `${all.clock.epoch() / 1000 + 3600}`;
    const later = await a.peer().submitted("SUBMIT_JOB_EPOCH", "f", "", due, "");
    const running = await b.peer().background("g");
    const worker = await b.worker("g");
    assertEquals((await worker.grabbed())?.[0], running);
    for (const handle of [waiting, later, running]) {
      const client = a.peer();
      client.raw(`bury ${handle}\n`);
      await all.advance(1000);
      assertEquals(client.bytes(), "OK\r\n");
    }
    assertEquals((await deadAt(b)).sort(), [waiting, later, running].sort());
    // What its worker says comes too late.
    worker.send("WORK_COMPLETE", running, "");
    await all.settled();
    assertEquals((await deadAt(a)).length, 3);
    assertEquals(await a.peer().told("bury H:nobody:1"), "ERR UNKNOWN_JOB\r\n");
    assertEquals(await b.peer().told("kick f 1"), "OK 1\n");
    assertEquals(await (await a.worker("f")).drained(), ["waiting"]);
    await all.close();
  });

  test("is dead no more at a server that was cut off, once that is back", async () => {
    const all = await TestServers.begin(2, {}, RULES);
    const { a, b } = all;
    const handle = await b.peer().background("f");
    const worker = await a.worker("f");
    assertEquals((await worker.grabbed())?.[0], handle);
    a.member.cutOff();
    worker.send("WORK_FAIL", handle);
    await all.settled();
    assertEquals(a.router.dead.size, 1);
    await all.advance(9000);
    // Others have it, and it fails there for good.
    await fails(b, handle);
    assertEquals(await b.peer().told("kick f"), "OK 1\n");
    a.member.heal();
    await all.advance(1000);
    assertEquals([await deadAt(a), await deadAt(b)], [[], []]);
    assertEquals(await (await b.worker("f")).drained(), [""]);
    await all.close();
  });
});
