import { describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ListenError, Server } from "../../mod.ts";
import { decodeName } from "../../protocol/mod.ts";
import { type MemoryStore, StoreError } from "../../store/mod.ts";
import { storedJob } from "../store/contract.ts";
import { TestStore } from "../durability/journal/test_store.ts";
import { RawPeer } from "../support/raw_peer.ts";

/** More than a server reads in one round. */
const JOBS = 10_000;

async function fill(store: MemoryStore | TestStore): Promise<void> {
  await using server = new Server({ store });
  for (let job = 0; job < JOBS; job++) {
    server.enqueueJob({ function: "resize", unique: `u${job}` });
  }
}

describe("a program that submits while stored jobs are read", () => {
  test("joins the one that it would have joined", async () => {
    const store = new TestStore();
    await fill(store);
    await using server = new Server({ store });
    assert(server.jobsOutstanding() < JOBS);
    const job = server.enqueueJob({ function: "resize", unique: `u${JOBS - 1}` })!;
    assertEquals(job.handle, `${store.handleBase}${String(JOBS).padStart(14, "0")}`);
    assertEquals([server.jobsOutstanding(), await server.loaded], [JOBS, JOBS]);
  });

  test("comes behind all of them", async () => {
    const store = new TestStore();
    await fill(store);
    await using server = new Server({ store });
    const late = server.enqueueJob({ function: "resize", unique: "late" })!;
    assertEquals(server.jobs().at(-1), late);
    assertEquals(await server.loaded, JOBS);
  });

  test("is told when they cannot be read", async () => {
    const store = new TestStore();
    await fill(store);
    await using server = new Server({ store });
    store.failing.add("load");
    assertThrows(() => server.enqueueJob({ function: "resize" }), StoreError, "the disk is full");
    await server.loaded.catch(() => {});
  });
});

describe("a server with a store", () => {
  test("does not store the limits that its options give", async () => {
    const store = new TestStore();
    const limited = new Server({ store, maxQueue: { resize: 1 } });
    limited.setMaxQueue("crop", 2);
    await limited.stop();
    assertEquals(store.maxQueues().map(({ functionName }) => decodeName(functionName)), ["crop"]);
  });

  test("reads nothing of it when it cannot listen", async () => {
    await using other = new Server();
    const { addr: { port } } = await other.start(0, { localAddr: "0.0.0.0" });
    const store = new TestStore();
    let reads = 0;
    store.load = () => {
      reads++;
      return [];
    };
    assertThrows(() => new Server({ store, port }), ListenError, "the address is in use");
    assertEquals(reads, 0);
  });

  test("refuses a job of a program with a date that is none", async () => {
    const store = new TestStore();
    await using server = new Server({ store });
    const at = new Date("no date");
    assertThrows(() => server.enqueueJob({ function: "resize", at }), RangeError, "invalid date");
    const job = server.enqueueJob({ function: "resize", at: new Date(-1) })!;
    assertEquals(job.isFinished, false);
    await server.stop();
    assertEquals(store.jobs.get(1)!.due, 0);
  });
});

describe("a server that is asked whether it is ready", () => {
  test("says no while a graceful stop waits for a job that runs", async () => {
    const server = new Server();
    const { addr: { port } } = await server.start(0, { localAddr: "127.0.0.1" });
    using worker = await RawPeer.connect(port);
    using peer = await RawPeer.connect(port);
    assertEquals(await peer.send("ready\n").nextRawLine(), "OK ready\n");
    server.enqueueJob({ function: "resize" });
    await worker.packet("CAN_DO", "resize").packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    const stopped = server.stop({ graceful: true });
    assertEquals(
      await peer.send("ready\n").nextRawLine(),
      "ERR NOT_READY The+server+is+stopping\r\n",
    );
    worker.destroy();
    await server.stop();
    await stopped;
  });
});

describe("a server that reads stored jobs", () => {
  test("has turns for its sockets between the pages", async () => {
    const store = new TestStore();
    let pages = 0;
    let isAnswered = false;
    store.load = (after, count) => {
      // A server that has no turns for them would read for ever.
      if (isAnswered || ++pages > 100) return [];
      return Array.from({ length: count }, (_, index) => ({
        ...storedJob(after + index + 1),
        payloadLength: 0,
      }));
    };
    const server = new Server({ store });
    const { addr: { port } } = await server.start(0, { localAddr: "127.0.0.1" });
    using peer = await RawPeer.connect(port);
    await peer.send("version\n").nextLine();
    isAnswered = true;
    await server.loaded;
    await server.stop();
    assert(pages <= 100, "it was answered when all was read");
  });
});
