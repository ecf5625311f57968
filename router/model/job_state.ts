/**
 * Where a job is: `SCHEDULED` waits for its due time, or for its turn when that has come, `QUEUED`
 * waits for a worker, `RUNNING` is with one, `FINISHED` is gone whatever the outcome, `STORING` waits
 * until it, or what came before it, is stored, `KEPT` stays in the store for the next start, as this
 * router is to stop, `DEAD` is with those that no worker gets, which do not live.
 */
export const JobState = {
  SCHEDULED: 0,
  QUEUED: 1,
  RUNNING: 2,
  FINISHED: 3,
  STORING: 4,
  KEPT: 5,
  DEAD: 6,
} as const;

/** One of {@linkcode JobState}. */
export type JobStateIndex = typeof JobState[keyof typeof JobState];

/**
 * How a job ended. `abandoned`: nobody was left who needed it. `refused`: it could not be stored.
 * `damaged`: what is stored of it has changed on disk. `expired`: it has waited for longer than it may.
 * `buried`: it is with those that no worker gets, and can be brought back.
 */
export type JobOutcome =
  | "completed"
  | "failed"
  | "exception"
  | "cancelled"
  | "lost"
  | "abandoned"
  | "refused"
  | "damaged"
  | "expired"
  | "buried";

/** All of {@linkcode JobOutcome}. */
export const JOB_OUTCOMES: readonly JobOutcome[] = [
  "completed",
  "failed",
  "exception",
  "cancelled",
  "lost",
  "abandoned",
  "refused",
  "damaged",
  "expired",
  "buried",
];

/**
 * Why a run of a job failed: its worker sent WORK_FAIL (`fail`) or WORK_EXCEPTION (`exception`), took
 * longer than its timeout (`timeout`), or is gone (`lost`).
 */
export type FailureCause = "fail" | "exception" | "timeout" | "lost";

/**
 * Where the bytes of a job are: `MEMORY` only; `WRITING` is on its way to the store; `STORED` is in
 * both; `OUTSIDE` is stored, and its payload is in the store only.
 */
export const JobStorage = { MEMORY: 0, WRITING: 1, STORED: 2, OUTSIDE: 3 } as const;

/** One of {@linkcode JobStorage}. */
export type JobStorageIndex = typeof JobStorage[keyof typeof JobStorage];

/** Index of a priority: the lower, the sooner. */
export const Priority = { HIGH: 0, NORMAL: 1, LOW: 2 } as const;

/** `Priority.HIGH`, `Priority.NORMAL` or `Priority.LOW`. */
export type PriorityIndex = typeof Priority[keyof typeof Priority];

/** All priorities, in the order they are served. */
export const PRIORITIES: readonly PriorityIndex[] = [0, 1, 2];

/** What they are called, in the same order. */
export const PRIORITY_NAMES = ["high", "normal", "low"] as const;
