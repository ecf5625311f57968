import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { calendarOf } from "../../../policies/schedules/calendar.ts";
import { dueRuns, nextRun, settledAt } from "../../../policies/schedules/due.ts";

/** The times of the tests are minutes of a day. */
const MINUTE = 60_000;
const hourly = calendarOf({ cron: "0 * * * *", every: null, timezone: "UTC" });
const never = () => false;

type CatchUp = "none" | "last" | "all";

/** What runs of an hourly schedule, in hours. */
function due(catchUp: CatchUp, settled: number, now: number, catchUpMost = 100) {
  const rule = { catchUp, catchUpMost };
  const runs = dueRuns(hourly, rule, settled * MINUTE, now * MINUTE, never);
  return [runs.times.map((time) => time / 60 / MINUTE), runs.areSomeMissed, runs.settled / MINUTE];
}

describe("of an hourly schedule runs", () => {
  const table: [
    what: string,
    catchUp: CatchUp,
    settled: number,
    now: number,
    hours: number[],
    areSomeMissed: boolean,
  ][] = [
    ["the one that is due", "none", 60, 120, [2], false],
    ["one that is two minutes late", "none", 60, 122, [2], false],
    ["nothing that is later", "none", 60, 122.1, [], true],
    ["nothing before its time", "none", 60, 119, [], false],
    ["nothing that is settled", "none", 120, 121, [], false],
    ["of many that were missed the one that is on time", "none", 60, 301, [5], true],
    ["the last one of many, however late", "last", 60, 350, [5], true],
    ["the only one, with the rule last", "last", 60, 150, [2], false],
    ["each that was missed, the earliest first", "all", 60, 350, [2, 3, 4, 5], false],
  ];
  for (const [what, catchUp, settled, now, hours, areSomeMissed] of table) {
    test(`${what}: ${catchUp}, settled ${settled}, now ${now}`, () => {
      assertEquals(due(catchUp, settled, now), [hours, areSomeMissed, Math.max(settled, now)]);
    });
  }

  test("of all that were missed only the latest ones, up to the bound", () => {
    assertEquals(due("all", 60, 350, 2), [[4, 5], true, 350]);
    assertEquals(due("all", 60, 350, 4), [[2, 3, 4, 5], false, 350]);
  });
});

describe("a wall clock that is set back", () => {
  test("by up to three hours lets nothing run that has run already", () => {
    assertEquals(due("all", 300, 125), [[], false, 300]);
    assertEquals(settledAt(300 * MINUTE, 120 * MINUTE), 300 * MINUTE);
    assertEquals(nextRun(hourly, 300 * MINUTE, never), 360 * MINUTE);
  });

  test("by more counts from then on, and leaves out the runs that are remembered", () => {
    assertEquals(settledAt(301 * MINUTE, 120 * MINUTE), 120 * MINUTE);
    const hasRun = (time: number) => time === 180 * MINUTE;
    assertEquals(nextRun(hourly, 120 * MINUTE, hasRun), 240 * MINUTE);
    const rule = { catchUp: "all", catchUpMost: 100 } as const;
    const { times } = dueRuns(hourly, rule, 120 * MINUTE, 240 * MINUTE, hasRun);
    assertEquals(times, [240 * MINUTE]);
  });
});
