import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Closed, type FunctionQueue } from "../../router/model/function_queue.ts";
import { Router } from "../../router/mod.ts";
import type { FailureCause } from "../../router/model/job_state.ts";
import { GearmanPolicy, type Policy } from "../../router/policy.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { FakePeer } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

/** A router that decides as the Gearman server does, but for what is given. */
function routerWith(changed: Partial<Policy>) {
  const clock = new ManualClock();
  const policy = Object.assign(new GearmanPolicy(-1), changed);
  const router = new Router(clock, { jobHandlePrefix: "H:test" }, policy);
  return { router, clock, peer: () => new FakePeer(router) };
}

function functionOf({ functions }: Router): FunctionQueue {
  return [...functions.values()][0];
}

describe("a function that is closed", () => {
  test("gives its jobs to nobody, and wakes nobody for those that come", () => {
    const { router, peer } = testRouter();
    const worker = peer().canDo("f");
    router.waiting.close(functionOf(router), Closed.PAUSED);
    worker.send("PRE_SLEEP");
    const waiting = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(worker.types(), []);
    assertInvariants(router);
    assertEquals(worker.grab(), null);
    assertEquals(router.jobByHandle(waiting)!.isFinished, false);
  });

  test("lets its workers have jobs of their other functions", () => {
    const { router, peer } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_HIGH_BG", "f", "", "");
    router.waiting.close(functionOf(router), Closed.PAUSED);
    const other = client.submit("SUBMIT_JOB_LOW_BG", "g", "", "");
    assertEquals(peer().canDo("f", "g").grab(), [other, "g", ""]);
  });

  test("is looked at as little by a worker that can do very many", () => {
    const { router, peer } = testRouter();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    const func = functionOf(router);
    router.waiting.close(func, Closed.PAUSED);
    const worker = peer().canDo("f", ...Array.from({ length: 20 }, (_, index) => `g${index}`));
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(worker.grab(), null);
    router.waiting.open(func, Closed.PAUSED);
    assertEquals(worker.grab(), [handle, "f", ""]);
    assertInvariants(router);
  });

  test("wakes its sleepers when it is opened, as many as there are jobs", () => {
    const { router, peer } = testRouter({ wakeup: 1 });
    const workers = [1, 2, 3].map(() => peer().canDo("f").send("PRE_SLEEP"));
    const func = functionOf(router);
    router.waiting.close(func, Closed.PAUSED);
    for (let job = 0; job < 2; job++) router.enqueueJob({ function: "f" });
    router.waiting.open(func, Closed.PAUSED);
    assertEquals(workers.flatMap((worker) => worker.types()), ["NOOP", "NOOP"]);
    assertInvariants(router);
  });

  test("wakes nobody when it is opened if nobody is ever to be woken", () => {
    const { router, peer } = testRouter({ wakeup: 0 });
    const worker = peer().canDo("f").send("PRE_SLEEP");
    const func = functionOf(router);
    router.waiting.close(func, Closed.PAUSED);
    for (let job = 0; job < 3; job++) router.enqueueJob({ function: "f" });
    router.waiting.open(func, Closed.PAUSED);
    assertEquals(worker.types(), []);
  });

  test("stays closed until the last of its reasons is gone", () => {
    const { router, peer } = testRouter();
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const { waiting } = router;
    const func = functionOf(router);
    const worker = peer().canDo("f");
    waiting.close(func, Closed.PAUSED);
    waiting.close(func, Closed.LIMITED);
    waiting.close(func, Closed.LIMITED);
    waiting.open(func, Closed.PAUSED);
    assertEquals(worker.grab(), null);
    waiting.open(func, Closed.PAUSED);
    assertEquals(worker.grab(), null);
    waiting.open(func, Closed.LIMITED);
    assertEquals(worker.grab(), [handle, "f", ""]);
    waiting.open(func, Closed.LIMITED);
    assertInvariants(router);
  });

  test("keeps the order of its jobs: high, normal and low, also of those that come meanwhile", () => {
    const { router, peer } = testRouter();
    const client = peer();
    const low = client.submit("SUBMIT_JOB_LOW_BG", "f", "", "");
    const func = functionOf(router);
    router.waiting.close(func, Closed.PAUSED);
    const [normal, high, next] = [
      client.submit("SUBMIT_JOB_BG", "f", "", ""),
      client.submit("SUBMIT_JOB_HIGH_BG", "f", "", ""),
      client.submit("SUBMIT_JOB_HIGH_BG", "f", "", ""),
    ];
    router.waiting.open(func, Closed.PAUSED);
    const worker = peer().canDo("f");
    const order = [1, 2, 3, 4].map(() => worker.grab()![0]);
    assertEquals(order, [high, next, normal, low]);
  });

  test("is not reopened by jobs that end, time out or come due", () => {
    const { router, peer, clock } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer();
    worker.send("CAN_DO_TIMEOUT", "f", "1").grab();
    const func = functionOf(router);
    router.waiting.close(func, Closed.PAUSED);
    const cancelled = router.enqueueJob({ function: "f" })!;
    router.enqueueJob({ function: "f", at: new Date(clock.epoch() + 500) });
    worker.send("PRE_SLEEP").types();
    router.operations.cancel(cancelled, null);
    clock.advance(2000);
    assertEquals([func.waiting, func.running, worker.types()], [2, 0, []]);
    assertEquals(peer().canDo("f").grab(), null);
    assertInvariants(router);
  });
});

describe("a policy", () => {
  test("refuses jobs before they are there; submits that join a live one it is not asked for", () => {
    const asked: (number | null)[] = [];
    const { router, peer } = routerWith({
      admit(_func, { background }, from) {
        asked.push(from?.id ?? null);
        return background ? null : { code: "QUEUE_ERROR", text: "Not now" };
      },
    });
    const client = peer();
    assertEquals(client.send("SUBMIT_JOB", "f", "same", "").packets(), [
      { type: "ERROR", args: ["QUEUE_ERROR", "Not now"] },
    ]);
    const handle = client.submit("SUBMIT_JOB_BG", "f", "same", "");
    assertEquals(client.submit("SUBMIT_JOB", "f", "same", ""), handle);
    router.enqueueJob({ function: "f" });
    assertEquals(asked, [1, 1, null]);
    assertEquals(router.counts.refused, { QUEUE_ERROR: 1 });
    assertEquals([functionOf(router).counts.refused, router.jobs.size], [1, 2]);
    assertInvariants(router);
  });

  for (const packet of ["WORK_FAIL", "WORK_EXCEPTION"] as const) {
    test(`lets a job run again later after a ${packet}: its client hears only the end`, () => {
      const causes: FailureCause[] = [];
      const { router, clock, peer } = routerWith({
        afterFailure(_job, cause) {
          causes.push(cause);
          return causes.length < 3 ? { retryAt: clock.epoch() + 1000 } : "end";
        },
      });
      const client = peer();
      const handle = client.submit("SUBMIT_JOB", "f", "", "payload");
      const worker = peer().canDo("f");
      const args = packet === "WORK_FAIL" ? [handle] : [handle, "why"];
      for (let run = 1; run < 3; run++) {
        assertEquals(worker.grab(), [handle, "f", "payload"]);
        assertEquals(worker.send(packet, ...args).types(), []);
        assertInvariants(router);
        assertEquals(router.jobByHandle(handle)!.due, clock.epoch() + 1000);
        assertEquals([client.types(), worker.grab()], [[], null]);
        worker.send("PRE_SLEEP");
        clock.advance(1000);
        assertEquals(worker.types(), ["NOOP"]);
      }
      worker.grab();
      worker.send(packet, ...args);
      assertEquals(client.types(), ["WORK_FAIL"]);
      assertEquals(causes.length, 3);
      const { requeued, ended, started } = functionOf(router).counts;
      assertEquals([requeued.retry, started, router.jobs.size], [2, 3, 0]);
      assertEquals([ended.failed, ended.exception], packet === "WORK_FAIL" ? [1, 0] : [0, 1]);
      assertInvariants(router);
    });
  }

  test("lets a job that failed wait at once, before those that came later", () => {
    const { router, peer } = routerWith({ afterFailure: () => "again" });
    const client = peer();
    const first = client.submit("SUBMIT_JOB_BG", "f", "", "");
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer().canDo("f");
    worker.grab();
    worker.send("WORK_FAIL", first);
    assertEquals(worker.grab(), [first, "f", ""]);
    assertInvariants(router);
  });

  test("lets one that was lost, or took too long, wait for a time too", () => {
    const causes: FailureCause[] = [];
    const { router, clock, peer } = routerWith({
      afterFailure: (_job, cause) => {
        causes.push(cause);
        return { retryAt: clock.epoch() + 5000 };
      },
    });
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const late = peer();
    late.send("CAN_DO_TIMEOUT", "f", "1").grab();
    clock.advance(1000);
    assertEquals(peer().canDo("f").grab(), null);
    clock.advance(5000);
    const gone = peer().canDo("f");
    assertEquals(gone.grab(), [handle, "f", ""]);
    gone.vanish();
    assertEquals(peer().canDo("f").grab(), null);
    clock.advance(5000);
    assertEquals(peer().canDo("f").grab(), [handle, "f", ""]);
    assertEquals(causes, ["timeout", "lost"]);
    const { requeued, timedOut } = functionOf(router).counts;
    assertEquals([requeued, timedOut], [{ lost: 1, timeout: 1, retry: 0 }, 1]);
    assertInvariants(router);
  });

  test("is not asked about a failed job that nobody waits for any more: it ends", () => {
    const { router, peer } = routerWith({ afterFailure: () => "again" });
    const client = peer();
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    const worker = peer().canDo("f");
    worker.grab();
    client.vanish();
    worker.send("WORK_FAIL", handle);
    assertEquals([router.jobs.size, functionOf(router).counts.ended.failed], [0, 1]);
    assertInvariants(router);
  });
});
