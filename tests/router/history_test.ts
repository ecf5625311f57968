import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { decodeName, encodeName } from "../../protocol/mod.ts";
import { type EndedJob, type History, Router, type RouterOptions } from "../../router/mod.ts";
import { Turn } from "../../router/flow/turn.ts";
import { Moments } from "../../router/history/moments.ts";
import { TriedJobs } from "../../router/history/runs.ts";
import type { Policy } from "../../router/policy.ts";
import type { Peer } from "../../router/mod.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { FakePeer } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

const SECOND = 1000;
const NAME = encodeName("f");

function historyRouter(options: Partial<RouterOptions> = {}) {
  const made = testRouter({ history: true, ...options });
  return { ...made, history: made.router.history! };
}

function endings(jobs: Iterable<EndedJob>): string[] {
  return Array.from(jobs, (job) => `${decodeName(job.function)} ${job.outcome}`);
}

/** Submits background jobs of a function, and completes them. */
function complete(router: Router, name: string, count: number): string[] {
  const client = new FakePeer(router), worker = new FakePeer(router).canDo(name);
  return Array.from({ length: count }, () => {
    const handle = client.submit("SUBMIT_JOB_BG", name, "", "");
    worker.grab();
    worker.send("WORK_COMPLETE", handle, "");
    return handle;
  });
}

function fail(router: Router, name: string, text = ""): string {
  const handle = new FakePeer(router).submit("SUBMIT_JOB_BG", name, "", "");
  const worker = new FakePeer(router).canDo(name);
  worker.grab();
  if (text === "") worker.send("WORK_FAIL", handle);
  else worker.send("WORK_EXCEPTION", handle, text);
  worker.vanish();
  return handle;
}

test("a router without the option has no history", () => {
  assertEquals(testRouter().router.history, null);
});

describe("an ended job is remembered", () => {
  test("with its outcome, times, peers and sizes", () => {
    const { router, history, clock, peer } = historyRouter();
    const client = peer(1), worker = peer(2).canDo("f");
    worker.send("SET_CLIENT_ID", "w");
    const start = clock.epoch();
    const handle = client.submit("SUBMIT_JOB_HIGH", "f", "u", "payload");
    clock.advance(2 * SECOND);
    worker.grab();
    clock.advance(3 * SECOND);
    worker.send("WORK_COMPLETE", handle, "result");
    clock.advance(SECOND);
    const job = history.endedByHandle(handle)!;
    assertEquals(job, {
      handle,
      function: NAME,
      unique: encodeName("u"),
      outcome: "completed",
      priority: "high",
      background: false,
      submitted: start,
      started: start + 2 * SECOND,
      ended: start + 5 * SECOND,
      submitter: { id: 1, address: { hostname: "127.0.0.1", port: 1 }, clientId: encodeName("-") },
      worker: { id: 2, address: { hostname: "127.0.0.1", port: 2 }, clientId: encodeName("w") },
      runs: [{
        worker: job.worker!,
        started: start + 2 * SECOND,
        ended: start + 5 * SECOND,
        cause: "completed",
      }],
      text: new Uint8Array(),
      resultBytes: 6,
    });
    assertEquals(history.runs(router.submit({ function: "f" }, null) as never), []);
  });

  test("with the last 1,000 bytes of its exception, or else of its last warning", () => {
    const { router, history, peer } = historyRouter();
    const handle = fail(router, "f", "x".repeat(2000) + "end");
    const { text, outcome, resultBytes } = history.endedByHandle(handle)!;
    assertEquals([decodeName(text), outcome, resultBytes], [
      "x".repeat(997) + "end",
      "exception",
      0,
    ]);
    const warned = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer().canDo("f");
    worker.grab();
    worker.send("WORK_WARNING", warned, "first").send("WORK_WARNING", warned, "disk is full");
    worker.send("WORK_FAIL", warned);
    assertEquals(decodeName(history.endedByHandle(warned)!.text), "disk is full");
  });

  test("when nobody ran it", () => {
    const { router, history } = historyRouter();
    const job = router.enqueueJob({ function: "f" })!;
    const { handle } = job;
    router.operations.cancel(job, null);
    const { outcome, started, worker, runs, submitter } = history.endedByHandle(handle)!;
    assertEquals([outcome, started, worker, runs, submitter], ["cancelled", null, null, [], null]);
  });

  test("newest first, of one function or of all, and no other", () => {
    const { router, history } = historyRouter();
    const [first] = complete(router, "f", 1);
    fail(router, "g");
    fail(router, "f");
    assertEquals(endings(history.ended()), ["f failed", "g failed", "f completed"]);
    assertEquals(endings(history.ended(NAME)), ["f failed", "f completed"]);
    assertEquals(endings(history.ended(encodeName("h"))), []);
    assertEquals(history.endedByHandle(first)!.handle, first);
    assertEquals(history.endedByHandle("H:test:00000000000099"), null);
    assertEquals(history.endedByHandle("f"), null);
  });

  test("unless 1,000 others have ended since, of which a busy function leaves room for others", () => {
    const { router, history, clock } = historyRouter();
    complete(router, "rare", 3);
    fail(router, "busy");
    const handles = Array.from({ length: 3000 }, () => {
      const job = router.enqueueJob({ function: "busy" })!;
      router.operations.complete(job);
      clock.advance(1);
      return job.handle;
    });
    const jobs = [...history.ended()];
    assertEquals(jobs.length, 1000);
    assertEquals(jobs[0].handle, handles.at(-1));
    assertEquals(endings(history.ended(encodeName("rare"))).length, 3);
    assertEquals(endings(history.ended(encodeName("busy"))).at(-1), "busy failed");
    assertEquals(history.endedByHandle(handles[0]), null);
    for (let number = 0; number < 2000; number++) {
      router.operations.cancel(router.enqueueJob({ function: `f${number}` })!, null);
      clock.advance(1);
    }
    assertEquals([...history.ended()].length, 1000);
  });

  test("unless more end than 1,000 in a second: a sample of those is", () => {
    const { router, history, clock } = historyRouter();
    const endAll = (count: number, end: "complete" | "cancel") => {
      for (let number = 0; number < count; number++) {
        const job = router.enqueueJob({ function: "f" })!;
        if (end === "complete") router.operations.complete(job);
        else router.operations.cancel(job, null);
      }
    };
    endAll(1500, "complete");
    const before = [...history.ended()].map(({ handle }) => handle);
    assertEquals(before.length, 1000);
    clock.advance(2);
    endAll(100, "complete");
    const after = [...history.ended()].map(({ handle }) => handle);
    assertEquals(after.slice(2), before.slice(0, 998));
    // Those that fail are not fewer for it.
    endAll(5, "cancel");
    assertEquals(endings(history.ended()).slice(0, 5), Array(5).fill("f cancelled"));
  });

  test("in 1 MiB at most", () => {
    const { history, peer, clock } = historyRouter();
    const client = peer(), worker = peer().canDo("f");
    for (let count = 0; count < 1100; count++) {
      const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
      worker.grab();
      worker.send("WORK_EXCEPTION", handle, "x".repeat(1000));
      clock.advance(1);
    }
    const kept = [...history.ended()].length;
    assert(kept > 600 && kept < 1024 * 1024 / 1000, `${kept}`);
  });
});

describe("the runs of a job", () => {
  test("tell who had it, from when to when, and why that ended", () => {
    const { history, clock, peer, router } = historyRouter();
    const start = clock.epoch();
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const slow = peer().send("CAN_DO_TIMEOUT", "f", "1000");
    slow.grab();
    clock.advance(SECOND);
    slow.vanish();
    const vanishing = peer().canDo("f");
    vanishing.grab();
    clock.advance(SECOND);
    vanishing.vanish();
    const worker = peer().canDo("f");
    worker.grab();
    worker.send("WORK_DATA", handle, "some").send("WORK_DATA", handle, "more")
      .send("WORK_WARNING", handle, "odd");
    const job = router.jobByHandle(handle)!;
    const told = history.runs(job).map(({ started, ended, cause }) => [
      started - start,
      ended === null ? null : ended - start,
      cause,
    ]);
    assertEquals(told, [[0, 1000, "timeout"], [1000, 2000, "lost"], [2000, null, "running"]]);
    const { warning, data } = history.lastText(job);
    assertEquals([decodeName(warning!), decodeName(data!)], ["odd", "more"]);
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals(history.endedByHandle(handle)!.runs.map(({ cause }) => cause), [
      "timeout",
      "lost",
      "completed",
    ]);
    assertEquals(history.runs(job), []);
  });

  test("tell a timeout that ends the job from a worker that is gone", () => {
    const { history, clock, peer } = historyRouter({ jobRetries: 1 });
    const handles = [0, 1].map(() => peer().submit("SUBMIT_JOB_BG", "f", "", ""));
    const slow = peer().send("CAN_DO_TIMEOUT", "f", "1000");
    slow.grab();
    clock.advance(SECOND);
    slow.grab();
    slow.vanish();
    const told = handles.map((handle) => {
      const { outcome, runs } = history.endedByHandle(handle)!;
      return [outcome, runs[0].cause];
    });
    assertEquals(told, [["lost", "timeout"], ["lost", "lost"]]);
  });

  test("are the last 20", () => {
    const policy: Policy = { ruleOf: () => null, admit: () => null, afterFailure: () => "again" };
    const clock = new ManualClock();
    const router = new Router(clock, { history: true }, policy);
    const start = clock.epoch();
    const handle = new FakePeer(router).submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = new FakePeer(router).canDo("f");
    for (let run = 0; run < 25; run++) {
      worker.grab();
      worker.send("WORK_FAIL", handle);
      clock.advance(SECOND);
    }
    const runs = router.history!.runs(router.jobByHandle(handle)!);
    assertEquals([runs.length, runs[0].started - start, runs[0].cause], [20, 5000, "failed"]);
  });

  test("of very many jobs that workers have take no more room than those of 20,000", () => {
    const tried = new TriedJobs();
    const { peer, router } = historyRouter();
    peer();
    const worker = router.connections.get(1)! as Peer;
    for (let number = 1; number <= 20_001; number++) tried.add(number, 0, worker, 0);
    assertEquals([tried.get(20_000)?.past, tried.get(20_001)], [null, undefined]);
    for (let number = 1; number <= 20_000; number++) {
      const job = tried.get(number)!;
      for (let run = 0; run < 3; run++) {
        tried.endRun(job, "lost", run);
        job.worker = worker;
      }
    }
    const kept = [1, 20_000].map((number) => tried.get(number)!.past!.map(({ ended }) => ended));
    assertEquals(kept, [[0, 1, 2], [2]]);
    const text = new Uint8Array(2000);
    for (let number = 1; number <= 5000; number++) {
      tried.keepText(tried.get(number)!, "data", text);
    }
    assertEquals([tried.get(1)!.data!.length, tried.get(5000)!.data], [1000, null]);
    tried.remove(tried.get(1)!);
    assertEquals(tried.get(1), undefined);
    tried.keepText(tried.get(5000)!, "data", text);
    assertEquals(tried.get(5000)!.data!.length, 1000);
    // The place of an ended one serves for another.
    tried.add(20_001, 0, worker, 0);
    const { number, past, data } = tried.get(20_001)!;
    assertEquals([number, past, data], [20_001, null, null]);
  });
});

test("the clock is looked at once in a turn of a peer, and each time where nobody has a turn", () => {
  let looks = 0;
  const clock = Object.assign(new ManualClock(), { now: () => ++looks });
  const turn = new Turn(clock);
  const moments = new Moments(clock, turn);
  assertEquals([moments.now(), moments.now()], [1, 2]);
  turn.begin();
  assertEquals([moments.now(), moments.now(), moments.minute()], [3, 3, 0]);
  turn.begin();
  assertEquals([moments.now(), moments.now()], [4, 4]);
  turn.end();
  assertEquals([moments.now(), moments.now()], [5, 6]);
});

test("a turn is over when what a peer sent has been dealt with", () => {
  const { router } = historyRouter();
  const client = new FakePeer(router);
  client.submit("SUBMIT_JOB_BG", "f", "", "");
  assertEquals(router.turn.current, 0);
  client.text("status");
  client.send("ECHO_REQ", "x").packets();
  assertEquals(router.turn.current, 0);
});

/** One job of `f` that waits and runs for so long, in milliseconds. */
function timedJob(router: Router, clock: ManualClock, waits: number, runs: number): void {
  const client = new FakePeer(router), worker = new FakePeer(router).canDo("f");
  const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
  clock.advance(waits);
  worker.grab();
  clock.advance(runs);
  worker.send("WORK_COMPLETE", handle, "");
}

function timesOf(history: History): [waiting: number, running: number, total: number] {
  const { waiting, running, total } = history.timings(NAME)!;
  return [waiting.sum, running.sum, total.sum];
}

describe("the timings of a function", () => {
  test("are how long its jobs waited, ran, and took from submit to end", () => {
    const { router, history, clock } = historyRouter();
    assertEquals(history.timings(NAME), null);
    timedJob(router, clock, 3, 700);
    timedJob(router, clock, 2000, 40);
    const timings = history.timings(NAME)!;
    assertEquals(timesOf(history), [2.003, 0.74, 2.743]);
    const bucketsOf = ({ buckets }: { buckets: ArrayLike<number> }) =>
      Array.from(buckets).flatMap((count, index) => count === 0 ? [] : [[index, count]]);
    // 5 ms, 2.5 s; 50 ms, 1 s; 1 s, 2.5 s
    assertEquals(bucketsOf(timings.waiting), [[0, 1], [8, 1]]);
    assertEquals(bucketsOf(timings.running), [[3, 1], [7, 1]]);
    assertEquals(bucketsOf(timings.total), [[7, 1], [8, 1]]);
  });

  test("count from the due time of a job that waits for one", () => {
    const { history, clock, peer } = historyRouter();
    const at = `${clock.epoch() / 1000 + 100}`;
    const handle = peer().submit("SUBMIT_JOB_EPOCH", "f", "", at, "");
    clock.advance(101 * SECOND);
    assertEquals(history.oldestWaiting(NAME), [null, 1, null]);
    const worker = peer().canDo("f");
    worker.grab();
    clock.advance(SECOND);
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals(timesOf(history), [1, 1, 2]);
  });

  test("count each wait of a job that is lost, and no run whose worker is gone", () => {
    const { history, clock, peer } = historyRouter();
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    clock.advance(SECOND);
    const vanishing = peer().canDo("f");
    vanishing.grab();
    clock.advance(10 * SECOND);
    vanishing.vanish();
    clock.advance(2 * SECOND);
    const worker = peer().canDo("f");
    worker.grab();
    clock.advance(4 * SECOND);
    worker.send("WORK_FAIL", handle);
    assertEquals(timesOf(history), [3, 4, 17]);
  });

  test("have percentiles of the last hour", () => {
    const { router, history, clock } = historyRouter();
    for (let job = 0; job < 98; job++) timedJob(router, clock, 0, 200);
    for (let job = 0; job < 2; job++) timedJob(router, clock, 0, 20 * SECOND);
    const { p50, p95, p99, count } = history.timings(NAME)!.lastHour("running");
    assertEquals(count, 100);
    // Within the bucket from 0.1 to 0.25, and in the middle of that from 10 to 30.
    assertEquals([p50, p95, p99].map((seconds) => Math.round(seconds! * 1000)), [177, 245, 20000]);
    clock.advance(61 * 60 * SECOND);
    assertEquals(history.timings(NAME)!.lastHour("running"), {
      count: 0,
      p50: null,
      p95: null,
      p99: null,
    });
    assertEquals(history.timings(NAME)!.running.count, 100);
  });

  test("have a point for each of the last 60 minutes", () => {
    const { router, history, clock } = historyRouter();
    const start = clock.epoch();
    complete(router, "f", 3);
    clock.advance(60 * SECOND);
    fail(router, "f");
    clock.advance(60 * SECOND);
    const points = history.timings(NAME)!.minutes();
    assertEquals(points.length, 60);
    const told = points.slice(-3).map(({ at, submitted, started, completed, failed }) => [
      (at - start) / 60 / SECOND,
      submitted,
      started,
      completed,
      failed,
    ]);
    assertEquals(told, [[0, 3, 3, 3, 0], [1, 1, 1, 0, 1], [2, 0, 0, 0, 0]]);
    assertEquals(points[0].submitted, 0);
    clock.advance(58 * 60 * SECOND);
    assertEquals(history.timings(NAME)!.minutes()[0].failed, 1);
    clock.advance(60 * SECOND);
    assertEquals(history.timings(NAME)!.minutes().map(({ failed }) => failed), Array(60).fill(0));
  });

  test("count the jobs that keep to the first target that fits", () => {
    const { router, history, clock } = historyRouter({
      targets: [{ function: "mail.*" }, { function: "?", wait: 1, run: 5 }, {
        function: "*",
        wait: 100,
      }],
    });
    timedJob(router, clock, 1000, 5001);
    timedJob(router, clock, 1001, 5000);
    complete(router, "mail.send", 1);
    complete(router, "mailXsend", 1);
    const { waitTarget, runTarget } = history.timings(NAME)!;
    assertEquals([waitTarget.good, waitTarget.total, runTarget.good, runTarget.total], [
      ...[1, 2, 1, 2],
    ]);
    const of = (name: string) => history.timings(encodeName(name))!;
    assertEquals([of("mail.send").target?.wait, of("mail.send").waitTarget.total], [undefined, 0]);
    assertEquals([of("mailXsend").target?.wait, of("mailXsend").waitTarget.good], [100, 1]);
  });

  test("are kept of 1,000 functions: those go in which nothing has happened for long", () => {
    const { router, history } = historyRouter();
    for (let number = 0; number < 3000; number++) {
      router.enqueueJob({ function: `f${number}` });
      router.enqueueJob({ function: "busy" });
    }
    assertEquals([...history.allTimings()].length, 1000);
    assertEquals(history.functionsForgotten, 2001);
    assertEquals(history.timings(encodeName("f0")), null);
    assert(history.timings(encodeName("f2999")) !== null);
    assertEquals(history.timings(encodeName("busy"))!.minutes().at(-1)!.submitted, 3000);
  });
});

describe("the oldest waiting job", () => {
  test("is the next one of each priority", () => {
    const { history, clock, peer } = historyRouter();
    const client = peer();
    assertEquals(history.oldestWaiting(NAME), [null, null, null]);
    client.submit("SUBMIT_JOB_LOW_BG", "f", "", "");
    clock.advance(250);
    client.submit("SUBMIT_JOB_HIGH_BG", "f", "", "");
    clock.advance(250);
    client.submit("SUBMIT_JOB_HIGH_BG", "f", "", "");
    assertEquals(history.oldestWaiting(NAME), [0.25, null, 0.5]);
    const worker = peer().canDo("f");
    worker.grab();
    assertEquals(history.oldestWaiting(NAME), [0, null, 0.5]);
    clock.advance(1000);
    worker.vanish();
    // What its worker lost waits since then.
    assertEquals(history.oldestWaiting(NAME), [0, null, 1.5]);
  });
});
