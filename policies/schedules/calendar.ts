import { Cron } from "croner";
import type { ScheduleDefinition, ScheduleTimes } from "../../router/schedules.ts";

/** The times of a schedule, in milliseconds since the Unix epoch. */
export interface Calendar {
  /** The first one after a time; null if there is none. */
  after(time: number): number | null;
  /** The last ones that are not after a time, at most `count`, the earliest first. */
  upTo(time: number, count: number): number[];
}

/**
 * The calendar that is meant.
 *
 * A cron expression follows the clock on the wall of its time zone. If minute and hour are given without
 * `*` and steps, a time that a change of that clock passes over runs when the clock has changed, and one
 * that comes twice runs the first time only. Others run at the times that there are, each time.
 *
 * @throws {Error} for an expression or a time zone that is wrong, with the reason.
 */
export function calendarOf({ cron, every, timezone }: ScheduleTimes): Calendar {
  return cron === null ? everySoOften(every!) : byCron(cron, timezone);
}

/** The multiples of an interval. */
function everySoOften(interval: number): Calendar {
  return {
    after: (time) => (Math.floor(time / interval) + 1) * interval,
    upTo(time, count) {
      const last = Math.floor(time / interval);
      return Array.from({ length: count }, (_, index) => (last - count + 1 + index) * interval);
    },
  };
}

function byCron(expression: string, timezone: string): Calendar {
  checkTimezone(timezone);
  const cron = parsed(expression, timezone);
  if (cron.nextRun(new Date(0)) === null) {
    throw new Error(`"${expression}" is a date that never comes`);
  }
  return {
    after: (time) => cron.nextRun(new Date(time))?.getTime() ?? null,
    // Those before a time are asked for, and within its second all of them count as before.
    upTo: (time, count) =>
      cron.previousRuns(count, new Date(time + 1)).map((date) => date.getTime()).reverse(),
  };
}

function parsed(expression: string, timezone: string): Cron {
  // Nicknames such as `@daily` are no five fields.
  if (expression.split(" ").length !== 5) {
    throw new Error(`"${expression}" has not five fields: minute, hour, day, month, weekday`);
  }
  try {
    return new Cron(expression, { mode: "5-part", timezone, fixedTimeRule: "no-wildcard" });
  } catch (error) {
    const reason = (error as Error).message.replace(/^CronPattern: /, "");
    throw new Error(`"${expression}" is not a cron expression: ${reason}`);
  }
}

function checkTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
  } catch {
    throw new Error(`"${timezone}" is not a time zone such as Europe/Berlin`);
  }
}

/** @throws {Error} for a cron expression or a time zone that is wrong; names the schedule. */
export function checkTimes(definition: ScheduleDefinition): void {
  try {
    calendarOf(definition);
  } catch (error) {
    throw new Error(`schedule ${definition.name}: ${(error as Error).message}`);
  }
}
