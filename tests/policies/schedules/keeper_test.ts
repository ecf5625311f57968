import { describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeName } from "../../../protocol/mod.ts";
import type { Router } from "../../../router/mod.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { memoryLog } from "../../support/memory_log.ts";
import { epoch, routerWithSchedules, runsText, schedules } from "../../support/schedules.ts";

const MINUTELY = { name: "minutely", cron: "* * * * *", function: "f", payload: "data" } as const;

/** The uniques of the live jobs. */
function uniques(router: Router): string[] {
  return [...router.jobs.values()].map((job) => router.facts.job(job))
    .map(({ unique }) => decodeName(unique));
}

describe("a schedule", () => {
  test("submits a job at each of its times, with what it was given, and knows how it ended", () => {
    const { router, keeper, peer, at } = routerWithSchedules();
    keeper.configure(schedules({ ...MINUTELY, priority: "high" }));
    const worker = peer().canDo("f");
    at("22:13:59");
    assertEquals(router.jobs.size, 0);
    at("22:14:00");
    const [job] = router.jobs.values();
    assertEquals([job.priority, job.background], ["high", true]);
    worker.send("GRAB_JOB_UNIQ");
    const [{ args: [handle, ...others] }] = worker.packets();
    assertEquals(others, ["f", "minutely@2023-11-14T22:14:00Z", "data"]);
    at("22:14:10");
    worker.send("WORK_FAIL", handle);
    const { runs: [run], next } = keeper.get("minutely")!;
    assertEquals(run, {
      time: epoch("22:14:00"),
      isOrdered: false,
      started: epoch("22:14:00"),
      handle,
      ended: epoch("22:14:10"),
      outcome: "failed",
      cause: "",
    });
    assertEquals(next, epoch("22:15:00"));
    assertInvariants(router);
  });

  test("remembers its last twenty runs, the latest first", () => {
    const { router, keeper, at } = routerWithSchedules();
    keeper.configure(schedules(MINUTELY));
    at("22:44:30");
    assertEquals(router.jobs.size, 31);
    const runs = runsText(keeper.get("minutely")!.runs);
    assertEquals([runs.length, runs[0], runs[19]], [20, "22:44 runs", "22:25 runs"]);
  });

  test("with a unique has one job as long as that one has not ended", () => {
    const { router, keeper, at } = routerWithSchedules();
    keeper.configure(schedules({ ...MINUTELY, unique: "mine" }));
    at("22:16:00");
    assertEquals(uniques(router), ["mine"]);
    router.operations.cancel([...router.jobs.values()][0], null);
    assertEquals(runsText(keeper.get("minutely")!.runs), [
      "22:16 cancelled",
      "22:15 cancelled",
      "22:14 cancelled",
    ]);
  });

  test("whose job is refused says why, and runs the next time", () => {
    const { router, keeper, at } = routerWithSchedules();
    keeper.configure(schedules(MINUTELY));
    router.operations.drain(true, null);
    at("22:14:00");
    const [{ outcome, cause }] = keeper.get("minutely")!.runs;
    assertEquals([outcome, cause], ["refused", "Server takes no new jobs"]);
    router.operations.drain(false, null);
    at("22:15:00");
    assertEquals(runsText(keeper.get("minutely")!.runs), ["22:15 runs", "22:14 refused"]);
  });

  test("does not run any more when a stop has begun", () => {
    const { router, keeper, at } = routerWithSchedules();
    keeper.configure(schedules(MINUTELY));
    router.hasStopBegun = true;
    at("22:15:00");
    assertEquals([router.jobs.size, keeper.get("minutely")!.runs], [0, []]);
  });
});

describe("while the job of the run before has not ended,", () => {
  test("allow submits another one", () => {
    const { router, keeper, at } = routerWithSchedules();
    keeper.configure(schedules({ ...MINUTELY, overlap: "allow" }));
    at("22:15:00");
    assertEquals(uniques(router), [
      "minutely@2023-11-14T22:14:00Z",
      "minutely@2023-11-14T22:15:00Z",
    ]);
  });

  test("skip leaves the run out", () => {
    const { router, keeper, at } = routerWithSchedules();
    keeper.configure(schedules({ ...MINUTELY, overlap: "skip" }));
    at("22:15:00");
    assertEquals(uniques(router), ["minutely@2023-11-14T22:14:00Z"]);
    router.operations.complete([...router.jobs.values()][0]);
    at("22:16:00");
    const { runs } = keeper.get("minutely")!;
    assertEquals(runsText(runs), ["22:16 runs", "22:15 skipped", "22:14 completed"]);
    assertEquals(runs[1].cause, `its job ${runs[2].handle} has not ended`);
  });

  test("replace cancels the earlier one, also when a worker runs it", () => {
    const { router, keeper, at, peer } = routerWithSchedules();
    keeper.configure(schedules({ ...MINUTELY, overlap: "replace" }));
    const worker = peer().canDo("f");
    at("22:14:00");
    worker.grab();
    at("22:15:00");
    assertEquals(uniques(router), ["minutely@2023-11-14T22:15:00Z"]);
    assertEquals(runsText(keeper.get("minutely")!.runs), ["22:15 runs", "22:14 cancelled"]);
    assertInvariants(router);
  });
});

describe("the wall clock", () => {
  test("that is put forward lets the last time run, or all, or none", () => {
    const { router, keeper, clock } = routerWithSchedules();
    keeper.configure(schedules(
      { name: "all", every: 3600, function: "f", catchUp: "all" },
      { name: "last", every: 3600, function: "f", catchUp: "last" },
      { name: "none", every: 3600, function: "f" },
    ));
    clock.setEpoch(epoch("2023-11-15 01:30:00"));
    clock.advance(30_000);
    assertEquals(uniques(router), [
      "all@2023-11-14T23:00:00Z",
      "all@2023-11-15T00:00:00Z",
      "all@2023-11-15T01:00:00Z",
      "last@2023-11-15T01:00:00Z",
    ]);
    assertEquals(keeper.get("none")!.next, epoch("2023-11-15 02:00:00"));
  });

  test("that is put back by up to three hours lets no time run twice", () => {
    const { router, keeper, clock, at } = routerWithSchedules();
    keeper.configure(schedules({ name: "hourly", every: 3600, function: "f" }));
    at("2023-11-15 01:00:00");
    assertEquals(router.jobs.size, 3);
    clock.setEpoch(epoch("22:30:00"));
    at("2023-11-15 01:59:59");
    assertEquals(router.jobs.size, 3);
    at("2023-11-15 02:00:00");
    assertEquals(uniques(router).at(-1), "hourly@2023-11-15T02:00:00Z");
  });

  test("that is put right after years lets schedules run again, and no remembered run twice", () => {
    const { router, keeper, clock, at } = routerWithSchedules();
    keeper.configure(schedules({ name: "hourly", every: 3600, function: "f" }));
    at("23:00:00");
    clock.setEpoch(epoch("2031-01-01 00:00:30"));
    clock.advance(60_000);
    clock.setEpoch(epoch("22:59:00"));
    clock.advance(30_000);
    at("2023-11-15 01:00:00");
    assertEquals(uniques(router), [
      "hourly@2023-11-14T23:00:00Z",
      "hourly@2031-01-01T00:00:00Z",
      "hourly@2023-11-15T00:00:00Z",
      "hourly@2023-11-15T01:00:00Z",
    ]);
  });
});

describe("an order", () => {
  test("pauses a schedule; what would have run meanwhile is left out", () => {
    const { router, keeper, at } = routerWithSchedules();
    keeper.configure(schedules({ ...MINUTELY, catchUp: "all" }));
    assertEquals(keeper.pause("minutely", true, null), null);
    assertEquals(keeper.get("minutely")!.next, null);
    at("22:15:30");
    assertEquals(router.jobs.size, 0);
    assertEquals(keeper.pause("minutely", false, null), null);
    at("22:16:00");
    assertEquals(uniques(router), ["minutely@2023-11-14T22:16:00Z"]);
    assertEquals(keeper.pause("other", true, null)?.code, "UNKNOWN_SCHEDULE");
  });

  test("runs one at once, even one that is paused, and its next run stays", () => {
    const { router, keeper } = routerWithSchedules();
    keeper.configure(schedules(MINUTELY));
    const run = keeper.run("minutely", null);
    assert(!("code" in run) && run.isOrdered);
    assertEquals(uniques(router), ["minutely@2023-11-14T22:13:20Z"]);
    assertEquals(keeper.get("minutely")!.next, epoch("22:14:00"));
    keeper.pause("minutely", true, null);
    assert(!("code" in keeper.run("minutely", null)));
    assertEquals(keeper.run("other", null), {
      code: "UNKNOWN_SCHEDULE",
      text: "There is no such schedule",
    });
  });

  test("makes and changes schedules, which run by what was said last", () => {
    const { keeper, at, router } = routerWithSchedules();
    const [first] = schedules({ name: "a", cron: "15 * * * *", function: "f" });
    const [second] = schedules({ name: "a", cron: "20 * * * *", function: "g" });
    const made = keeper.set(first, null);
    assert(!("code" in made));
    assertEquals([made.origin, made.next], ["operator", epoch("22:15:00")]);
    const changed = keeper.set(second, null);
    assert(!("code" in changed));
    assertEquals(changed.next, epoch("22:20:00"));
    at("22:30:00");
    assertEquals(uniques(router), ["a@2023-11-14T22:20:00Z"]);
    assertEquals(keeper.drop("a", null), null);
    assertEquals([keeper.get("a"), keeper.drop("a", null)?.code], [null, "UNKNOWN_SCHEDULE"]);
    at("23:30:00");
    assertEquals(router.jobs.size, 1);
  });

  test("does not change what the configuration says, nor make more than there may be", () => {
    const { keeper } = routerWithSchedules({ maxSchedules: 1 });
    keeper.configure(schedules(MINUTELY));
    const [minutely] = schedules(MINUTELY);
    for (const refusal of [keeper.set(minutely, null), keeper.drop("minutely", null)]) {
      assert(refusal !== null && "code" in refusal);
      assertEquals(refusal.code, "OF_CONFIGURATION");
    }
    const [one, two] = schedules({ ...MINUTELY, name: "one" }, { ...MINUTELY, name: "two" });
    assert(!("code" in keeper.set(one, null)));
    assertEquals(keeper.set(two, null), {
      code: "QUEUE_ERROR",
      text: "Server has too many schedules",
    });
    assert(!("code" in keeper.set(one, null)));
  });

  test("is refused with the reason when the cron expression is wrong", () => {
    const { keeper } = routerWithSchedules();
    const [wrong] = schedules({ ...MINUTELY, cron: "61 * * * *" });
    assertEquals(keeper.set(wrong, null), {
      code: "INVALID_ARGUMENT",
      text: 'schedule minutely: "61 * * * *" is not a cron expression: ' +
        "Invalid value for minute: 61",
    });
    assertEquals(keeper.all(), []);
  });
});

describe("the schedules of the configuration", () => {
  test("are those that it says now: others of it are gone, what stays goes on", () => {
    const { keeper, router, at } = routerWithSchedules();
    keeper.configure(schedules(MINUTELY, { ...MINUTELY, name: "other" }));
    keeper.set(schedules({ ...MINUTELY, name: "made" })[0], null);
    at("22:14:30");
    keeper.configure(schedules({ ...MINUTELY, function: "g" }));
    assertEquals(keeper.all().map(({ name }) => name), ["made", "minutely"]);
    assertEquals(runsText(keeper.get("minutely")!.runs), ["22:14 runs"]);
    at("22:15:00");
    assertEquals(router.functions.size, 2);
  });

  test("all hold, or none of them", () => {
    const { keeper } = routerWithSchedules();
    keeper.configure(schedules(MINUTELY));
    const wrong = schedules({ ...MINUTELY, name: "new" }, { ...MINUTELY, timezone: "Nowhere" });
    assertThrows(() => keeper.configure(wrong), Error, "schedule minutely: ");
    assertEquals(keeper.all().map(({ name }) => name), ["minutely"]);
  });

  test("that were missed are in the log", () => {
    const log = memoryLog("NOTICE");
    const { keeper, clock } = routerWithSchedules({ log });
    keeper.configure(schedules({ name: "hourly", every: 3600, function: "f" }));
    clock.setEpoch(epoch("23:30:00"));
    clock.advance(30_000);
    const text = `Runs of a schedule missed: schedule=hourly epoch=${epoch("23:00:00") / 1000}`;
    assertEquals(log.lines.map(({ level, message }) => [level, message]), [["WARNING", text]]);
  });
});
