import { describe, test } from "node:test";
import { assertEquals, assertRejects } from "@std/assert";
import { Server, ServerError, type ServerOptions } from "../../mod.ts";
import { MemoryStore } from "../../store/mod.ts";
import { type MemoryMember, MemoryQueue } from "../support/memory_queue.ts";
import { ManualClock } from "../../testing/manual_clock.ts";

const HANDLE_BASE = "H:cluster:123456789012";

/** Two servers on one queue, and a clock that the test moves. */
async function twoServers(options: ServerOptions = {}): Promise<
  & { clock: ManualClock; queue: MemoryQueue; a: Server; b: Server; ofA: MemoryMember }
  & AsyncDisposable
> {
  const clock = new ManualClock();
  const queue = new MemoryQueue(HANDLE_BASE, clock);
  const [ofA, ofB] = [queue.member(), queue.member()];
  const begin = async (sharedQueue: MemoryMember) => {
    const server = new Server({ ...options, sharedQueue }, clock);
    await server.loaded;
    return server;
  };
  const [a, b] = [await begin(ofA), await begin(ofB)];
  return {
    clock,
    queue,
    a,
    b,
    ofA,
    async [Symbol.asyncDispose]() {
      const stopped = Promise.all([a.stop(), b.stop()]);
      for (let second = 0; second < 30; second++) {
        clock.advance(1000);
        await turns();
      }
      await stopped;
    },
  };
}

/** All has happened that happens without a clock. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((done) => setImmediate(done));
}

describe("Server.enqueue()", () => {
  test("resolves with the handle of a job that is in its queue", async () => {
    await using server = new Server();
    const handle = await server.enqueue({ function: "resize", unique: "u", payload: "cat.png" });
    assertEquals(server.jobByHandle(handle)?.priority, "normal");
    assertEquals(await server.enqueue({ function: "resize", unique: "u" }), handle);
    assertEquals(server.jobs().length, 1);
  });

  test("rejects when the job is refused, or is none, or the server is stopped", async () => {
    const server = new Server({ maxQueue: { resize: 1 } });
    await server.enqueue({ function: "resize" });
    const full = await assertRejects(() => server.enqueue({ function: "resize" }), ServerError);
    assertEquals([full.code, full.functionName], ["QUEUE_ERROR", "resize"]);
    await assertRejects(() => server.enqueue({ function: "a\0b" }), RangeError, "NUL");
    const none = { function: "resize", size: 3 } as unknown as { function: string };
    await assertRejects(() => server.enqueue(none), TypeError, "size");
    await server.stop();
    await assertRejects(() => server.enqueue({ function: "other" }), Error, "has been stopped");
  });

  test("waits until stored jobs are read", async () => {
    await using server = new Server({ store: new MemoryStore("H:test:123456789012") });
    const handle = await server.enqueue({ function: "resize", payload: "cat.png" });
    assertEquals(server.jobs().map((job) => job.handle), [handle]);
  });

  test("resolves when a shared queue has the job, with the handle of the one that it joins", async () => {
    await using servers = await twoServers();
    const { clock, queue, a, b, ofA } = servers;
    ofA.delay = 10;
    let handle = "";
    const told = a.enqueue({ function: "resize", unique: "u" }).then((told) => handle = told);
    await turns();
    clock.advance(10);
    await turns();
    // It is there, and the answer is on its way.
    assertEquals([queue.numbers.length, handle], [1, ""]);
    clock.advance(10);
    await told;
    assertEquals(handle, HANDLE_BASE + String(queue.numbers[0]).padStart(14, "0"));
    assertEquals(await b.enqueue({ function: "resize", unique: "u" }), handle);
    assertEquals(queue.numbers.length, 1);
  });

  test("rejects when a shared queue cannot take the job in time", async () => {
    await using servers = await twoServers({ storeTimeout: 2 });
    const { clock, queue, a, ofA } = servers;
    ofA.cutOff();
    const refused = assertRejects(() => a.enqueue({ function: "resize" }), ServerError);
    await turns();
    for (let second = 0; second < 3; second++) {
      clock.advance(1000);
      await turns();
    }
    assertEquals((await refused).code, "QUEUE_ERROR");
    const error = await assertRejects(() => a.enqueue({ function: "resize" }), ServerError);
    assertEquals([error.code, queue.numbers], ["QUEUE_ERROR", []]);
  });
});
