import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { PolicyRule } from "../../policies/mod.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { memoryLog } from "../support/memory_log.ts";
import { routerWithRules } from "../support/router.ts";

const SECOND = 1000;

/** A worker that has a job of `f`. */
function running(rule: PolicyRule, canDo: [type: "CAN_DO" | "CAN_DO_TIMEOUT", ...args: string[]]) {
  const log = memoryLog("WARNING");
  const made = routerWithRules({ f: rule }, { log });
  const client = made.peer(), worker = made.peer().send(...canDo);
  const handle = client.submit("SUBMIT_JOB", "f", "", "");
  worker.grab();
  const isRunning = () => made.router.jobByHandle(handle)?.isRunning;
  return { ...made, log, client, worker, handle, isRunning };
}

describe("with lease, a job", () => {
  const begin = () => running({ lease: "60s" }, ["CAN_DO", "f"]);

  test("is lost by a worker of which nothing comes for so long, which stays connected", () => {
    const { router, clock, peer, worker, handle, isRunning, log } = begin();
    clock.advance(60 * SECOND - 1);
    assertEquals(isRunning(), true);
    clock.advance(1);
    assertEquals([isRunning(), worker.isClosed], [false, false]);
    const { losses, failures } = router.jobByHandle(handle)!;
    assertEquals([losses, failures], [1, 0]);
    const [{ counts }] = router.functions.values();
    assertEquals([counts.leasesOver, counts.requeued.lost, counts.timedOut], [1, 1, 0]);
    assert(log.lines.some(({ fields }) =>
      fields?.event === "jobRequeued" &&
      fields.cause === "nothing has come from the worker for 60 s"
    ));
    assertEquals(peer().canDo("f").grab()?.[0], handle);
    assertInvariants(router);
  });

  const RENEWED: [what: string, ...packet: [string, ...string[]]][] = [
    ["WORK_STATUS", "WORK_STATUS", "1", "2"],
    ["WORK_DATA", "WORK_DATA", "part"],
    ["WORK_WARNING", "WORK_WARNING", "careful"],
  ];
  for (const [what, type, ...args] of RENEWED) {
    test(`is kept by ${what}`, () => {
      const { clock, worker, handle, isRunning } = begin();
      for (let minute = 0; minute < 3; minute++) {
        clock.advance(50 * SECOND);
        worker.send(type as "WORK_DATA", handle, ...args);
      }
      clock.advance(60 * SECOND - 1);
      assertEquals(isRunning(), true);
      clock.advance(1);
      assertEquals(isRunning(), false);
    });
  }

  test("is kept by whatever its worker sends, and by nobody else", () => {
    const { clock, client, worker, isRunning } = begin();
    clock.advance(50 * SECOND);
    worker.send("ECHO_REQ", "here");
    clock.advance(50 * SECOND);
    worker.text("version");
    clock.advance(50 * SECOND);
    assertEquals(isRunning(), true);
    client.send("ECHO_REQ", "here");
    clock.advance(10 * SECOND);
    assertEquals(isRunning(), false);
  });

  test("ends with a result that comes late, while no other run has begun", () => {
    const { router, clock, peer, client, worker, handle } = begin();
    clock.advance(60 * SECOND);
    worker.send("WORK_COMPLETE", handle, "result");
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "result"] }]);
    assertEquals([worker.types(), peer().canDo("f").grab(), router.running.late.size], [
      [],
      null,
      0,
    ]);
  });

  test("does not take a result when another run has begun", () => {
    const { clock, peer, client, worker, handle } = begin();
    clock.advance(60 * SECOND);
    const next = peer().canDo("f");
    next.grab();
    assertEquals(
      worker.send("WORK_COMPLETE", handle, "late").packets()[0].args[0],
      "JOB_NOT_FOUND",
    );
    next.send("WORK_COMPLETE", handle, "right");
    assertEquals(client.packets()[0].args, [handle, "right"]);
  });

  test("waits for a further run where the rule has retry", () => {
    const rule = { lease: "60s", retry: { max: 1, base: "5s" } };
    const { router, clock, client, worker, handle } = running(rule, ["CAN_DO", "f"]);
    clock.advance(60 * SECOND);
    assertEquals(router.jobByHandle(handle)!.due, clock.epoch() + 5 * SECOND);
    clock.advance(5 * SECOND);
    assertEquals(worker.grab()?.[0], handle);
    clock.advance(60 * SECOND);
    assertEquals(client.types(), ["WORK_FAIL"]);
    assertInvariants(router);
  });

  test("leaves nothing behind when it ends in time", () => {
    const { router, clock, worker, handle } = begin();
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals(router.timers.size, 0);
    clock.advance(120 * SECOND);
    assertInvariants(router);
  });
});

describe("with run-timeout, a job", () => {
  test("has failed when a run takes longer, whatever the worker sends", () => {
    const rule = { runTimeout: "10s", retry: 1, lease: "4s" };
    const { router, clock, worker, handle } = running(rule, ["CAN_DO", "f"]);
    for (let time = 0; time < 9; time += 3) {
      clock.advance(3 * SECOND);
      worker.send("WORK_STATUS", handle, "1", "2");
    }
    assertEquals(router.jobByHandle(handle)!.isRunning, true);
    clock.advance(1 * SECOND);
    const { losses, failures, isRunning } = router.jobByHandle(handle)!;
    assertEquals([losses, failures, isRunning], [0, 1, false]);
    const [{ counts }] = router.functions.values();
    assertEquals([counts.timedOut, counts.requeued.timeout], [1, 1]);
  });

  for (const [own, least] of [["5000", 5], ["20000", 10]] as const) {
    test(`of 10 s ends a run after ${least} s where the worker allows for ${own} ms`, () => {
      const { clock, isRunning } = running({ runTimeout: 10 }, ["CAN_DO_TIMEOUT", "f", own]);
      clock.advance(least * SECOND - 1);
      assertEquals(isRunning(), true);
      clock.advance(1);
      assertEquals(isRunning(), false);
    });
  }

  test("waits again as one that was lost, where nothing is said about retry", () => {
    const { router, clock, handle } = running({ runTimeout: "10s" }, ["CAN_DO", "f"]);
    clock.advance(10 * SECOND);
    const { losses, failures } = router.jobByHandle(handle)!;
    assertEquals([losses, failures], [1, 0]);
  });
});
