import { describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { Server, type ServerOptions } from "../../mod.ts";
import { decodeName } from "../../protocol/mod.ts";
import { MemoryStore, StoreError } from "../../store/mod.ts";
import { MemoryQueue } from "../support/memory_queue.ts";
import { systemClock } from "../../transport/event_loop.ts";
import { Member } from "../store/shared_queue/kind.ts";
import { TestServer } from "../support/server.ts";

/** Two servers on one queue. */
async function twoServers(): Promise<
  { a: TestServer; b: TestServer; queue: MemoryQueue } & AsyncDisposable
> {
  const queue = new MemoryQueue("H:cluster:123456789012", systemClock);
  const begin = async (options: ServerOptions) => {
    const server = new Server({ ...options, sharedQueue: queue.member() });
    const { addr } = await server.start(0, { localAddr: "127.0.0.1" });
    assertEquals(await server.loaded, 0);
    return new TestServer(server, addr.port);
  };
  const a = await begin({ serverName: "a" });
  const b = await begin({ serverName: "b" });
  return {
    a,
    b,
    queue,
    async [Symbol.asyncDispose]() {
      await Promise.all([a.stop(), b.stop()]);
    },
  };
}

describe("servers with a shared queue", () => {
  test("hand a job of one to a worker of the other, and forget it when it is done", async () => {
    await using servers = await twoServers();
    using worker = await servers.b.peer();
    worker.packet("CAN_DO", "resize").packet("GRAB_JOB");
    await worker.expect("NO_JOB", 0);
    worker.packet("PRE_SLEEP");
    using client = await servers.a.peer();
    client.packet("SUBMIT_JOB_BG", "resize", "u", "photo");
    const [handle] = await client.expect("JOB_CREATED");
    await worker.expect("NOOP", 0);
    worker.packet("GRAB_JOB");
    assertEquals(await worker.expect("JOB_ASSIGN", 3), [handle, "resize", "photo"]);
    assertEquals(servers.queue.numbers.length, 1);
    worker.packet("WORK_COMPLETE", handle, "").packet("GRAB_JOB");
    await worker.expect("NO_JOB", 0);
    await servers.b.stop();
    assertEquals(servers.queue.numbers, []);
  });

  test("give back what was not started when they stop", async () => {
    await using servers = await twoServers();
    using client = await servers.a.peer();
    client.packet("SUBMIT_JOB_BG", "resize", "u", "photo");
    const [handle] = await client.expect("JOB_CREATED");
    using worker = await servers.b.peer();
    worker.packet("CAN_DO", "resize").packet("GRAB_JOB");
    await worker.expect("NO_JOB", 0);
    await servers.b.untilListed("status", /^resize\t/);
    await servers.b.stop();
    using other = await servers.a.peer();
    other.packet("CAN_DO", "resize").packet("PRE_SLEEP");
    await other.expect("NOOP", 0);
    other.packet("GRAB_JOB");
    assertEquals(await other.expect("JOB_ASSIGN", 3), [handle, "resize", "photo"]);
  });

  test("let a program wait for a background job of another server, whose handle it gets", async () => {
    await using servers = await twoServers();
    using client = await servers.a.peer();
    client.packet("SUBMIT_JOB_BG", "resize", "u", "photo");
    const [handle] = await client.expect("JOB_CREATED");
    await servers.b.untilListed("status", /^resize\t1/);
    const job = servers.b.server.submit({ function: "resize", unique: "u" });
    assertEquals(await job.handle, handle);
    using worker = await servers.b.peer();
    worker.packet("CAN_DO", "resize").packet("GRAB_JOB");
    assertEquals(await worker.expect("JOB_ASSIGN", 3), [handle, "resize", "photo"]);
    worker.packet("WORK_COMPLETE", handle, "done");
    assertEquals(decodeName(await job.bytes()), "done");
  });

  test("are shown with where they listen by now, and with a worker once whatever it can do", async () => {
    await using servers = await twoServers();
    const late = new Server({ sharedQueue: servers.queue.member(), serverName: "late" });
    await late.loaded;
    const { addr } = await late.start(0, { localAddr: "127.0.0.1" });
    using worker = await new TestServer(late, addr.port).peer();
    const asked = servers.queue.member();
    const listener = new Member(asked);
    await asked.open({ name: "asked", address: "", version: "", workers: 0 }, listener);
    const shown = async () => {
      const { address, workers } = (await asked.servers()).find(({ name }) => name === "late")!;
      return [address, workers];
    };
    const answered = async () => {
      worker.packet("ECHO_REQ", "x");
      await worker.expect("ECHO_RES");
      return await shown();
    };
    assertEquals(await shown(), [`127.0.0.1:${addr.port}`, 0]);
    worker.packet("CAN_DO", "resize").packet("CAN_DO", "crop");
    assertEquals(await answered(), [`127.0.0.1:${addr.port}`, 1]);
    worker.packet("CANT_DO", "resize");
    assertEquals((await answered())[1], 1);
    worker.packet("CANT_DO", "crop").packet("CANT_DO", "crop");
    assertEquals((await answered())[1], 0);
    worker.packet("CAN_DO", "crop").packet("CAN_DO", "crop").packet("RESET_ABILITIES");
    assertEquals((await answered())[1], 0);
    await asked.close(1000);
    await late.stop();
  });

  test("have no store of their own", () => {
    const sharedQueue = new MemoryQueue("H:cluster:123456789012", systemClock).member();
    const options = { sharedQueue, store: new MemoryStore("H:test:123456789012") };
    assertThrows(() => new Server(options), TypeError, "exclude each other");
  });

  test("refuse a program's job while the queue is not open", async () => {
    const member = new MemoryQueue("H:cluster:123456789012", systemClock).member();
    await using server = new Server({ sharedQueue: member });
    assertThrows(() => server.enqueueJob({ function: "f" }), StoreError, "memory: it is not open");
    await server.loaded;
    server.enqueueJob({ function: "f" });
  });
});
