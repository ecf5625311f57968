import type { ScheduleRules } from "../../router/schedules.ts";
import type { Calendar } from "./calendar.ts";

/**
 * A run that is noticed this late is still on time, in milliseconds: a restart at the very minute leaves
 * nothing out.
 */
export const ON_TIME = 120_000;
/**
 * A wall clock that was set back by more than this has been put right, in milliseconds: what is settled
 * counts no more. By less, nothing runs until it shows again what it has shown.
 */
export const LARGEST_STEP_BACK = 3 * 3_600_000;

/** What is to run of a schedule. */
export interface DueRuns {
  /** The times that run now, the earliest first. */
  readonly times: readonly number[];
  /** Were there others, which are left out? */
  readonly areSomeMissed: boolean;
  /** All times up to this one are settled then. */
  readonly settled: number;
}

/**
 * What is to run now.
 *
 * @param settled all times up to this one have run, or were left out.
 * @param hasRun has the run of a time been seen already, although the clock shows an earlier one?
 */
export function dueRuns(
  calendar: Calendar,
  { catchUp, catchUpMost }: Pick<ScheduleRules, "catchUp" | "catchUpMost">,
  settled: number,
  now: number,
  hasRun: (time: number) => boolean,
): DueRuns {
  const from = settledAt(settled, now);
  const most = catchUp === "all" ? catchUpMost : 1;
  // One more says whether any are left out.
  const found = calendar.upTo(now, most + 1).filter((time) => time > from && !hasRun(time));
  const latest = found.slice(-most);
  const times = catchUp === "none" ? latest.filter((time) => now - time <= ON_TIME) : latest;
  return { times, areSomeMissed: times.length < found.length, settled: Math.max(from, now) };
}

/** Up to when all is settled, by a clock that may have been set back. */
export function settledAt(settled: number, now: number): number {
  return settled - now > LARGEST_STEP_BACK ? now : settled;
}

/** The first time that is not settled and has not run; null if there is none. */
export function nextRun(
  calendar: Calendar,
  settled: number,
  hasRun: (time: number) => boolean,
): number | null {
  let time = calendar.after(settled);
  while (time !== null && hasRun(time)) time = calendar.after(time);
  return time;
}
