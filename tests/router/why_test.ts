import { describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeName } from "../../protocol/mod.ts";
import { type Diagnosis, Router, whyFunction, whyJob } from "../../router/mod.ts";
import { Closed } from "../../router/model/function_queue.ts";
import type { Policy } from "../../router/policy.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { FakePeer } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

const SECOND = 1000;
const NAME = encodeName("f");

/** `code: text` of each. */
function told(reasons: readonly Diagnosis[]): string[] {
  return reasons.map(({ code, text }) => `${code}: ${text}`);
}

function ofFunction(router: Router, name: Uint8Array = NAME): string[] {
  return told(whyFunction(router, name));
}

/** What the text command says, without the numbers. */
function answerTo(peer: FakePeer, line: string): string {
  return peer.text(line).replaceAll(/\t\{.*\}$/gm, "");
}

describe("the jobs of a function do not run", () => {
  test("as there is none of this name", () => {
    const { router } = testRouter();
    assertEquals(ofFunction(router), [
      'unknown_function: There is no function "f": no job of it was submitted, and no worker can ' +
      "do it.",
    ]);
  });

  test("as none waits", () => {
    const { router, peer } = testRouter();
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    peer().canDo("f").grab();
    assertEquals(ofFunction(router), [
      'nothing_waits: No job of "f" waits for a worker; 1 job runs.',
    ]);
  });

  test("as no worker can do it", () => {
    const { router, peer, clock } = testRouter({ history: true });
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    clock.advance(12 * 60 * SECOND);
    client.submit("SUBMIT_JOB_HIGH_BG", "f", "", "");
    assertEquals(ofFunction(router), [
      'no_worker: 2 jobs wait, and no connected worker can do "f", for 12 min now.',
    ]);
    assertEquals(whyFunction(router, NAME)[0].numbers, {
      waiting: 2,
      workers: 0,
      oldestSeconds: 720,
    });
  });

  test("as all workers run other jobs, the oldest for how long", () => {
    const { router, peer, clock } = testRouter({ history: true });
    const client = peer();
    const first = client.submit("SUBMIT_JOB_BG", "g", "", "");
    client.submit("SUBMIT_JOB_BG", "g", "", "");
    const busy = peer(7).canDo("f", "g").send("SET_CLIENT_ID", "resizer");
    busy.grab();
    clock.advance(12 * 60 * SECOND);
    peer(8).canDo("f", "g").grab();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(ofFunction(router), [
      `all_workers_busy: All 2 workers that can do "f" run other jobs, the oldest for 12 min: ` +
      `${first} of "g", by "resizer" at 127.0.0.1:7.`,
    ]);
    assertEquals(whyFunction(router, NAME)[0].numbers, {
      waiting: 1,
      workers: 2,
      busy: 2,
      handle: first,
      runningSeconds: 720,
      connection: 2,
      clientId: "resizer",
      address: "127.0.0.1:7",
    });
    peer(9).canDo("f");
    assertStringIncludes(ofFunction(router)[0], 'workers_busy: 2 of 3 workers that can do "f" run');
  });

  test("as the one worker is busy, since when nobody remembers", () => {
    const { router, peer } = testRouter();
    const first = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    peer(7).canDo("f").grab();
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(ofFunction(router), [
      `all_workers_busy: The one worker that can do "f" runs other jobs; for example ${first}, ` +
      "by connection 2 at 127.0.0.1:7.",
    ]);
  });

  test("as workers that sleep were woken and do not look", () => {
    const { router, peer } = testRouter();
    const worker = peer(7).canDo("f").send("PRE_SLEEP");
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    worker.send("PRE_SLEEP").send("PRE_SLEEP");
    assertEquals(ofFunction(router), [
      "workers_do_not_look: 1 worker has slept, was woken 3 times, and did not ask for a job since: " +
      "connection 1 at 127.0.0.1:7.",
    ]);
    worker.grab();
    assertEquals(ofFunction(router), [
      'nothing_waits: No job of "f" waits for a worker; 1 job runs.',
    ]);
  });

  test("as workers sleep and nobody is woken, or not yet", () => {
    const { router, peer } = testRouter({ wakeup: 0 });
    peer().canDo("f").send("PRE_SLEEP");
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(ofFunction(router), [
      "nobody_is_woken: 1 worker that can do it sleeps, and the server wakes nobody: wakeup is 0.",
    ]);
    const other = testRouter({ wakeup: 1 });
    other.peer().canDo("f").send("PRE_SLEEP");
    other.peer().canDo("f").send("PRE_SLEEP");
    other.peer().submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(whyFunction(other.router, NAME).map(({ code }) => code), [
      "workers_do_not_look",
      "workers_sleep",
    ]);
  });

  test("as workers neither sleep nor ask", () => {
    const { router, peer } = testRouter();
    peer(7).canDo("f");
    peer(8).canDo("f");
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(ofFunction(router), [
      "workers_do_not_ask: 2 workers neither run a job nor sleep, and do not ask for one: " +
      "connection 1 at 127.0.0.1:7 and others.",
    ]);
  });

  test("as it is closed, or full", () => {
    const { router, peer } = testRouter();
    peer().submit("SUBMIT_JOB_HIGH_BG", "f", "", "");
    peer().text("maxqueue f 1 2 0");
    const func = router.functions.find(NAME, 0, 1)!;
    peer(7).text("pause f");
    assertEquals(ofFunction(router), [
      'paused: "f" is paused by 3@127.0.0.1:7 since 22:13:20 UTC, until somebody resumes it: no ' +
      "worker gets its jobs; 1 job of it waits.",
      "queue_full: No more jobs of high priority are taken in: 1 live, and the limit (maxqueue) is 1.",
    ]);
    router.waiting.close(func, Closed.LIMITED);
    peer().text("resume f");
    assertEquals(
      ofFunction(router)[0],
      'limited: As many jobs of "f" run as may at once: 0; 1 job of it waits.',
    );
  });

  test("as they wait for their due times, or the server is stopping", () => {
    const { router, peer, clock } = testRouter();
    peer().submit("SUBMIT_JOB_EPOCH", "f", "", `${clock.epoch() / 1000 + 5}`, "");
    router.hasStopBegun = true;
    assertEquals(ofFunction(router), [
      "not_ready: The server is stopping.",
      'nothing_waits: No job of "f" waits for a worker; 0 jobs run.',
      "scheduled: 1 job waits for the due time.",
    ]);
  });
});

describe("a job does not run", () => {
  test("as others are before it", () => {
    const { router, peer } = testRouter();
    const client = peer();
    const [first, second] = [0, 1].map(() => client.submit("SUBMIT_JOB_BG", "f", "", ""));
    const low = client.submit("SUBMIT_JOB_LOW_BG", "f", "", "");
    const high = client.submit("SUBMIT_JOB_HIGH_BG", "f", "", "");
    const placeOf = (handle: string) => told(whyJob(router, handle))[0];
    assertEquals(placeOf(high), 'is_next: It is the next job of "f".');
    assertEquals(
      placeOf(first),
      'jobs_before: 1 job of "f" is before it, 1 of them of higher priority.',
    );
    assertEquals(
      placeOf(low),
      'jobs_before: 3 jobs of "f" are before it, 3 of them of higher priority.',
    );
    assertEquals(whyJob(router, second).map(({ code }) => code), ["jobs_before", "no_worker"]);
    assertEquals(whyJob(router, second)[0].numbers, {
      before: 2,
      higher: 1,
      priority: "normal",
      waiting: 4,
    });
    const worker = peer().canDo("f");
    for (const _ of [high, first]) worker.grab();
    worker.vanish();
    assertEquals(
      placeOf(second),
      'jobs_before: 2 jobs of "f" are before it, 1 of them of higher priority.',
    );
    assertStringIncludes(placeOf(first), "1 job");
  });

  test("as very many others are before it, which are not all counted", () => {
    const { router, peer } = testRouter();
    for (let job = 0; job < 65_536; job++) router.enqueueJob({ function: "f" });
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(
      told(whyJob(router, handle))[0],
      'jobs_before: At least 65536 jobs of "f" are before it.',
    );
  });

  test("as it waits for its due time", () => {
    const { router, peer, clock } = testRouter();
    const due = clock.epoch() / 1000 + 300;
    const handle = peer().submit("SUBMIT_JOB_EPOCH", "f", "", `${due}`, "");
    assertEquals(told(whyJob(router, handle)), [
      "not_due: It waits for its due time, in 5 min (22:18:20 UTC).",
    ]);
    assertEquals(whyJob(router, handle)[0].numbers, { due: due * 1000, dueInSeconds: 300 });
  });

  test("as it does run, for how long and how far it is", () => {
    const { router, peer, clock } = testRouter({ history: true });
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer(7).canDo("f");
    worker.grab();
    worker.send("WORK_STATUS", handle, "3", "10");
    clock.advance(90 * SECOND);
    assertEquals(told(whyJob(router, handle)), [
      "running: It runs for 90 s, at the worker connection 2 at 127.0.0.1:7; it has done 3 of 10.",
    ]);
  });

  test("as it runs, since when nobody remembers, and what went wrong before", () => {
    const { router, peer } = testRouter();
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    for (let loss = 0; loss < 2; loss++) {
      const worker = peer().canDo("f");
      worker.grab();
      worker.vanish();
    }
    peer(7).canDo("f").grab();
    assertEquals(told(whyJob(router, handle)), [
      "running: It runs, at the worker connection 4 at 127.0.0.1:7.",
      "ran_before: 2 runs of it have failed, the last one as the worker was gone.",
    ]);
  });

  test("as it is to be tried again later, after what its exception said", () => {
    const retryAt = new ManualClock().epoch() + 60 * SECOND;
    const policy: Policy = {
      ruleOf: () => null,
      admit: () => null,
      afterFailure: () => ({ retryAt }),
    };
    const router = new Router(new ManualClock(), { jobHandlePrefix: "H:test" }, policy);
    const handle = new FakePeer(router).submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = new FakePeer(router).canDo("f");
    worker.grab();
    worker.send("WORK_EXCEPTION", handle, "disk full");
    assertEquals(told(whyJob(router, handle)), [
      "not_due: It waits for its due time, in 60 s (22:14:20 UTC).",
      'ran_before: 1 run of it has failed, the last one as the worker sent an exception: "disk full".',
    ]);
  });

  test("as it has ended: when, how, at whom, and with which text", () => {
    const { router, peer, clock } = testRouter({ history: true });
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer(7).canDo("f").send("SET_CLIENT_ID", "w");
    worker.grab();
    worker.send("WORK_EXCEPTION", handle, "no such\nfile");
    clock.advance(3 * 60 * SECOND);
    assertEquals(told(whyJob(router, handle)), [
      'ended: It ended with an exception, at 22:13:20 UTC, 3 min ago, last run by "w" at ' +
      "127.0.0.1:7: no such\\nfile.",
    ]);
    const { outcome, agoSeconds, runs, text } = whyJob(router, handle)[0].numbers;
    assertEquals([outcome, agoSeconds, runs, text], ["exception", 180, 1, "no such\nfile"]);
  });

  test("as it has ended, which nobody remembers", () => {
    const { router, peer } = testRouter();
    const handle = peer().submit("SUBMIT_JOB", "f", "", "");
    router.operations.cancel(router.jobByHandle(handle)!, null);
    assertEquals(told(whyJob(router, handle)), [
      "ended_unknown: It has ended; the server does not remember how (option history).",
    ]);
    const { router: other, clock } = testRouter({ history: true });
    const [first] = Array.from({ length: 1001 }, () => {
      const job = other.enqueueJob({ function: "f" })!;
      other.operations.cancel(job, null);
      clock.advance(1);
      return job.handle;
    });
    assertEquals(told(whyJob(other, first)), [
      "ended_unknown: It has ended; so many others have that it is not remembered how.",
    ]);
  });

  test("as there is no such job", () => {
    const { router, peer } = testRouter();
    const next = peer().submit("SUBMIT_JOB_BG", "f", "", "").replace(/1$/, "2");
    for (const handle of ["H:elsewhere:1", next]) {
      assertEquals(told(whyJob(router, handle)), [
        `unknown_job: There is no job "${handle}", and this server has not given that handle ` +
        "since it began.",
      ]);
    }
  });
});

describe("the text command why", () => {
  test("answers with code, text and numbers, and a dot", () => {
    const { peer } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(
      client.text("why f"),
      'no_worker\t1 job waits, and no connected worker can do "f".\t{"waiting":1,"workers":0}\n.\n',
    );
  });

  test("takes a function, a handle, a handle of another server, or neither", () => {
    const { router, peer } = testRouter();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertStringIncludes(answerTo(client, `why ${handle}`), 'is_next\tIt is the next job of "f".');
    router.operations.cancel(router.jobByHandle(handle)!, null);
    assertStringIncludes(answerTo(client, `why ${handle}`), "ended_unknown");
    assertStringIncludes(answerTo(client, "why H:web1:17"), "unknown_job");
    assertStringIncludes(answerTo(client, "why g"), "unknown_function");
    assertEquals(
      client.text("why"),
      "ERR INVALID_ARGUMENTS why+takes+one+function+or+handle\r\n",
    );
  });

  test("lets no name forge a line, a column or a control sequence", () => {
    const { peer } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "a\n.\tb\x1b[2J c", "", "");
    client.submit("SUBMIT_JOB_BG", "<script>\xe2\x80\xae", "", "");
    const answer = client.text("why a%0A.%09b%1B[2J%20c");
    assertEquals(answer.split("\n").length, 3);
    assertStringIncludes(answer, 'can do "a\\n.\\x09b\\x1b[2J c".');
    const other = client.text("why <script>\xe2\x80\xae");
    assertStringIncludes(other, '"<script>\\u202e"');
    assert(!/[^\n\t\x20-\x7e]/.test(answer + other));
    const worker = peer().canDo("f").send("SET_CLIENT_ID", "w\tx\n.");
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    const [line, dot, end] = client.text("why f").split("\n");
    assertEquals([line.split("\t").length, dot, end], [3, ".", ""]);
    assertStringIncludes(line, '"clientId":"w\\tx\\n."');
  });
});
