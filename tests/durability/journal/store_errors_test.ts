import { describe, test } from "node:test";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { JobStorage, Router } from "../../../router/mod.ts";
import { Backlog } from "../../../durability/journal/backlog.ts";
import { StoreError } from "../../../store/store.ts";
import { StoredPayloads } from "../../../durability/journal/stored_payloads.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import { type DurableRouter, durableRouter } from "./durable_router.ts";
import { TestStore } from "./test_store.ts";

const FULL = "test: the disk is full";

/** A router with this stored job, begun again. */
async function withStoredJob(unique: string, memoryLimit: number): Promise<DurableRouter> {
  const before = await durableRouter({ memoryLimit });
  before.peer().submit("SUBMIT_JOB_BG", "f", unique, "payload");
  return before;
}

async function afterAll(): Promise<void> {
  await new Promise(setImmediate);
}

describe("a store that fails when the server starts", () => {
  test("to tell the limits is an error at once", async () => {
    const store = new TestStore();
    store.failing.add("open");
    await assertRejects(() => durableRouter({ store }), StoreError, FULL);
  });

  test("to load rejects the reading", async () => {
    const store = new TestStore();
    store.failing.add("load");
    await assertRejects(() => durableRouter({ store }), StoreError, FULL);
  });

  test("to load a later page lets no packet in, and no worker gets a job", async () => {
    const before = await durableRouter();
    const client = before.peer();
    for (let jobs = 0; jobs < 5; jobs++) client.submit("SUBMIT_JOB_BG", "f", "", "");
    const { router, durable, peer } = await before.restart();
    before.store.failing.add("load");
    await assertRejects(() => durable.load(2), StoreError, FULL);
    const worker = peer();
    worker.beforeReading = () => {};
    worker.canDo("f").send("GRAB_JOB");
    assertEquals([worker.connection.out.size, router.isLoading], [0, true]);
  });

  test("amid a page takes none of it in, and goes on failing", async () => {
    const before = await durableRouter();
    for (const unique of ["", "-"]) before.peer().submit("SUBMIT_JOB_BG", "f", unique, "payload");
    before.store.failing.add("payloads");
    const router = new Router(new ManualClock(), { jobHandlePrefix: "H:test" });
    const payloads = new StoredPayloads(before.store, { memoryLimit: 0, report: () => {} });
    const backlog = new Backlog(router, before.store, payloads);
    assertThrows(() => backlog.takeIn(), StoreError, FULL);
    before.store.failing.clear();
    assertThrows(() => backlog.takeIn(), StoreError, FULL);
    assertEquals([router.jobs.size, router.isLoading], [0, true]);
  });

  test("to read the payload that is a key rejects the reading", async () => {
    const before = await withStoredJob("-", 0);
    before.store.failing.add("payloads");
    await assertRejects(() => before.restart(), StoreError, FULL);
    before.store.failing.clear();
    const { peer, router } = await before.restart();
    peer().submit("SUBMIT_JOB_BG", "f", "-", "payload");
    assertEquals(router.jobs.size, 1);
  });
});

describe("a store that fails to write", () => {
  test("elsewhere makes errors of the JOB_CREATEDs of that batch, and of no other", async () => {
    const { peer, router, store, stored } = await durableRouter();
    const client = peer();
    client.beforeReading = () => {};
    store.isSlow = true;
    client.send("SUBMIT_JOB_BG", "f", "", "1");
    await afterAll();
    client.send("ECHO_REQ", "a").send("SUBMIT_JOB_BG", "f", "", "2").send("ECHO_REQ", "b");
    client.send("SUBMIT_JOB", "f", "", "3");
    store.failing.add("write");
    store.pending.shift()!();
    await afterAll();
    store.failing.clear();
    store.pending.shift()!();
    await afterAll();
    const packets = client.packets().map(({ type, args }) => `${type} ${args[0]}`);
    const [second, third] = [...router.jobs.values()].map(({ handle }) => handle);
    assertEquals(packets, [
      "ERROR QUEUE_ERROR",
      "ECHO_RES a",
      `JOB_CREATED ${second}`,
      "ECHO_RES b",
      `JOB_CREATED ${third}`,
    ]);
    assertEquals(stored(), ["2"]);
    assertInvariants(router);
  });

  test("both of two batches makes errors of both", async () => {
    const { peer, router, store } = await durableRouter();
    const client = peer();
    client.beforeReading = () => {};
    store.isSlow = true;
    store.failing.add("write");
    client.send("SUBMIT_JOB_BG", "f", "", "1");
    await afterAll();
    client.send("SUBMIT_JOB_BG", "f", "", "2").send("ECHO_REQ", "a");
    for (let batches = 0; batches < 2; batches++) {
      store.pending.shift()!();
      await afterAll();
    }
    assertEquals(client.types(), ["ERROR", "ERROR", "ECHO_RES"]);
    assertEquals(router.jobs.size, 0);
  });

  test("a job tells so to those who joined it while it was being written", async () => {
    const { peer, router, store } = await durableRouter();
    const first = peer(), second = peer();
    first.beforeReading = second.beforeReading = () => {};
    store.isSlow = true;
    store.failing.add("write");
    first.send("SUBMIT_JOB_BG", "f", "same", "");
    await afterAll();
    second.send("SUBMIT_JOB_BG", "g", "", "").send("SUBMIT_JOB_BG", "f", "same", "");
    second.send("SUBMIT_JOB_BG", "g", "", "");
    store.pending.shift()!();
    await afterAll();
    store.failing.clear();
    store.pending.shift()!();
    await afterAll();
    assertEquals(first.types(), ["ERROR"]);
    assertEquals(second.types(), ["JOB_CREATED", "ERROR", "JOB_CREATED"]);
    assertEquals([router.jobs.size, store.jobs.size], [2, 2]);
  });

  test("a later batch breaks no promise of an earlier one", async () => {
    const { peer, store, stored } = await durableRouter();
    const first = peer(), second = peer();
    first.beforeReading = second.beforeReading = () => {};
    store.isSlow = true;
    first.send("SUBMIT_JOB_BG", "f", "same", "1");
    await afterAll();
    second.send("SUBMIT_JOB_BG", "f", "same", "").send("SUBMIT_JOB_BG", "g", "", "2");
    store.pending.shift()!();
    await afterAll();
    store.failing.add("write");
    store.pending.shift()!();
    await afterAll();
    store.failing.clear();
    assertEquals([first.types(), second.types()], [["JOB_CREATED"], ["JOB_CREATED", "ERROR"]]);
    assertEquals(stored(), ["1"]);
  });

  test("does not try what has ended with every submit that is refused meanwhile", async () => {
    const { peer, store, clock, stored } = await durableRouter();
    const client = peer(), worker = peer().canDo("f");
    for (let jobs = 0; jobs < 9; jobs++) client.submit("SUBMIT_JOB_BG", "f", "", "");
    store.failing.add("write");
    for (let jobs = 0; jobs < 9; jobs++) worker.send("WORK_COMPLETE", worker.grab()![0], "");
    worker.bytes();
    const removed: number[] = [];
    const { write } = store;
    store.write = function (batch) {
      removed.push(batch.removed.length);
      return write.call(this, batch);
    };
    for (let submits = 0; submits < 3; submits++) {
      assertEquals(client.send("SUBMIT_JOB_BG", "f", "", "").types(), ["ERROR"]);
    }
    assertEquals(removed, [0, 0, 0]);
    clock.advance(1000);
    store.failing.clear();
    client.submit("SUBMIT_JOB_BG", "f", "", "taken");
    await afterAll();
    assertEquals([removed, stored()], [[0, 0, 0, 9, 0, 9], ["taken"]]);
  });

  test("breaks no promise of output that was dropped", async () => {
    const { peer, store, router } = await durableRouter();
    const client = peer();
    store.failing.add("write");
    client.send("SUBMIT_JOB_BG", "f", "", "1");
    // What a peer does not read is dropped when there is too much of it.
    client.connection.out.clear();
    client.send("SUBMIT_JOB_BG", "f", "", "2");
    assertEquals([client.types(), router.jobs.size], [["ERROR"], 0]);
  });

  test("a limit keeps it in force, and writes it later", async () => {
    const { peer, store, clock, reports } = await durableRouter();
    store.failing.add("write");
    const client = peer();
    assertEquals(client.text("maxqueue f 1"), "OK\n");
    client.submit("SUBMIT_JOB", "f", "", "");
    assertEquals(client.send("SUBMIT_JOB", "f", "", "").types(), ["ERROR"]);
    assertEquals([store.maxQueues(), reports], [[], [FULL]]);
    store.failing.clear();
    clock.advance(1000);
    assertEquals(store.maxQueues().map(({ limits }) => limits), [[1, 1, 1]]);
    assertEquals(reports, [FULL, "NOTICE: test works again"]);
  });

  test("that a worker was lost writes it later", async () => {
    const { peer, store, clock } = await durableRouter();
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer().canDo("f");
    worker.grab();
    store.failing.add("write");
    worker.vanish();
    peer().bytes();
    assertEquals(store.jobs.get(1)!.losses, 0);
    store.failing.clear();
    clock.advance(1000);
    assertEquals(store.jobs.get(1)!.losses, 1);
  });

  test("goes on failing says so once, and jobs in memory go on all the time", async () => {
    const { peer, router, store, clock, reports } = await durableRouter();
    const client = peer(), worker = peer().canDo("f");
    client.submit("SUBMIT_JOB_BG", "f", "", "stored");
    store.failing.add("write");
    const [stored] = worker.grab()!;
    worker.send("WORK_COMPLETE", stored, "").packets();
    for (let seconds = 0; seconds < 10; seconds++) {
      clock.advance(1000);
      const handle = client.submit("SUBMIT_JOB", "f", "", "memory");
      worker.grab();
      worker.send("WORK_COMPLETE", handle, "result").packets();
      assertEquals(client.types(), ["WORK_COMPLETE"]);
      assertEquals(client.send("SUBMIT_JOB_BG", "f", "", "").types(), ["ERROR"]);
    }
    assertEquals([reports, router.jobs.size, store.jobs.size], [[FULL], 0, 1]);
    store.failing.clear();
    clock.advance(1000);
    assertEquals([reports, store.jobs.size], [[FULL, "NOTICE: test works again"], 0]);
  });

  test("refuses the job of a program, and tells it that it has ended", async () => {
    const { router, durable, store } = await durableRouter();
    const outcomes: string[] = [];
    router.hooks.jobFinished.add((_job, outcome) => outcomes.push(outcome));
    store.failing.add("write");
    const job = router.enqueueJob({ function: "f" })!;
    durable.writer.settle();
    assertEquals([outcomes, router.jobs.has(job)], [["refused"], false]);
  });

  test("at the end loses no job", async () => {
    const before = await durableRouter();
    before.peer().submit("SUBMIT_JOB_BG", "f", "", "1");
    const worker = before.peer().canDo("f");
    const [handle] = worker.grab()!;
    before.store.failing.add("write");
    worker.send("WORK_COMPLETE", handle, "");
    await before.durable.close();
    before.store.failing.clear();
    const { peer } = await before.restart();
    assertEquals(peer().canDo("f").grab()![0], handle);
  });
});

describe("a store that fails to read a payload", () => {
  test("tells a program that looks at it, and counts nothing for it", async () => {
    const { router, durable, store } = await durableRouter({ memoryLimit: 0 });
    const job = router.enqueueJob({ function: "f", payload: "payload" })!;
    durable.writer.settle();
    assertEquals([job.storage, durable.payloads.bytes], [JobStorage.OUTSIDE, 0]);
    store.failing.add("payloads");
    assertThrows(() => job.payload, StoreError, FULL);
    store.failing.clear();
    assertEquals([job.payload.length, durable.payloads.bytes], [7, 0]);
  });
});

test("a store that fails to close is told of, and is let go of", async () => {
  const { durable, store, reports } = await durableRouter();
  store.failing.add("close");
  await durable.close();
  await durable.close();
  assertEquals([reports, store.isClosed], [[FULL], true]);
});
