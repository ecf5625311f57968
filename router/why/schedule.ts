import type { ScheduleFacts, ScheduleRun } from "../schedules.ts";
import { type Diagnosis, reason } from "./diagnosis.ts";
import { duration, quoted, timeOfDay } from "./words.ts";

/**
 * When a schedule runs, and what became of its last run.
 *
 * @param schedule null if there is none of this name.
 * @param now what the wall clock shows, in milliseconds since the Unix epoch.
 */
export function ofSchedule(
  schedule: ScheduleFacts | null,
  name: Uint8Array,
  now: number,
): Diagnosis[] {
  if (schedule === null) {
    return [reason("unknown_schedule", `There is no schedule ${quoted(name)}.`, {})];
  }
  const { cron, every, timezone, job, isPaused, next, runs: [last] } = schedule;
  const times = cron === null ? `every ${every! / 1000} s` : `by "${cron}" in ${timezone}`;
  const about = `The schedule submits a job of ${quoted(job.function)} ${times}`;
  const ahead = isPaused || next === null
    ? reason("schedule_paused", `${about}, but it is paused.`, {})
    : reason("schedule", `${about}, next in ${duration(next - now)}, at ${timeOfDay(next)}.`, {
      next,
    });
  return last === undefined ? [ahead] : [ahead, ofRun(last, now)];
}

function ofRun({ time, started, handle, outcome, cause }: ScheduleRun, now: number): Diagnosis {
  const what = handle === null
    ? `was left out: ${cause}`
    : outcome === null
    ? `has the job ${handle}, which has not ended`
    : outcome === "unknown"
    ? `had the job ${handle}, which ended while nobody saw how`
    : `had the job ${handle}, which ended as ${outcome}`;
  const numbers = { time, started, handle: handle ?? "", outcome: outcome ?? "" };
  return reason(
    "last_run",
    `Its last run, of ${timeOfDay(time)}, ${duration(now - started)} ago, ${what}.`,
    numbers,
  );
}
