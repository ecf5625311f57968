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
  /** Jobs whose worker sent the result. */
  completed = 0;
  /** Jobs whose worker sent WORK_FAIL. */
  failed = 0;
  /** Jobs whose worker sent WORK_EXCEPTION. */
  exception = 0;
  /** Jobs that were cancelled or purged by a command, or by the program. */
  cancelled = 0;
  /** Jobs that lost as many workers as `jobRetries` allows. */
  lost = 0;
  /** Foreground jobs for which no client waited any more. */
  abandoned = 0;
  /** Background jobs that could not be stored. */
  refused = 0;
  /** Stored jobs whose bytes had changed on disk, as their checksums showed. */
  damaged = 0;

  /** @internal Counts one more. */
  add(outcome: JobOutcome): void {
    // Most jobs complete, and a property with a fixed name is found faster than one by a variable.
    if (outcome === "completed") this.completed++;
    else this[outcome]++;
  }
}
