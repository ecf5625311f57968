import { describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type PolicyRule, readRule, RuleError } from "../../policies/mod.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import type { FakePeer } from "../support/fake_peer.ts";
import { routerWithRules } from "../support/router.ts";

const SECOND = 1000;

/** A router with a rule for `f`, so many waiting jobs of it, and a worker. */
function waiting(rule: PolicyRule, jobs: number) {
  const made = routerWithRules({ f: rule });
  const client = made.peer(), worker = made.peer().canDo("f");
  const handles = Array.from(
    { length: jobs },
    (_, index) => client.submit("SUBMIT_JOB_BG", "f", "", `${index}`),
  );
  const starts = (who: FakePeer = worker) => {
    const started: string[] = [];
    for (let job = who.grab(); job !== null; job = who.grab()) started.push(job[0]);
    return started;
  };
  return { ...made, client, worker, handles, starts };
}

describe("with max-running, of a function", () => {
  test("no more jobs run than that, in their order, and the next when one ends", () => {
    const { router, worker, handles, starts } = waiting({ maxRunning: 2 }, 4);
    assertEquals(starts(), handles.slice(0, 2));
    worker.send("WORK_COMPLETE", handles[1], "");
    assertEquals(starts(), [handles[2]]);
    worker.send("WORK_FAIL", handles[0]);
    assertEquals(starts(), [handles[3]]);
    assertInvariants(router);
  });

  test("a job that its worker loses makes room for one", () => {
    const { peer, worker, handles, starts } = waiting({ maxRunning: 1 }, 2);
    assertEquals(starts(), [handles[0]]);
    const other = peer().canDo("f");
    assertEquals(starts(other), []);
    worker.vanish();
    assertEquals(starts(other), [handles[0]]);
  });

  test("workers do other functions meanwhile", () => {
    const { peer, client, starts } = waiting({ maxRunning: 1 }, 3);
    const other = client.submit("SUBMIT_JOB_BG", "g", "", "");
    const both = peer().canDo("f").canDo("g");
    assertEquals(starts().length, 1);
    assertEquals(starts(both), [other]);
  });

  test("nobody is woken for jobs that may not start, and one is when one may", () => {
    const { peer, clock, client, worker, handles, starts } = waiting({ maxRunning: 1 }, 1);
    assertEquals(starts(), handles);
    const sleepers = [peer().canDo("f"), peer().canDo("f")].map((who) => who.send("PRE_SLEEP"));
    for (let more = 0; more < 3; more++) client.submit("SUBMIT_JOB_BG", "f", "", "");
    clock.advance(10 * SECOND);
    assertEquals(sleepers.map((who) => who.types()), [[], []]);
    worker.send("WORK_COMPLETE", handles[0], "");
    worker.vanish();
    clock.advance(10 * SECOND);
    const woken = sleepers.filter((who) => who.types().includes("NOOP"));
    assert(woken.length >= 1);
    assertEquals(starts(woken[0]).length, 1);
  });

  test("no more workers are woken at once than jobs may start", () => {
    const { peer, client } = waiting({ maxRunning: 1 }, 0);
    const sleepers = [1, 2, 3, 4].map(() => peer().canDo("f").send("PRE_SLEEP"));
    for (let more = 0; more < 4; more++) client.submit("SUBMIT_JOB_BG", "f", "", "");
    const woken = sleepers.filter((who) => who.types().includes("NOOP"));
    assertEquals(woken.length, 1);
  });

  test("a rule that is read again counts at once", () => {
    const { router, policy, handles, starts } = waiting({ maxRunning: 1 }, 4);
    assertEquals(starts(), [handles[0]]);
    policy.use({ f: { maxRunning: 3 } });
    router.operations.applyRules();
    assertEquals(starts(), handles.slice(1, 3));
    policy.use({});
    router.operations.applyRules();
    assertEquals(starts(), [handles[3]]);
  });

  test("why says so", () => {
    const { client, starts } = waiting({ maxRunning: 1 }, 3);
    starts();
    assert(client.text("why f").includes('As many jobs of "f" run as may at once: 1'));
  });
});

describe("with rate, of a function", () => {
  test("so many jobs start at once, and then one after the other", () => {
    const { clock, handles, starts } = waiting({ rate: "3/30s" }, 6);
    assertEquals(starts(), handles.slice(0, 3));
    clock.advance(10 * SECOND - 1);
    assertEquals(starts(), []);
    clock.advance(1);
    assertEquals(starts(), [handles[3]]);
    clock.advance(20 * SECOND);
    assertEquals(starts(), handles.slice(4));
  });

  test("a burst may be smaller, or larger after a pause", () => {
    const small = waiting({ rate: "3/30s", burst: 1 }, 3);
    assertEquals(small.starts().length, 1);
    small.clock.advance(30 * SECOND);
    assertEquals(small.starts().length, 1);
    const large = waiting({ rate: "3/30s", burst: 5 }, 9);
    assertEquals(large.starts().length, 5);
    large.clock.advance(25 * SECOND);
    assertEquals(large.starts().length, 2);
  });

  test("each further run of a job counts as a start", () => {
    const { clock, worker, handles, starts } = waiting({
      rate: "1/10s",
      retry: { base: "1s", max: 9 },
    }, 1);
    starts();
    worker.send("WORK_FAIL", handles[0]);
    clock.advance(2 * SECOND);
    assertEquals(starts(), []);
    clock.advance(8 * SECOND);
    assertEquals(starts(), handles);
  });

  test("a sleeping worker is woken when a job may start, and not before", () => {
    const { clock, worker, handles, starts } = waiting({ rate: "1/10s" }, 2);
    starts();
    worker.send("WORK_COMPLETE", handles[0], "").send("PRE_SLEEP");
    worker.types();
    clock.advance(10 * SECOND - 1);
    assertEquals(worker.types(), []);
    clock.advance(1);
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals(starts(), [handles[1]]);
  });

  test("no timer is left when all starts are there again", () => {
    const { clock, worker, handles, starts } = waiting({ rate: "1/10s" }, 1);
    clock.advance(60 * SECOND);
    const before = clock.timers;
    starts();
    worker.send("WORK_COMPLETE", handles[0], "");
    assert(clock.timers > before);
    clock.advance(60 * SECOND);
    assertEquals(clock.timers, before);
  });

  test("a function that is dropped begins anew when it is made again", () => {
    const { router, client, clock, worker, handles, starts } = waiting({ rate: "1/10s" }, 1);
    starts();
    worker.send("WORK_COMPLETE", handles[0], "");
    worker.vanish();
    client.text("drop function f");
    assertEquals(router.functions.size, 0);
    const [handle] = [client.submit("SUBMIT_JOB_BG", "f", "", "")];
    clock.advance(1);
    assertEquals(starts(client.canDo("f")), [handle]);
  });

  test("why says when the next one may start", () => {
    const { client, clock, starts } = waiting({ rate: "1/10s" }, 3);
    starts();
    clock.advance(4 * SECOND);
    const answer = client.text("why f");
    assert(
      answer.includes("No more than 1 jobs") && answer.includes("the next one may in 6 s"),
      answer,
    );
  });
});

test("with max-running and rate, both hold", () => {
  const { clock, worker, handles, starts } = waiting({ maxRunning: 1, rate: "2/10s" }, 4);
  assertEquals(starts().length, 1);
  worker.send("WORK_COMPLETE", handles[0], "");
  assertEquals(starts().length, 1);
  worker.send("WORK_COMPLETE", handles[1], "");
  assertEquals(starts().length, 0);
  clock.advance(10 * SECOND);
  assertEquals(starts().length, 1);
});

test("100,000 jobs that may not start cost other functions nothing", () => {
  const { router, peer } = waiting({ maxRunning: 1 }, 0);
  for (let job = 0; job < 100_000; job++) router.enqueueJob({ function: "f", payload: "" });
  const worker = peer().canDo("f", "g");
  worker.grab();
  let looks = 0;
  const [func] = router.functions.values();
  for (const queue of func.queues) {
    const shift = queue.shift.bind(queue);
    queue.shift = () => {
      looks++;
      return shift();
    };
  }
  for (let job = 0; job < 100; job++) {
    const { handle } = router.enqueueJob({ function: "g", payload: "" })!;
    assertEquals(worker.grab()?.[0], handle);
    worker.send("WORK_COMPLETE", handle, "");
  }
  assertEquals([looks, func.waiting], [0, 99_999]);
});

describe("limits that are wrong are refused", () => {
  const WRONG: [key: string, rule: Record<string, unknown>][] = [
    ["maxRunning", { maxRunning: 0 }],
    ["maxRunning", { maxRunning: 1.5 }],
    ["rate", { rate: 30 }],
    ["rate", { rate: "30" }],
    ["rate", { rate: "0/1m" }],
    ["rate", { rate: "30/0s" }],
    ["rate", { rate: "30/soon" }],
    ["burst", { burst: 3 }],
    ["burst", { rate: "3/1m", burst: 0 }],
  ];
  for (const [key, rule] of WRONG) {
    test(JSON.stringify(rule), () => {
      const error = assertThrows(() => readRule("f", rule), RuleError);
      assertEquals(error.key, key);
    });
  }

  test("a rate may name its unit alone", () => {
    assertEquals(readRule("f", { rate: "30/m" }).rate, { count: 30, period: 60_000 });
  });
});
