import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { JobState } from "../../../router/mod.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { Touches } from "../../performance/counting.ts";
import { durableRouter } from "./durable_router.ts";

describe("a durable router that is closed", () => {
  test("writes what is unwritten, and nothing that happens after it", async () => {
    const { peer, router, durable, store } = await durableRouter({ jobRetries: 1 });
    const worker = peer().canDo("f");
    const job = router.enqueueJob({ function: "f", payload: "1" })!;
    durable.writer.settle();
    worker.grab();
    router.enqueueJob({ function: "f", payload: "2" });
    await durable.close();
    worker.vanish();
    assertEquals([job.state, store.isClosed, store.jobs.size], [JobState.FINISHED, true, 2]);
    assertEquals(store.jobs.get(1)!.losses, 0);
  });
});

describe("a router with a store that stops when nobody would miss it", () => {
  async function stopping() {
    const before = await durableRouter();
    let isDone = false;
    const stop = () => before.router.stopWhenIdle(() => isDone = true);
    return { ...before, stop, isDone: () => isDone };
  }

  test("does not wait for jobs that are stored, also for a later time", async () => {
    const { peer, stop, isDone, clock, stored } = await stopping();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "1");
    client.submit("SUBMIT_JOB_EPOCH", "f", "", `${clock.epoch() / 1000 + 1000}`, "2");
    stop();
    assertEquals([isDone(), stored()], [true, ["1", "2"]]);
  });

  test("waits for jobs that run, and gives stored ones to no worker", async () => {
    const { peer, stop, isDone, router, restart, stored } = await stopping();
    const client = peer(), worker = peer().canDo("f");
    const handles = ["1", "2", "3"].map((payload) =>
      client.submit("SUBMIT_JOB_BG", "f", "", payload)
    );
    worker.grab();
    stop();
    assertEquals([worker.grab(), isDone()], [null, false]);
    const status = client.send("GET_STATUS", handles[2]).packets()[0].args;
    assertEquals(status.slice(0, 3), [handles[2], "1", "0"]);
    handles.push(client.submit("SUBMIT_JOB_BG", "f", "", "4"));
    assertEquals(worker.grab(), null);
    assertInvariants(router);
    worker.send("WORK_COMPLETE", handles[0], "").packets();
    assertEquals([isDone(), stored()], [true, ["2", "3", "4"]]);
    const { peer: again } = await restart();
    assertEquals(again().canDo("f").grab()![0], handles[1]);
  });

  test("waits for a worker that is lost no longer than for one that is done", async () => {
    const { peer, stop, isDone } = await stopping();
    peer().submit("SUBMIT_JOB_BG", "f", "", "1");
    const worker = peer().canDo("f");
    worker.grab();
    stop();
    assertEquals(isDone(), false);
    worker.vanish();
    assertEquals(isDone(), true);
  });

  test("serves clients that wait, also for a job that is stored", async () => {
    const { peer, stop, isDone, router } = await stopping();
    const client = peer(), worker = peer().canDo("f");
    const stored = client.submit("SUBMIT_JOB_BG", "f", "same", "1");
    const waiting = client.submit("SUBMIT_JOB", "f", "", "2");
    stop();
    assertEquals(worker.grab()![0], waiting);
    assertEquals(client.submit("SUBMIT_JOB", "f", "same", "1"), stored);
    assertEquals(worker.grab()![0], stored);
    assertInvariants(router);
    worker.send("WORK_COMPLETE", waiting, "a").packets();
    assertEquals(isDone(), false);
    worker.send("WORK_COMPLETE", stored, "b").packets();
    assertEquals([isDone(), client.types()], [true, ["WORK_COMPLETE", "WORK_COMPLETE"]]);
  });

  test("waits for a job that is being stored", async () => {
    const { router, store, stop, isDone } = await stopping();
    store.isSlow = true;
    router.enqueueJob({ function: "f" });
    stop();
    await new Promise(setImmediate);
    assertEquals(isDone(), false);
    store.pending.shift()!();
    await new Promise(setImmediate);
    assertEquals(isDone(), true);
  });
});

test("a router that stops does not wait for a job that ended before it could not be stored", async () => {
  const { router, store } = await durableRouter();
  store.isSlow = true;
  store.failing.add("write");
  const job = router.enqueueJob({ function: "f" })!;
  let isDone = false;
  router.stopWhenIdle(() => isDone = true);
  await new Promise(setImmediate);
  router.operations.cancel(job, null);
  assertEquals(isDone, false);
  store.pending.shift()!();
  await new Promise(setImmediate);
  assertEquals(isDone, true);
});

test("a router whose store is closed promises nothing", async () => {
  const { peer, router, durable, store } = await durableRouter();
  const client = peer();
  await durable.close();
  assertEquals(client.send("SUBMIT_JOB_BG", "f", "", "").types(), ["ERROR"]);
  assertEquals([router.jobs.size, store.jobs.size], [0, 0]);
});

test("a router that is closed while it loads reads no further", async () => {
  const before = await durableRouter();
  for (let jobs = 0; jobs < 9; jobs++) before.peer().submit("SUBMIT_JOB_BG", "f", "", "");
  const { durable, router, store } = await before.restart();
  let pages = 0;
  const { load } = store;
  store.load = (...page) => {
    pages++;
    void durable.close();
    return load.apply(store, page);
  };
  assertEquals([await durable.load(2), pages, router.isLoading], [2, 1, true]);
});

test("each job that ends during a stop costs a look at the connection that is busy, not at all others", async () => {
  const { router, peer } = await durableRouter();
  const others = Array.from({ length: 1000 }, () => peer());
  const client = peer(), worker = peer().canDo("f");
  for (let count = 0; count < 20; count++) client.submit("SUBMIT_JOB", "f", "", "");
  let isDone = false;
  router.stopWhenIdle(() => isDone = true);
  const touches = new Touches();
  for (const { connection } of others) touches.watch(connection);
  touches.count = 0;
  for (let count = 0; count < 19; count++) worker.send("WORK_COMPLETE", worker.grab()![0], "");
  assertEquals([touches.count, isDone], [0, false]);
  worker.send("WORK_COMPLETE", worker.grab()![0], "");
  assert(touches.count > 0, "a look would be counted");
  assertEquals(isDone, true);
});
