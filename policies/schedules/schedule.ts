import { Timer } from "../../router/model/timer.ts";
import type {
  ScheduleCounts,
  ScheduleDefinition,
  ScheduleFacts,
  ScheduleOrigin,
  ScheduleRun,
} from "../../router/schedules.ts";
import { type Calendar, calendarOf } from "./calendar.ts";
import { nextRun, settledAt } from "./due.ts";

/** So many of the last runs are remembered. */
export const MOST_RUNS = 20;

/** How far a schedule is, as it is written down. */
export interface Progress {
  /** See {@linkcode Schedule.settled}. */
  readonly settled: number;
  readonly isPaused: boolean;
  /** What its times were: if they are others now, what is settled does not count. */
  readonly times: string;
  readonly runs: ScheduleRun[];
}

/** A schedule, and how far it is. */
export class Schedule {
  definition: ScheduleDefinition;
  readonly origin: ScheduleOrigin;
  calendar: Calendar;
  isPaused = false;
  /** All times up to this one have run or were left out, in milliseconds since the Unix epoch. */
  settled: number;
  /** The last runs, the earliest first. */
  runs: ScheduleRun[] = [];
  readonly counts: ScheduleCounts = { started: 0, skipped: 0, refused: 0, missed: 0 };
  /** When it runs next, likewise; null if it does not. */
  next: number | null = null;
  /** Set for that time. */
  readonly timer: Timer;

  /**
   * A schedule that has not run.
   *
   * @param now only later times run.
   * @param fire called when a run is due.
   * @throws {Error} for a cron expression or a time zone that is wrong.
   */
  constructor(
    definition: ScheduleDefinition,
    origin: ScheduleOrigin,
    now: number,
    fire: (schedule: Schedule) => void,
  ) {
    this.definition = definition;
    this.origin = origin;
    this.calendar = calendarOf(definition);
    this.settled = now;
    this.timer = new Timer(() => fire(this));
  }

  get name(): string {
    return this.definition.name;
  }

  /** From now on it is another one with the same name: what its times were counts no more. */
  change(definition: ScheduleDefinition, calendar: Calendar, now: number): void {
    if (timesText(definition) !== timesText(this.definition)) this.settled = now;
    this.definition = definition;
    this.calendar = calendar;
  }

  /** How far it was before a restart. */
  goOn({ settled, isPaused, times, runs }: Progress): void {
    if (times === timesText(this.definition)) this.settled = settled;
    this.isPaused = isPaused;
    this.runs = runs;
  }

  /** Finds out when it runs next, by a clock that shows `now`. */
  plan(now: number): number | null {
    this.settled = settledAt(this.settled, now);
    this.next = this.isPaused ? null : nextRun(this.calendar, this.settled, this.hasRun);
    return this.next;
  }

  /** Is there a run of this time among the last ones? */
  readonly hasRun = (time: number): boolean =>
    this.runs.some((run) => run.time === time && !run.isOrdered);

  /** Remembers a run. */
  add(run: ScheduleRun): void {
    this.runs.push(run);
    const { outcome } = run;
    this.counts[outcome === "skipped" || outcome === "refused" ? outcome : "started"]++;
    if (this.runs.length > MOST_RUNS) this.runs.shift();
  }

  facts(): ScheduleFacts {
    const { definition, origin, isPaused, next, counts } = this;
    return { ...definition, origin, isPaused, next, counts, runs: this.runs.toReversed() };
  }
}

/** What says when a schedule runs: if it changes, earlier times are not caught up with. */
export function timesText({ cron, every, timezone }: ScheduleDefinition): string {
  return cron === null ? `every ${every}` : `${cron} ${timezone}`;
}
