import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { PacketType } from "../../protocol/mod.ts";
import type { Router } from "../../router/mod.ts";
import { FunctionQueue } from "../../router/function_queue.ts";
import { FunctionTable } from "../../router/function_table.ts";
import { IdSet } from "../../router/id_set.ts";
import { IndexedHeap } from "../../router/indexed_heap.ts";
import { JobQueue } from "../../router/job_queue.ts";
import { JobTable } from "../../router/job_table.ts";
import { ReadyFunctions } from "../../router/ready_functions.ts";
import { SequenceTable } from "../../router/sequence_table.ts";
import { Timer, Timers } from "../../router/timers.ts";
import { UniqueIndex } from "../../router/unique_index.ts";
import { FakePeer, request } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";
import { callsDuring, Touches } from "./counting.ts";

const MILLION = 1_000_000;
/** What a job passes through. */
const PARTS = [
  ...[FunctionQueue, FunctionTable, IdSet, IndexedHeap, JobQueue, JobTable, ReadyFunctions],
  ...[SequenceTable, Timers, UniqueIndex],
];

/** Sends the same packet so many times, as one that reads all answers. */
function fill(router: Router, count: number, type: number, ...args: string[]): void {
  const client = new FakePeer(router);
  const packet = request(type, ...args);
  for (let job = 0; job < count; job++) {
    client.raw(packet);
    client.connection.out.clear();
  }
}

/** Grabs the oldest job, completes it, and submits another one. */
function oneJob(client: FakePeer, worker: FakePeer): void {
  const [handle] = worker.grab()!;
  worker.send("WORK_COMPLETE", handle, "");
  client.submit("SUBMIT_JOB_BG", "f", "", "payload");
}

/** A watched sample of the live jobs: each thousandth, but not those at the ends of queues. */
function watchJobs(router: Router): Touches {
  const touches = new Touches();
  let number = 0;
  for (const job of router.jobs.values()) if (number++ % 1000 === 500) touches.watch(job);
  return touches;
}

describe("a job among a million", () => {
  const { router, peer } = testRouter();
  const client = peer(), worker = peer().canDo("f");
  client.submit("SUBMIT_JOB_BG", "f", "", "payload");
  oneJob(client, worker);
  const alone = callsDuring(PARTS, () => oneJob(client, worker));
  fill(router, MILLION, PacketType.SUBMIT_JOB_BG, "f", "", "payload");

  test("is grabbed, completed and queued by the same calls as one alone", () => {
    oneJob(client, worker);
    const among = callsDuring(PARTS, () => oneJob(client, worker));
    assert(alone > 10, "the calls are seen");
    // The first and the last job of a function also mark it as ready and as empty.
    assert(among <= alone, `${among} calls among a million, ${alone} alone`);
  });

  test("is grabbed, completed and queued without a look at those that wait", () => {
    const touches = watchJobs(router);
    for (let count = 0; count < 100; count++) oneJob(client, worker);
    assertEquals(touches.count, 0);
    assertEquals(router.jobs.size, MILLION + 1);
    for (const job of router.jobs.values()) router.jobs.has(job);
    assert(touches.count > 0, "a look would be counted");
  });
});

describe("a worker that leaves", () => {
  test("looks at no job but its own", () => {
    const { router, peer } = testRouter();
    fill(router, 20_000, PacketType.SUBMIT_JOB_BG, "f", "", "");
    const touches = watchJobs(router);
    const workers = Array.from({ length: 100 }, () => peer().canDo("f"));
    for (const worker of workers) worker.grab();
    for (const worker of workers) worker.vanish();
    assertEquals(touches.count, 0);
    assertEquals(router.functions.sorted()[0].waiting, 20_000);
  });
});

describe("a client that leaves a job it joined", () => {
  test("looks at its neighbours among the clients and no further", () => {
    const { router, peer } = testRouter();
    const stays = peer();
    const handle = stays.submit("SUBMIT_JOB", "f", "u", "");
    const leavers = Array.from({ length: 1000 }, () => peer().send("SUBMIT_JOB", "f", "u", ""));
    const touches = new Touches();
    const job = router.jobByHandle(handle)!;
    for (let listener = job.firstListener; listener !== null; listener = listener.nextOfJob) {
      touches.watch(listener);
    }
    touches.count = 0;
    for (const leaver of leavers) leaver.vanish();
    assert(touches.count <= 30 * leavers.length, `${touches.count} touches`);
    assertEquals(job.listenerCount, 1);
  });
});

describe("a heap of a million timers", () => {
  test("compares at most 2 log2(n) of them to set, call off or fire one", () => {
    let comparisons = 0;
    const heap = new IndexedHeap<Timer>((a, b) => {
      comparisons++;
      return a.due < b.due;
    });
    const timer = (due: number) => Object.assign(new Timer(() => {}), { due });
    // Neighbouring times lie far apart, as those of jobs do.
    const timers = Array.from({ length: MILLION }, (_, index) => timer((index * 7919) % MILLION));
    for (const item of timers) heap.push(item);
    const most = 2 * Math.ceil(Math.log2(MILLION)) + 2;
    for (let index = 0; index < MILLION; index += 10_007) {
      comparisons = 0;
      heap.remove(timers[index]);
      assert(comparisons <= most, `${comparisons} comparisons to remove`);
      comparisons = 0;
      heap.push(timers[index]);
      assert(comparisons <= most, `${comparisons} comparisons to push`);
    }
  });
});

describe("a grab by a worker with thousands of functions", () => {
  test("calls the same methods whether it has 20 or 20,000", () => {
    const calls = [20, 20_000].map((count) => {
      const { peer } = testRouter();
      const client = peer();
      const names = Array.from({ length: count }, (_, index) => `f${index}`);
      const worker = peer().canDo(...names, "f");
      // Every function but those of the worker has work, so that it finds none where it looks.
      for (const name of names) client.send("SUBMIT_JOB_BG", `other-${name}`, "", "");
      client.bytes();
      return callsDuring(PARTS, () => assertEquals(worker.grab(), null));
    });
    assertEquals(calls[0], calls[1]);
  });
});
