import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { PacketType } from "../../protocol/mod.ts";
import type { Router } from "../../router/mod.ts";
import { IndexedHeap } from "../../router/containers/indexed_heap.ts";
import { Timer } from "../../router/model/timer.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { FakePeer, request } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";
import { Touches } from "./counting.ts";
import { stepsDuring } from "./router_steps.ts";

const MILLION = 1_000_000;
const THOUSANDS = 5000;
/** Comparisons in a heap of a million, on the way of one item to its place. */
const MOST_COMPARISONS = 2 * Math.ceil(Math.log2(MILLION)) + 2;
/** Seconds: when the jobs for later are due, and when the one that is watched is. */
const LATER = 2_000_000_000;
const SOON = 1_700_000_001;

/** Sends these packets in turn, `count` in all, as one that reads all answers. */
function fill(router: Router, count: number, packets: readonly Uint8Array[]): void {
  const client = new FakePeer(router);
  for (let job = 0; job < count; job++) {
    client.raw(packets[job % packets.length]);
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
  for (const job of router.jobs.values()) {
    if (number++ % 1000 !== 500) continue;
    if (job.timer !== null) touches.watch(job.timer);
    touches.watch(job);
  }
  touches.count = 0;
  return touches;
}

/** What one more of these submits costs while so many jobs wait: steps, and looks at those jobs. */
function submitAmong(count: number, packet: Uint8Array): { steps: number; looks: number } {
  const { router, peer } = testRouter();
  const client = peer();
  client.raw(packet);
  fill(router, count, [packet]);
  client.connection.out.clear();
  const touches = new Touches();
  // The last ones are neighbours, and the first ones are on the way through a heap of timers.
  for (const job of [...router.jobs.values()].slice(20, -20)) touches.watch(job);
  touches.count = 0;
  const steps = stepsDuring(() => client.raw(packet));
  return { steps, looks: touches.count };
}

/** Fails if it costs more among some thousands; then a million of them would take hours. */
function assertSubmitLooksAtNoOther(packet: Uint8Array): void {
  const alone = submitAmong(0, packet);
  assert(alone.steps > 10, "the steps are seen");
  assertEquals(submitAmong(THOUSANDS, packet), alone);
}

const BACKGROUND = request(PacketType.SUBMIT_JOB_BG, "f", "", "payload");

describe("a submit among thousands of jobs", () => {
  const submits: Record<string, Uint8Array> = {
    SUBMIT_JOB: request(PacketType.SUBMIT_JOB, "f", "", "payload"),
    SUBMIT_JOB_BG: BACKGROUND,
    SUBMIT_JOB_HIGH: request(PacketType.SUBMIT_JOB_HIGH, "f", "", "payload"),
    SUBMIT_JOB_EPOCH: request(PacketType.SUBMIT_JOB_EPOCH, "f", "", `${LATER}`, "payload"),
  };
  for (const [name, packet] of Object.entries(submits)) {
    test(`takes as many steps as one alone, and no look at any of them: ${name}`, () => {
      assertSubmitLooksAtNoOther(packet);
    });
  }
});

describe("a job among a million that wait and a million for later", () => {
  const { router, clock, peer } = testRouter();
  const client = peer(), worker = peer().canDo("f"), other = peer().canDo("g");
  /** A job for later, from submit to result. */
  const oneLater = (due: number) => {
    client.submit("SUBMIT_JOB_EPOCH", "g", "", `${due}`, "payload");
    clock.advance(1000);
    const [handle] = other.grab()!;
    other.send("WORK_COMPLETE", handle, "");
  };
  client.submit("SUBMIT_JOB_BG", "f", "", "payload");
  client.submit("SUBMIT_JOB_EPOCH", "g", "", `${LATER + 1_000_000}`, "payload");
  oneJob(client, worker);
  oneLater(SOON);
  const alone = stepsDuring(() => oneJob(client, worker));
  const laterAlone = stepsDuring(() => oneLater(SOON + 1));
  assertSubmitLooksAtNoOther(BACKGROUND);
  fill(router, MILLION, [BACKGROUND]);
  // Neighbours in the order of arrival are not neighbours in time.
  const later = Array.from(
    { length: 1000 },
    (_, n) => request(PacketType.SUBMIT_JOB_EPOCH, "f", "", `${LATER + (n * 7919) % 1000}`, "load"),
  );
  fill(router, MILLION, later);

  test("is grabbed, completed and queued in as many steps as one alone", () => {
    oneJob(client, worker);
    const among = stepsDuring(() => oneJob(client, worker));
    assert(alone > 50, "the steps are seen");
    // The first and the last job of a function also mark it as ready and as empty.
    assert(among <= alone, `${among} steps among two million, ${alone} alone`);
  });

  test("is put off, and done when its time has come, in as many steps as one alone", () => {
    assertEquals(stepsDuring(() => oneLater(SOON + 2)), laterAlone);
  });

  test("is grabbed, completed and queued without a look at the others", () => {
    const touches = watchJobs(router);
    for (let count = 0; count < 100; count++) oneJob(client, worker);
    assertEquals(touches.count, 0);
    assertEquals(router.jobs.size, 2 * MILLION + 2);
    oneLater(SOON + 3);
    // Of those in its way in the heap of timers each comparison looks at two fields, of two timers.
    assert(touches.count <= 2 * 4 * MOST_COMPARISONS, `${touches.count} looks at those for later`);
    for (const job of router.jobs.values()) router.jobs.has(job);
    assert(touches.count > 1000, "a look would be counted");
  });
});

describe("a worker that leaves", () => {
  test("looks at no job but its own", () => {
    const { router, peer } = testRouter();
    fill(router, 20_000, [request(PacketType.SUBMIT_JOB_BG, "f", "", "")]);
    const touches = watchJobs(router);
    const workers = Array.from({ length: 100 }, () => peer().canDo("f"));
    for (const worker of workers) worker.grab();
    for (const worker of workers) worker.vanish();
    assertEquals(touches.count, 0);
    assertEquals([...router.functions.values()][0].waiting, 20_000);
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
    for (let listener = job.firstSubscriber; listener !== null; listener = listener.nextOfJob) {
      touches.watch(listener);
    }
    touches.count = 0;
    for (const leaver of leavers) leaver.vanish();
    assert(touches.count <= 30 * leavers.length, `${touches.count} touches`);
    assertEquals(job.subscriberCount, 1);
  });
});

describe("a job that clients have joined thousands of times", () => {
  /** What it costs to ask about a job, to join it again and to leave it, when so many have joined. */
  const costs = (clients: number, joins: number) => {
    const { router, peer } = testRouter();
    const handle = peer().submit("SUBMIT_JOB", "f", "u", "");
    const first = peer();
    for (let count = 0; count < clients; count++) peer().send("SUBMIT_JOB", "f", "u", "");
    for (let count = 0; count < joins; count++) first.send("SUBMIT_JOB", "f", "u", "");
    first.connection.out.clear();
    const job = router.jobByHandle(handle)!;
    assertEquals(job.subscriberCount, clients + joins + 1);
    const touches = new Touches();
    for (let listener = job.firstSubscriber; listener !== null; listener = listener.nextOfJob) {
      touches.watch(listener);
    }
    const asking = peer();
    const cost = (action: () => void) => {
      touches.count = 0;
      const steps = stepsDuring(action);
      return [steps, touches.count];
    };
    const all = [
      cost(() => asking.send("GET_STATUS_UNIQUE", "u")),
      cost(() => asking.raw("jobs\n")),
      cost(() => asking.raw("list jobs\n")),
      cost(() => first.send("SUBMIT_JOB", "f", "u", "")),
      cost(() => first.vanish()),
    ];
    const left = clients + 1;
    assertEquals([job.subscriberCount, job.firstSubscriber?.audience?.size], [left, left]);
    assertInvariants(router);
    return all;
  };

  test("is asked about, joined and left with the same steps, and looks at clients, as one with ten", () => {
    const few = costs(10, 1);
    assert(few.every(([steps]) => steps > 2) && few[3][1] > 0, "steps and looks are seen");
    // Looks differ by whether the one that leaves is the last in the list: it is in both.
    assertEquals(costs(10, THOUSANDS), few);
    assertEquals(costs(THOUSANDS, 1), few);
  });

  test("has one listener for each connection, which gets each packet as often as it joined", () => {
    const { router, peer } = testRouter();
    const worker = peer().canDo("f");
    const clients = Array.from({ length: 20 }, () => peer());
    const handle = clients[0].submit("SUBMIT_JOB", "f", "u", "");
    for (let round = 0; round < 3; round++) {
      for (const client of clients) client.submit("SUBMIT_JOB", "f", "u", "");
    }
    for (const leaver of clients.splice(5, 10)) leaver.vanish();
    assertInvariants(router);
    assertEquals(router.jobByHandle(handle)!.subscriberCount, 31);
    worker.grab();
    worker.send("WORK_DATA", handle, "x");
    const wanted = clients[1];
    wanted.send("OPTION_REQ", "exceptions");
    worker.send("WORK_EXCEPTION", handle, "x");
    const kinds = clients.map((client) => client.types().join(" "));
    const data = "WORK_DATA WORK_DATA WORK_DATA";
    assertEquals(kinds[0], `WORK_DATA ${data} ${"WORK_FAIL ".repeat(4).trim()}`);
    const exceptions = "OPTION_RES WORK_EXCEPTION WORK_EXCEPTION WORK_EXCEPTION";
    assertEquals(kinds[1], `${data} ${exceptions}`);
    assertEquals(new Set(kinds.slice(2)), new Set([`${data} WORK_FAIL WORK_FAIL WORK_FAIL`]));
  });

  test("that all have left counts anew who joins it", () => {
    const { router, peer } = testRouter();
    const first = peer(), second = peer();
    const job = router.jobByHandle(first.submit("SUBMIT_JOB_BG", "f", "u", ""))!;
    for (const client of [first, second, first]) client.send("SUBMIT_JOB", "f", "u", "");
    assertEquals(job.subscriberCount, 3);
    for (const client of [first, second]) client.vanish();
    assertEquals(job.subscriberCount, 0);
    const third = peer();
    third.submit("SUBMIT_JOB", "f", "u", "");
    assertEquals(job.subscriberCount, 1);
    third.submit("SUBMIT_JOB", "f", "u", "");
    assertEquals([job.subscriberCount, third.connection.subscriptions], [2, 1]);
    assertInvariants(router);
  });
});

describe("a worker with thousands of jobs", () => {
  test("is listed with as many steps as one with a job, without a look at them", () => {
    const rows = [1, THOUSANDS].map((count) => {
      const { router, peer } = testRouter();
      fill(router, count, [request(PacketType.SUBMIT_JOB_BG, "f", "", "")]);
      const worker = peer().canDo("f");
      for (let grabbed = 0; grabbed < count; grabbed++) worker.grab();
      const touches = new Touches();
      for (const job of router.jobs.values()) touches.watch(job);
      touches.count = 0;
      const asking = peer();
      const steps = stepsDuring(() => asking.raw(`list connections connection=${2}\n`));
      const [, row] = asking.bytes().split("\n");
      assertEquals(row.split("\t")[2], `${count}`);
      assertEquals(touches.count, 0);
      return steps;
    });
    assertEquals(rows[1], rows[0]);
  });
});

describe("a heap of a million timers", () => {
  let comparisons = 0;
  const heap = new IndexedHeap<Timer>((a, b) => {
    comparisons++;
    return a.due < b.due;
  });
  const timer = (due: number) => Object.assign(new Timer(() => {}), { due });
  // Neighbouring times lie far apart, as those of jobs do.
  const timers = Array.from({ length: MILLION }, (_, index) => timer((index * 7919) % MILLION));
  for (const item of timers) heap.push(item);
  const atMost2Log2 = (what: string, change: () => void) => {
    comparisons = 0;
    change();
    assert(comparisons <= MOST_COMPARISONS, `${comparisons} comparisons to ${what}`);
  };

  test("compares at most 2 log2(n) of them to set or call off one", () => {
    for (let index = 0; index < MILLION; index += 10_007) {
      atMost2Log2("remove", () => heap.remove(timers[index]));
      atMost2Log2("push", () => heap.push(timers[index]));
    }
  });

  test("compares at most 2 log2(n) of them to fire the first one", () => {
    for (let due = 0; due < 1000; due++) {
      const first = heap.peek()!;
      assertEquals(first.due, due);
      atMost2Log2("remove", () => heap.remove(first));
    }
    assert(comparisons > 20, "the comparisons are seen");
  });
});
