import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { TestServers } from "./servers.ts";

/** What is listed where nothing is paused. */
const NONE = "function\tsince\tuntil\tby\treason\n.\n";

describe("where servers share jobs, a pause", () => {
  test("holds at all servers, and ends at all, whoever orders it", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const workers = [await a.worker("f"), await b.worker("f")];
    assertEquals(await a.peer().told("pause f too+hot"), "OK\n");
    const handle = await b.peer().background("f", "", "first");
    await all.settled();
    for (const worker of workers) {
      assertEquals([worker.types(), await worker.grabbed()], [[], null]);
      worker.send("PRE_SLEEP");
    }
    const shown = await b.peer().told("list pauses");
    assert(shown.includes("too+hot"), shown);
    assertEquals(await b.peer().told("resume f"), "OK\n");
    await all.settled();
    const woken = workers.filter((worker) => worker.types().includes("NOOP"));
    assert(woken.length > 0);
    assertEquals(await woken[0].grabbed(), [handle, "f", "first"]);
    assertEquals(await a.peer().told("list pauses"), NONE);
    await all.close();
  });

  test("ends at all servers when its time is over", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const worker = await b.worker("f");
    assertEquals(await a.peer().told("pause f 60"), "OK\n");
    const handle = await b.peer().background("f");
    await all.advance(59_000);
    assertEquals(await worker.grabbed(), null);
    worker.send("PRE_SLEEP");
    await all.advance(2000);
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals(await worker.grabbed(), [handle, "f", ""]);
    // One that comes later does not know of it any more.
    const c = await all.add("c");
    assertEquals(await c.peer().told("list pauses"), NONE);
    await all.close();
  });

  test("is answered when no server starts a job any more", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const worker = await b.worker("f");
    b.member.delay = 300;
    const client = a.peer();
    client.raw("pause f\n");
    await all.settled();
    assert(!client.mayLeave);
    const [foreground] = [b.peer().submit("SUBMIT_JOB", "f", "", "")];
    assertEquals((await worker.grabbed())?.[0], foreground);
    await all.advance(2000);
    assert(client.mayLeave);
    b.peer().submit("SUBMIT_JOB", "f", "", "");
    assertEquals(await worker.grabbed(), null);
    await all.close();
  });

  test("is known to a server that was cut off, when it is back", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    assertEquals(await a.peer().told("pause f"), "OK\n");
    assertEquals(await a.peer().told("pause g"), "OK\n");
    b.member.cutOff();
    const client = a.peer();
    client.raw("resume f\npause h\n");
    await all.settled();
    assert(!client.mayLeave, "b may not know it");
    await all.advance(4000);
    b.member.heal();
    await all.advance(100);
    assert(client.mayLeave);
    const paused = (text: string) => text.split("\n").slice(1).map((line) => line.split("\t")[0]);
    assertEquals(paused(await b.peer().told("list pauses")), ["g", "h", ".", ""]);
    // What it orders while it is cut off holds when it is back.
    b.member.cutOff();
    b.peer().raw("resume g\n");
    await all.advance(1000);
    b.member.heal();
    await all.advance(2000);
    assertEquals(paused(await a.peer().told("list pauses")), ["h", ".", ""]);
    await all.close();
  });

  test("is what was ordered last, at all servers alike", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    a.member.delay = b.member.delay = 20;
    for (let turn = 0; turn < 10; turn++) {
      a.peer().raw(`pause f a${turn}\n`);
      await all.advance(turn * 3);
      b.peer().raw(turn % 2 === 0 ? `pause f b${turn}\n` : "resume f\n");
      await all.advance(3000);
      const [one, other] = [await a.peer().told("list pauses"), await b.peer().told("list pauses")];
      assertEquals(one, other);
    }
    await all.close();
  });
});
