import type { JobOutcome } from "./job_state.ts";

/**
 * How many jobs ended, by how they did: numbers that only grow.
 *
 * @example
 * ```ts
 * import { type JobCounts, ManualClock, Router } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const router = new Router(new ManualClock());
 * const job = router.enqueueJob({ function: "resize" })!;
 * router.cancel(job);
 * const ended: JobCounts = job.func.ended;
 * assertEquals([ended.cancelled, ended.completed], [1, 0]);
 * ```
 */
export class JobCounts implements Readonly<Record<JobOutcome, number>> {
  /** A worker sent the result. */
  completed = 0;
  /** A worker said that it failed. */
  failed = 0;
  /** A worker sent an exception. */
  exception = 0;
  /** Somebody ordered it. */
  cancelled = 0;
  /** Workers were lost while they ran it, as often as it may be tried. */
  lost = 0;
  /** Nobody was left who needed it. */
  abandoned = 0;
  /** It could not be stored. */
  refused = 0;
  /** What is stored of it is not what was written. */
  damaged = 0;

  /** @internal Counts one more. */
  add(outcome: JobOutcome): void {
    // Most jobs complete, and a property with a fixed name is found faster than one by a variable.
    if (outcome === "completed") this.completed++;
    else this[outcome]++;
  }
}
