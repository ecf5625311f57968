import { describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { calendarOf } from "../../../policies/schedules/calendar.ts";

const at = (text: string) => new Date(text).getTime();
const short = (time: number | null) => time === null ? "never" : shortText(time);

/** `2026-03-29T01:00:00.000Z` as `03-29 01:00`. */
function shortText(time: number): string {
  return new Date(time).toISOString().slice(5, 16).replace("T", " ");
}

function byCron(cron: string, timezone = "UTC") {
  return calendarOf({ cron, every: null, timezone });
}

/** The next times after one, in UTC. */
function times(cron: string, timezone: string, from: string, count: number): string[] {
  const calendar = byCron(cron, timezone);
  const found: string[] = [];
  for (let time = at(from); found.length < count;) {
    time = calendar.after(time)!;
    found.push(shortText(time));
  }
  return found;
}

describe("a cron expression", () => {
  const table: [cron: string, from: string, next: string][] = [
    ["* * * * *", "2026-01-01T00:00:00Z", "01-01 00:01"],
    ["* * * * *", "2026-01-01T00:00:59.999Z", "01-01 00:01"],
    ["30 2 * * *", "2026-01-01T02:30:00Z", "01-02 02:30"],
    ["*/15 9-17 * * 1-5", "2026-01-02T17:45:00Z", "01-05 09:00"],
    ["0 0 1,15 * *", "2026-01-01T00:00:00Z", "01-15 00:00"],
    ["0 12 29 2 *", "2026-01-01T00:00:00Z", "02-29 12:00"],
    // As in cron, one of day and weekday is enough if both are given.
    ["0 0 13 * 5", "2026-01-01T00:00:00Z", "01-02 00:00"],
    ["0 0 * * 7", "2026-01-01T00:00:00Z", "01-04 00:00"],
    ["0 6 * jan,jul mon", "2026-01-26T06:00:00Z", "07-06 06:00"],
  ];
  for (const [cron, from, next] of table) {
    test(`${cron} comes after ${from} at ${next}`, () => {
      assertEquals(short(byCron(cron).after(at(from))), next);
    });
  }

  test("knows the last times up to one, that one included, the earliest first", () => {
    const { upTo } = byCron("0 * * * *");
    assertEquals(upTo(at("2026-01-01T03:00:00Z"), 2).map(short), ["01-01 02:00", "01-01 03:00"]);
    assertEquals(upTo(at("2026-01-01T03:00:00.5Z"), 1).map(short), ["01-01 03:00"]);
    assertEquals(upTo(at("2026-01-01T02:59:59.999Z"), 1).map(short), ["01-01 02:00"]);
  });

  const wrong: [cron: string, why: string][] = [
    ["60 * * * *", "is not a cron expression: Invalid value for minute: 60"],
    ["*/0 * * * *", "illegal stepping"],
    ["* * * *", "has not five fields"],
    ["* * * * * *", "has not five fields"],
    ["@daily", "has not five fields"],
    ["0 0 31 2 *", "is a date that never comes"],
    ["x * * * *", "is not a cron expression"],
  ];
  for (const [cron, why] of wrong) {
    test(`${cron} is refused: ${why}`, () => {
      assertThrows(() => byCron(cron), Error, why);
    });
  }

  test("needs a time zone that there is", () => {
    assertThrows(() => byCron("* * * * *", "Nowhere/X"), Error, '"Nowhere/X" is not a time zone');
  });
});

describe("when the clock is put forward, in Berlin on 2026-03-29 from 02:00 to 03:00,", () => {
  const before = "2026-03-28T12:00:00Z";
  const table: [cron: string, what: string, times: string[]][] = [
    ["30 2 * * *", "a fixed time in the hour runs when it is over", [
      "03-29 01:00",
      "03-30 00:30",
    ]],
    ["0,30 2 * * *", "two fixed times in the hour are one run", ["03-29 01:00", "03-30 00:00"]],
    ["*/30 2 * * *", "steps in the hour do not run", ["03-30 00:00", "03-30 00:30"]],
    ["0 0-6/2 * * *", "steps of hours leave the hour out", [
      "03-28 23:00",
      "03-29 02:00",
      "03-29 04:00",
    ]],
  ];
  for (const [cron, what, expected] of table) {
    test(`${what}: ${cron}`, () => {
      assertEquals(times(cron, "Europe/Berlin", before, expected.length), expected);
    });
  }
});

describe("when the clock is put back, in Berlin on 2026-10-25 from 03:00 to 02:00,", () => {
  const before = "2026-10-24T12:00:00Z";
  const table: [cron: string, what: string, times: string[]][] = [
    ["30 2 * * *", "a fixed time in the hour runs the first time only", [
      "10-25 00:30",
      "10-26 01:30",
    ]],
    ["*/30 2 * * *", "steps in the hour run both times", [
      "10-25 00:00",
      "10-25 00:30",
      "10-25 01:00",
      "10-25 01:30",
      "10-26 01:00",
    ]],
  ];
  for (const [cron, what, expected] of table) {
    test(`${what}: ${cron}`, () => {
      assertEquals(times(cron, "Europe/Berlin", before, expected.length), expected);
    });
  }

  test("every hour runs every hour", () => {
    const expected = ["10-24 23:00", "10-25 00:00", "10-25 01:00", "10-25 02:00"];
    assertEquals(times("0 * * * *", "Europe/Berlin", "2026-10-24T22:00:00Z", 4), expected);
  });
});

describe("an interval", () => {
  const { after, upTo } = calendarOf({ cron: null, every: 900_000, timezone: "UTC" });

  test("counts from the Unix epoch, whatever was before", () => {
    assertEquals(short(after(at("2026-01-01T00:07:00Z"))), "01-01 00:15");
    assertEquals(short(after(at("2026-01-01T00:15:00Z"))), "01-01 00:30");
  });

  test("knows the last times up to one, that one included", () => {
    assertEquals(upTo(at("2026-01-01T00:30:00Z"), 2).map(short), ["01-01 00:15", "01-01 00:30"]);
    assertEquals(upTo(at("2026-01-01T00:29:59Z"), 1).map(short), ["01-01 00:15"]);
  });
});
