import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { StoreBatch } from "../../../store/store.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { durableRouter } from "./durable_router.ts";
import type { TestStore } from "./test_store.ts";

const NO_ROOM = "test: there is no room";
/** What a round writes at most of ends that waited. */
const AT_ONCE = 4096;

async function afterAll(): Promise<void> {
  await new Promise(setImmediate);
}

/** What is to be written from now on, also in vain. */
function writesOf(store: TestStore): StoreBatch[] {
  const batches: StoreBatch[] = [];
  const { write } = store;
  store.write = (batch) => {
    batches.push(batch);
    return write.call(store, batch);
  };
  return batches;
}

describe("a store that has no room for all jobs of a round", () => {
  test("takes those that it has room for, in their order, whoever submitted them", async () => {
    const { peer, store, router, reports } = await durableRouter();
    store.hasRoom = ({ payload }) => payload.length < 100;
    const [first, second] = [peer(), peer()];
    const sizes = [1, 2, 200, 3, 4, 300, 5, 6, 7];
    for (const size of sizes) {
      first.send("SUBMIT_JOB_BG", "f", "", "a".repeat(size)).send("ECHO_REQ", `${size}`);
      second.send("SUBMIT_JOB_BG", "f", "", "b".repeat(size));
    }
    const types = sizes.map((size) => size < 100 ? "JOB_CREATED" : "ERROR");
    const packets = first.packets();
    assertEquals(packets.map(({ type }) => type), types.flatMap((type) => [type, "ECHO_RES"]));
    assertEquals(packets.filter(({ type }) => type === "ECHO_RES").map(({ args }) => args[0]), [
      ...sizes.map(String),
    ]);
    assertEquals(second.types(), types);
    const worker = peer().canDo("f");
    const got = sizes.filter((size) => size < 100).flatMap(() => [worker.grab(), worker.grab()]);
    assertEquals(
      got.map((args) => args![2]),
      sizes.filter((size) => size < 100).flatMap((size) => ["a".repeat(size), "b".repeat(size)]),
    );
    assertEquals(reports, [NO_ROOM]);
    assertInvariants(router);
  });

  test("does so elsewhere, and answers come in their places", async () => {
    const { peer, store, router } = await durableRouter();
    store.isSlow = true;
    store.hasRoom = ({ payload }) => payload.length < 100;
    const client = peer();
    client.beforeReading = () => {};
    const sizes = [1, 200, 2, 3];
    for (const size of sizes) client.send("SUBMIT_JOB_BG", "f", "", "a".repeat(size));
    await afterAll();
    // Somebody joins a job that is in a part which is not tried yet.
    client.send("SUBMIT_JOB_BG", "f", "same", "4");
    for (let writes = 0; writes < 10; writes++) {
      store.pending.shift()?.();
      await afterAll();
    }
    assertEquals(client.types(), [
      "JOB_CREATED",
      "ERROR",
      "JOB_CREATED",
      "JOB_CREATED",
      "JOB_CREATED",
    ]);
    assertEquals([router.jobs.size, store.jobs.size], [4, 4]);
    assertInvariants(router);
  });

  test("lets nobody hear of a job before the part is written that has it", async () => {
    const { peer, store, durable } = await durableRouter();
    store.isSlow = true;
    store.hasRoom = ({ payload }) => payload.length < 100;
    const client = peer(), other = peer();
    const write = async () => {
      store.pending.shift()!();
      await afterAll();
    };
    client.send("SUBMIT_JOB_BG", "f", "", "first").send("SUBMIT_JOB_BG", "f", "", "x".repeat(100));
    client.send("SUBMIT_JOB_BG", "f", "same", "last");
    await afterAll();
    await write();
    other.send("SUBMIT_JOB_BG", "f", "same", "");
    const sender = Object.assign(other, { send: () => other });
    // The first half, which has the first job.
    await write();
    assertEquals([store.jobs.size, durable.writer.mayLeave(sender)], [1, false]);
    while (store.pending.length > 0) await write();
    assertEquals([store.jobs.size, durable.writer.mayLeave(sender)], [2, true]);
  });

  test("is not asked more often the more jobs there are", async () => {
    const { peer, store, router } = await durableRouter();
    store.hasRoom = () => false;
    const batches = writesOf(store);
    const client = peer();
    for (let jobs = 0; jobs < 5000; jobs++) client.send("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(new Set(client.types()), new Set(["ERROR"]));
    assert(batches.length <= 33, `${batches.length} writes`);
    assertEquals(router.jobs.size, 0);
  });

  test("takes out what has ended although jobs of the same round are refused", async () => {
    const { peer, store } = await durableRouter();
    const client = peer(), worker = peer().canDo("f");
    const handles = [1, 2].map(() => client.submit("SUBMIT_JOB_BG", "f", "", ""));
    store.hasRoom = () => false;
    for (const handle of handles) {
      worker.grab();
      client.send("SUBMIT_JOB_BG", "f", "", "");
      worker.send("WORK_COMPLETE", handle, "");
      assertEquals(client.types(), ["ERROR"]);
    }
    assertEquals(store.jobs.size, 0);
  });

  test("says so once, until a job was taken and for a second none was refused", async () => {
    const { peer, store, clock, reports } = await durableRouter();
    const client = peer();
    const submit = (size: number) =>
      client.send("SUBMIT_JOB_BG", "f", "", "x".repeat(size)).types();
    store.hasRoom = ({ payload }) => payload.length < 100;
    for (let submits = 0; submits < 3; submits++) {
      assertEquals([submit(200), submit(1)], [["ERROR"], ["JOB_CREATED"]]);
    }
    assertEquals(reports, [NO_ROOM]);
    clock.advance(1000);
    assertEquals(reports, [NO_ROOM]);
    assertEquals([submit(1), reports], [["JOB_CREATED"], [NO_ROOM, "NOTICE: test works again"]]);
  });
});

describe("ends that could not be written", () => {
  /** So many jobs have ended, and are still stored. */
  async function withEnds(count: number) {
    const all = await durableRouter();
    const client = all.peer(), worker = all.peer().canDo("f");
    for (let jobs = 0; jobs < count; jobs++) client.send("SUBMIT_JOB_BG", "f", "", "");
    const handles = client.packets().map(({ args }) => args[0]);
    all.store.failing.add("write");
    for (let jobs = 0; jobs < count; jobs++) worker.send("GRAB_JOB");
    worker.bytes();
    for (const handle of handles) worker.send("WORK_COMPLETE", handle, "");
    worker.bytes();
    assertEquals([all.router.jobs.size, all.store.jobs.size], [0, count]);
    return { ...all, client };
  }

  test("are written some thousands in a round", async () => {
    const { store, clock, client } = await withEnds(3 * AT_ONCE);
    assertEquals(client.send("SUBMIT_JOB_BG", "f", "", "").types(), ["ERROR"]);
    const batches = writesOf(store);
    store.failing.clear();
    clock.advance(1000);
    assertEquals(batches.map(({ removed }) => removed.length), [AT_ONCE]);
    // Others have their turn between them.
    await afterAll();
    assertEquals(batches.map(({ removed }) => removed.length), [AT_ONCE, AT_ONCE, AT_ONCE]);
    assertEquals(store.jobs.size, 0);
  });

  test("are not written with the job that shows that the store works again", async () => {
    const { store, client } = await withEnds(2 * AT_ONCE);
    const batches = writesOf(store);
    store.failing.clear();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(batches.map(({ removed }) => removed.length), [0]);
    await afterAll();
    assertEquals([batches.length, store.jobs.size], [3, 1]);
  });

  test("are all written by a stop", async () => {
    const { store, durable, reports } = await withEnds(2 * AT_ONCE + 1);
    store.failing.clear();
    await durable.close();
    assertEquals([store.jobs.size, reports.length], [0, 2]);
  });

  for (const [isSlow, place] of [[false, "here"], [true, "elsewhere"]] as const) {
    test(`and cannot be by a stop either are told of, with a store ${place}`, async () => {
      const { store, durable, reports } = await withEnds(AT_ONCE + 1);
      store.isSlow = isSlow;
      let isDone = false;
      const closed = durable.close().then(() => isDone = true);
      while (!isDone) {
        store.pending.shift()?.();
        await afterAll();
      }
      await closed;
      assertEquals(reports, [
        "test: the disk is full",
        "test: the disk is full; 4097 jobs that have ended could not be taken out and will run again",
      ]);
    });
  }
});
