/**
 * Where a job is: `SCHEDULED` waits for its due time, or for its turn when that has come, `QUEUED`
 * waits for a worker, `RUNNING` is with one, `FINISHED` is gone whatever the outcome, `STORING` waits
 * until it, or what came before it, is stored, `KEPT` stays in the store for the next start, as this
 * router is to stop.
 *
 * @example
 * ```ts
 * import { JobState, ManualClock, Router } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new ManualClock();
 * const router = new Router(clock);
 * const job = router.enqueueJob({ function: "resize", at: new Date(clock.epoch() + 1000) })!;
 * assertEquals(job.state, JobState.SCHEDULED);
 * clock.advance(1000);
 * assertEquals(job.state, JobState.QUEUED);
 * ```
 */
export const JobState = {
  SCHEDULED: 0,
  QUEUED: 1,
  RUNNING: 2,
  FINISHED: 3,
  STORING: 4,
  KEPT: 5,
} as const;

/**
 * One of {@linkcode JobState}.
 *
 * @example
 * ```ts
 * import { type JobStateIndex, ManualClock, Router } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const WORDS: Record<JobStateIndex, string> = {
 *   0: "later",
 *   1: "waits",
 *   2: "runs",
 *   3: "ended",
 *   4: "is stored",
 *   5: "stays",
 * };
 * const router = new Router(new ManualClock());
 * assertEquals(WORDS[router.enqueueJob({ function: "resize" })!.state], "waits");
 * ```
 */
export type JobStateIndex = typeof JobState[keyof typeof JobState];

/**
 * How a job ended. `abandoned`: nobody was left who needed it. `refused`: it could not be stored.
 * `damaged`: what is stored of it has changed on disk.
 *
 * @example
 * ```ts
 * import { type JobOutcome, Server } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new Server();
 * const counts: Partial<Record<JobOutcome, number>> = {};
 * server.on("jobFinished", ({ outcome }) => counts[outcome] = (counts[outcome] ?? 0) + 1);
 * server.noteJobFinished(server.enqueueJob({ function: "resize" })!);
 * assertEquals(counts, { completed: 1 });
 * ```
 */
export type JobOutcome =
  | "completed"
  | "failed"
  | "exception"
  | "cancelled"
  | "lost"
  | "abandoned"
  | "refused"
  | "damaged";

/**
 * Where the bytes of a job are: `MEMORY` only; `WRITING` is on its way to the store; `STORED` is in
 * both; `OUTSIDE` is stored, and its payload is in the store only.
 *
 * @example
 * ```ts
 * import { JobStorage, ManualClock, Router } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const job = new Router(new ManualClock()).enqueueJob({ function: "resize" })!;
 * assertEquals(job.storage, JobStorage.MEMORY); // this router keeps nothing
 * ```
 */
export const JobStorage = { MEMORY: 0, WRITING: 1, STORED: 2, OUTSIDE: 3 } as const;

/**
 * One of {@linkcode JobStorage}.
 *
 * @example
 * ```ts
 * import { type JobStorageIndex, ManualClock, Router } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const isStored = (storage: JobStorageIndex) => storage >= 2;
 * const job = new Router(new ManualClock()).enqueueJob({ function: "resize" })!;
 * assertEquals(isStored(job.storage), false);
 * ```
 */
export type JobStorageIndex = typeof JobStorage[keyof typeof JobStorage];
