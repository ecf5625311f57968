import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { handleOf, TestServers } from "./servers.ts";

describe("claimed jobs", () => {
  test("go back when the last worker of their function leaves", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const client = a.peer();
    const worker = await b.worker("f");
    const handle = await client.background("f", "", "x");
    assertEquals([worker.types(), b.size], [["NOOP"], 1]);
    worker.vanish();
    await all.settled();
    assertEquals(b.size, 0);
    const other = await a.worker("f");
    const assigned = await other.grabbed();
    assertEquals(assigned, [handle, "f", "x"]);
    assertEquals(a.router.jobByHandle(handle)!.losses, 0);
    await all.close();
  });

  test("stay when a worker says anew what it can do", async () => {
    const all = await TestServers.begin(2);
    const worker = await all.b.worker("f");
    const handle = await all.a.peer().background("f", "", "x");
    worker.send("RESET_ABILITIES").canDo("f");
    await all.settled();
    assertEquals(all.b.size, 1);
    assertEquals((await worker.grabbed())?.[0], handle);
    await all.close();
  });

  test("that a worker lost are others', counted as lost once", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const worker = await b.worker("f");
    const handle = await a.peer().background("f", "", "x");
    await worker.grabbed();
    worker.vanish();
    await all.settled();
    assertEquals(b.size, 0);
    const other = await a.worker("f");
    assertEquals((await other.grabbed())?.[0], handle);
    assertEquals(a.router.jobByHandle(handle)!.losses, 1);
    await all.close();
  });

  test("that a worker lost stay where another worker is, and their losses are written", async () => {
    const all = await TestServers.begin(2, { jobRetries: 2 });
    const { a, b } = all;
    const [first, second] = [await b.worker("f"), await b.worker("f")];
    const handle = await a.peer().background("f", "", "x");
    for (const worker of [first, second]) {
      await worker.grabbed();
      worker.vanish();
      await all.settled();
    }
    // It has lost two workers, as many as there may be.
    assertEquals(all.queue.numbers, []);
    assertEquals(b.router.jobByHandle(handle), undefined);
    await all.close();
  });

  test("that are to run again later wait in the queue until then", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    for (const { router } of all.servers) {
      router.policy.afterFailure = () => ({ retryAt: all.clock.epoch() + 60_000 });
    }
    const worker = await b.worker("f");
    const handle = await a.peer().background("f", "", "x");
    await worker.grabbed();
    worker.send("WORK_FAIL", handle);
    await all.settled();
    assertEquals(b.size, 0);
    const other = await a.worker("f");
    await all.advance(59_000);
    assertEquals(other.types(), []);
    worker.vanish();
    await all.advance(2000);
    assertEquals(other.types(), ["NOOP"]);
    assertEquals((await other.grabbed())?.[0], handle);
    assertEquals(a.router.jobByHandle(handle)!.failures, 1);
    await all.close();
  });

  test("go back when the worker that was woken for them does not look", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const hung = await b.worker("f");
    const handle = await a.peer().background("f", "", "x");
    assertEquals(hung.types(), ["NOOP"]);
    const other = await a.worker("f");
    await all.advance(3500);
    assertEquals(other.types().at(-1), "NOOP");
    assertEquals((await other.grabbed())?.[0], handle);
    assertEquals(b.size, 0);
    await all.close();
  });

  test("are as many as workers are free, and no more while none is", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const client = a.peer();
    const workers = [await b.worker("f"), await b.worker("f"), await b.worker("f")];
    for (let count = 0; count < 50; count++) client.send("SUBMIT_JOB_BG", "f", "", `${count}`);
    await all.settled();
    assertEquals(b.size, 3);
    for (const worker of workers) assert(await worker.grabbed() !== null);
    // Jobs that were claimed ahead go back when none has ended for a while.
    await all.advance(1000);
    assertEquals(b.size, 3);
    await all.advance(5000);
    assertEquals([b.size, all.queue.numbers.length], [3, 50]);
    await all.close();
  });
});

describe("a graceful stop", () => {
  test("gives back what no worker has, and waits for what runs", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const [busy, free] = [await b.worker("f"), await b.worker("f")];
    const client = a.peer();
    const first = await client.background("f", "", "1");
    assertEquals((await busy.grabbed())?.[0], first);
    const second = await client.background("f", "", "2");
    assertEquals(b.size, 2);
    free.packets();
    let isDone = false;
    b.router.stopWhenIdle(() => isDone = true);
    await all.settled();
    assertEquals([b.size, isDone], [1, false]);
    const other = await a.worker("f");
    assertEquals((await other.grabbed())?.[0], second);
    assertEquals(a.router.jobByHandle(second)!.losses, 0);
    busy.send("WORK_COMPLETE", first, "");
    await all.settled();
    assert(isDone);
    assertEquals(all.queue.numbers.map(handleOf), [second]);
    await all.close();
  });

  test("takes background jobs until it is over, and none for its own workers", async () => {
    const all = await TestServers.begin(2);
    const { b } = all;
    const worker = await b.worker("f");
    b.router.stopWhenIdle(() => {});
    const handle = await b.peer().background("f", "", "x");
    assertEquals([worker.types(), b.size], [[], 0]);
    assertEquals(all.queue.numbers.map(handleOf), [handle]);
    await all.close();
  });
});
