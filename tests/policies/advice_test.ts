import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { PolicyRule } from "../../policies/mod.ts";
import { readAdvice } from "../../policies/advice.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { memoryLog } from "../support/memory_log.ts";
import { routerWithRules } from "../support/router.ts";

const SECOND = 1000;

/** A worker that has a job of `f`, and has said something about it. */
function advised(advice: string | null, rule: PolicyRule = {}) {
  const log = memoryLog("WARNING");
  const made = routerWithRules({ f: { advice: true, ...rule } }, { log });
  const client = made.peer(), worker = made.peer().canDo("f");
  const handle = client.submit("SUBMIT_JOB", "f", "", "");
  worker.grab();
  if (advice !== null) worker.send("WORK_WARNING", handle, advice);
  const wait = () => (made.router.jobByHandle(handle)?.due ?? NaN) - made.clock.epoch();
  return { ...made, log, client, worker, handle, wait };
}

describe("with advice, a warning of a worker that begins with geartrain:", () => {
  test("reaches no client, and others do", () => {
    const { client, worker, handle, log } = advised("geartrain: touch");
    worker.send("WORK_WARNING", handle, "geartrain:touch");
    worker.send("WORK_WARNING", handle, "geartrain");
    const args = client.packets().map(({ args }) => args[1]);
    assertEquals([args, log.lines], [["geartrain:touch", "geartrain"], []]);
  });

  test("is for clients where the rule does not have it, or there is none", () => {
    const { client, peer } = advised(null);
    for (const advice of [false, undefined]) {
      const other = routerWithRules({ f: { advice } as PolicyRule });
      const listener = other.peer(), worker = other.peer().canDo("f");
      const handle = listener.submit("SUBMIT_JOB", "f", "", "");
      worker.grab();
      worker.send("WORK_WARNING", handle, "geartrain: touch");
      assertEquals(listener.types(), ["WORK_WARNING"]);
    }
    const worker = peer().canDo("g");
    const handle = client.submit("SUBMIT_JOB", "g", "", "");
    worker.grab();
    worker.send("WORK_WARNING", handle, "geartrain: touch");
    assertEquals(client.types(), ["WORK_WARNING"]);
  });

  test("says when the next run is to come, in the place of the rule's time", () => {
    for (const end of ["WORK_FAIL", "vanish"] as const) {
      const rule = { retry: { base: "5s" } };
      const { router, client, worker, handle, wait, clock, peer } = advised(
        "geartrain: retry-after=30s",
        rule,
      );
      if (end === "vanish") worker.vanish();
      else worker.send("WORK_FAIL", handle);
      assertEquals([wait(), client.types()], [30 * SECOND, []]);
      assertInvariants(router);
      clock.advance(30 * SECOND);
      // It was for that run only.
      const next = peer().canDo("f");
      next.grab();
      next.send("WORK_FAIL", handle);
      assertEquals(wait(), 10 * SECOND);
    }
  });

  test("asks for further runs at most as often as the rule says", () => {
    const { client, worker, handle, clock } = advised("geartrain: retry-after=1", { retry: 1 });
    worker.send("WORK_FAIL", handle);
    clock.advance(SECOND);
    worker.grab();
    worker.send("WORK_WARNING", handle, "geartrain: retry-after=1").send("WORK_FAIL", handle);
    assertEquals(client.types(), ["WORK_FAIL"]);
  });

  test("asks for them where nothing is said about retry, too", () => {
    const { client, worker, handle, clock, wait } = advised("geartrain: retry-after=0");
    for (let run = 0; run < 10; run++) {
      worker.send("WORK_FAIL", handle);
      assertEquals([wait(), client.types()], [NaN, []]);
      assertEquals(worker.grab()?.[0], handle);
      worker.send("WORK_WARNING", handle, "geartrain: retry-after=0");
    }
    worker.send("WORK_WARNING", handle, "geartrain: no-retry").send("WORK_FAIL", handle);
    clock.advance(0);
    assertEquals(client.types(), ["WORK_FAIL"]);
  });

  test("does not let a client hear twice of what it got already", () => {
    const { client, worker, handle } = advised("geartrain: retry-after=1", { retry: 5 });
    worker.send("WORK_DATA", handle, "part").send("WORK_FAIL", handle);
    assertEquals(client.types(), ["WORK_DATA", "WORK_FAIL"]);
  });

  for (const word of ["no-retry", "dead"]) {
    test(`ends the job if its run fails or is lost: ${word}`, () => {
      for (const end of ["WORK_FAIL", "vanish"] as const) {
        const { router, client, worker, handle } = advised(`geartrain: ${word}`, { retry: 5 });
        if (end === "vanish") worker.vanish();
        else worker.send("WORK_FAIL", handle);
        assertEquals([client.types(), router.jobs.size], [["WORK_FAIL"], 0]);
        assertInvariants(router);
      }
    });
  }

  test("is forgotten when the job is done", () => {
    const { client, worker, handle } = advised("geartrain: dead");
    worker.send("WORK_COMPLETE", handle, "result");
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "result"] }]);
  });

  test("begins a lease anew", () => {
    const { router, clock, worker, handle } = advised(null, { lease: "10s" });
    clock.advance(9 * SECOND);
    worker.send("WORK_WARNING", handle, "geartrain: touch");
    clock.advance(9 * SECOND);
    assertEquals(router.jobByHandle(handle)!.isRunning, true);
    clock.advance(SECOND);
    assertEquals(router.jobByHandle(handle)!.isRunning, false);
  });

  test("counts for nothing from a worker that has lost the job", () => {
    const { router, clock, client, peer, worker, handle } = advised(null, { lease: "10s" });
    clock.advance(10 * SECOND);
    worker.send("WORK_WARNING", handle, "geartrain: dead");
    assertEquals([worker.types(), client.types()], [[], []]);
    const next = peer().canDo("f");
    assertEquals(next.grab()?.[0], handle);
    next.vanish();
    assertEquals([router.jobs.size, client.types()], [1, []]);
  });

  test("is logged if it is not understood", () => {
    const { client, log } = advised("geartrain: hurry\nup");
    assertEquals(client.types(), []);
    const [{ level, fields }] = log.lines;
    assertEquals([level, fields?.event, fields?.cause], [
      "WARNING",
      "adviceUnknown",
      "geartrain: hurry%0Aup",
    ]);
  });
});

test("advice is one of four words, and a time may have a unit", () => {
  const texts = ["dead", " touch\n", "no-retry", "retry-after=90", "retry-after=1.5m"];
  assertEquals(texts.map(readAdvice), ["dead", "touch", "no-retry", { retryAfter: 90_000 }, {
    retryAfter: 90_000,
  }]);
  const wrong = ["", "Dead", "retry-after", "retry-after=", "retry-after=-1", "retry-after=400d"];
  assertEquals(wrong.map(readAdvice), wrong.map(() => null));
});
