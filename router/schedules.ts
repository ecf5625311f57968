import type { ProtocolError } from "../protocol/mod.ts";
import type { JobOutcome, PriorityIndex } from "./model/job_state.ts";
import type { Peer } from "./model/peer.ts";

/** What becomes of runs whose time has passed unnoticed; see {@linkcode ScheduleRules.catchUp}. */
export const CATCH_UPS = ["none", "last", "all"] as const;
/** What a run does while the one before it has not ended; see {@linkcode ScheduleRules.overlap}. */
export const OVERLAPS = ["allow", "skip", "replace"] as const;
/**
 * The records that survive a restart: what schedules are, of those that the configuration does not say,
 * and how far each is, which is written at each run.
 */
export const SCHEDULE_RECORDS = { definition: "schedule", progress: "schedule-progress" } as const;
/** Longest payload of a schedule, in bytes: it is kept for as long as nobody drops the schedule. */
export const MAX_SCHEDULE_PAYLOAD = 65_536;
/** Who has made a schedule: the configuration, an operator or program, or a client by SUBMIT_JOB_SCHED. */
export type ScheduleOrigin = "configuration" | "operator" | "client";

/** When a schedule runs: by a cron expression in a time zone, or every so many milliseconds. */
export interface ScheduleTimes {
  /** Minute, hour, day of month, month, day of week; null with {@linkcode every}. */
  readonly cron: string | null;
  /** Milliseconds between two runs, counted from the Unix epoch; null with {@linkcode cron}. */
  readonly every: number | null;
  /** The name of its time zone in the IANA database. */
  readonly timezone: string;
}

/** What holds for the runs of a schedule. */
export interface ScheduleRules extends ScheduleTimes {
  /**
   * Which runs are made up for that were missed while the server, its machine or its clock stood still:
   * `none`, the `last` one, or `all` of them, up to {@linkcode catchUpMost}.
   */
  readonly catchUp: typeof CATCH_UPS[number];
  /** Of the runs that were missed so many are made up for, the latest ones. */
  readonly catchUpMost: number;
  /**
   * While the job of an earlier run has not ended: is there a further one (`allow`), is the run left out
   * (`skip`), or is the earlier job cancelled (`replace`)?
   */
  readonly overlap: typeof OVERLAPS[number];
}

/** What each run of a schedule submits, in the background. */
export interface ScheduledJob {
  readonly function: Uint8Array;
  /** Empty: each job gets one that says schedule and time. */
  readonly unique: Uint8Array;
  readonly payload: Uint8Array;
  readonly priority: PriorityIndex;
}

/** A schedule as it was asked for: when it runs, and what job each run submits. */
export interface ScheduleDefinition extends ScheduleRules {
  /** What operators know it by, or the handle of one that a client has made. */
  readonly name: string;
  readonly job: ScheduledJob;
}

/** One run of a schedule. */
export interface ScheduleRun {
  /** The time of the run by the schedule, or when it was ordered, in milliseconds since the Unix epoch. */
  readonly time: number;
  /** Was it ordered, rather than due? */
  readonly isOrdered: boolean;
  /** When its job was submitted, or it was left out, likewise. */
  readonly started: number;
  /** The handle of its job; null if there is none. */
  readonly handle: string | null;
  /** When its job ended, likewise; null before that. */
  ended: number | null;
  /**
   * How its job ended, null before that; `skipped` for one that was left out because of the run before,
   * `unknown` if the job ended while nobody saw it.
   */
  outcome: JobOutcome | "skipped" | "unknown" | null;
  /** Why there is no job, for people; empty if there is one. */
  readonly cause: string;
}

/** What is known of a schedule. */
export interface ScheduleFacts extends ScheduleDefinition {
  readonly origin: ScheduleOrigin;
  readonly isPaused: boolean;
  /** When it runs next, in milliseconds since the Unix epoch; null if it does not. */
  readonly next: number | null;
  /** Its last runs, the latest first. */
  readonly runs: readonly Readonly<ScheduleRun>[];
  readonly counts: Readonly<ScheduleCounts>;
}

/** What has become of the runs of a schedule since the server began. */
export interface ScheduleCounts {
  /** Runs that have submitted their job. */
  started: number;
  /** Runs that were left out because of the job of the one before. */
  skipped: number;
  /** Runs whose job was refused. */
  refused: number;
  /** How often runs were left out as their time had passed unnoticed: once for all of them together. */
  missed: number;
}

/** What a client asks for by SUBMIT_JOB_SCHED. Function and unique say which schedule it is. */
export interface ClientSchedule {
  readonly cron: string;
  readonly job: ScheduledJob;
}

/**
 * The schedules of a router. Orders are carried out at once, or refused; `by` is the peer that gave them,
 * which is told no sooner than that is stored.
 */
export interface Schedules {
  /** All of them, by name. */
  all(): ScheduleFacts[];
  /** The one with this name. */
  get(name: string): ScheduleFacts | null;
  /** Makes a schedule, or changes the one with its name. */
  set(definition: ScheduleDefinition, by: Peer | null): ScheduleFacts | ProtocolError;
  /**
   * Makes a schedule for a client, or changes the one that it has made for the same function with the
   * same unique; without a unique each is a further one.
   */
  submit(asked: ClientSchedule, by: Peer): ScheduleFacts | ProtocolError;
  /** Runs it now; that changes nothing about its next run. */
  run(name: string, by: Peer | null): ScheduleRun | ProtocolError;
  /** Forgets it; jobs of it that are there go on. */
  drop(name: string, by: Peer | null): ProtocolError | null;
  /** It does not run any more, or runs again: what would have run meanwhile is left out. */
  pause(name: string, isPaused: boolean, by: Peer | null): ProtocolError | null;
}

/** A schedule that a client has made has a handle, which begins so. */
const HANDLE_START = [0x53, 0x3a];

/** Does `bytes[start..end)` begin as the handle of a schedule does? */
export function isScheduleHandle(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > 2 && bytes[start] === HANDLE_START[0] &&
    bytes[start + 1] === HANDLE_START[1];
}

/** Where the schedules of a router are. What keeps them is loaded when somebody needs it. */
export interface ScheduleSource {
  /** What keeps them, if it is there. */
  readonly schedules: Schedules | null;
  /** The time zone of schedules that name none. */
  readonly timezone: string;
  /** Are there some that will be here in a moment? */
  readonly isComing: boolean;
  /** Loads what keeps them; tells it, or why that is not possible, at once or later. */
  load(then: (schedules: Schedules | ProtocolError) => void): void;
}

/** Calls `then` with the schedules that there are: at once, or when they have come; null for none. */
export function withSchedules(
  source: ScheduleSource | null,
  then: (schedules: Schedules | null) => void,
): void {
  if (source === null || source.schedules !== null || !source.isComing) {
    return then(source?.schedules ?? null);
  }
  source.load((loaded) => then("code" in loaded ? null : loaded));
}
