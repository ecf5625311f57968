/**
 * What the JSON API answers and takes about schedules, in the manner of `types.ts`.
 *
 * @module
 */
import type { OutcomeText, PriorityText } from "./types.ts";

/** All schedules, by name. */
export interface SchedulesAnswer {
  readonly items: readonly ScheduleAnswer[];
}

/** When a schedule runs, and by which rules. */
export interface ScheduleRulesAnswer {
  /** Minute, hour, day of month, month, day of week; null if it runs every so often. */
  readonly cron: string | null;
  /** Time between two runs; null with `cron`. */
  readonly everySeconds: number | null;
  readonly timezone: string;
  readonly priority: PriorityText;
  readonly catchUp: "none" | "last" | "all";
  readonly catchUpMost: number;
  readonly overlap: "allow" | "skip" | "replace";
}

/** A schedule. */
export interface ScheduleAnswer extends ScheduleRulesAnswer {
  /** What operators know it by, or the handle of one that a client has made. */
  readonly name: string;
  readonly function: string;
  readonly functionBase64?: string;
  /** Empty: each job gets one that says schedule and time. */
  readonly unique: string;
  readonly uniqueBase64?: string;
  readonly payloadBytes: number;
  /** Only for those who may see payloads. */
  readonly payload?: string;
  readonly payloadBase64?: string;
  /** Who made it; one of the configuration can be paused and run, but not changed or dropped. */
  readonly origin: "configuration" | "operator" | "client";
  readonly paused: boolean;
  /** When it runs next; null if it does not. */
  readonly next: string | null;
  /** Its last runs, the latest first. */
  readonly runs: readonly ScheduleRunAnswer[];
}

/** A run of a schedule. */
export interface ScheduleRunAnswer {
  /** The time by the schedule, or when it was ordered. */
  readonly time: string;
  /** Was it ordered, rather than due? */
  readonly ordered: boolean;
  /** When its job was submitted, or it was left out. */
  readonly started: string;
  /** The handle of its job; null if there is none. */
  readonly handle: string | null;
  /** When its job ended; null before that. */
  readonly ended: string | null;
  /**
   * How its job ended, null before that; `skipped` because of the run before, `unknown` if nobody saw how.
   */
  readonly outcome: OutcomeText | "skipped" | "unknown" | null;
  /** Why there is no job; null if there is one. */
  readonly cause: string | null;
}

/** A schedule that is to be, or to be changed: what is not said has its default, but for the payload. */
export interface ScheduleRequest extends Partial<ScheduleRulesAnswer> {
  readonly function?: string;
  readonly functionBase64?: string;
  readonly unique?: string;
  readonly uniqueBase64?: string;
  /** Without it the payload stays as it is. */
  readonly payload?: string;
  readonly payloadBase64?: string;
}
