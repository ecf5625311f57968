import type { Job } from "../model/job.ts";
import { Timer } from "../model/timer.ts";
import type { JobTable } from "./job_table.ts";
import type { Timers } from "./timers.ts";

/** A turn ends at most so many jobs, and looks at most at so many; then peers have theirs. */
const ENDED_AT_ONCE = 1024;
const LOOKED_AT_AT_ONCE = 16 * 1024;

/** What a {@linkcode Sweep} needs. */
export interface SweepParts {
  readonly jobs: JobTable;
  readonly timers: Timers;
  /** The live job that is meant by one that may be away; undefined if there is none. */
  ownJob(job: Job): Job | undefined;
  /** Ends one of many jobs: without a line in the log. */
  cancelQuietly(job: Job): void;
}

/**
 * Ends those of the live jobs that pass a filter, on somebody's order: their clients get WORK_FAIL. A
 * million of them would stop all else for seconds, so it is done in turns. Jobs that are submitted
 * meanwhile stay.
 */
export class Sweep {
  /** How many it has ended. */
  count = 0;
  readonly #parts: SweepParts;
  readonly #passes: (job: Job) => boolean;
  readonly #jobs: Iterator<Job>;

  /** Ends nothing before the first turn. */
  constructor(parts: SweepParts, passes: (job: Job) => boolean) {
    this.#parts = parts;
    this.#passes = passes;
    this.#jobs = parts.jobs.snapshot()[Symbol.iterator]();
  }

  /** Ends some of the jobs. Returns true when no more are left. */
  turn(): boolean {
    const most = this.count + ENDED_AT_ONCE;
    for (let looks = 0; looks < LOOKED_AT_AT_ONCE; looks++) {
      const { value: job, done } = this.#jobs.next();
      if (done) return true;
      if (!this.#passes(job)) continue;
      const own = this.#parts.ownJob(job);
      if (own === undefined) continue;
      this.#parts.cancelQuietly(own);
      if (++this.count === most) return false;
    }
    return false;
  }

  /** Ends the other jobs turn by turn, then calls `done`. */
  goOn(done: () => void): void {
    const { timers } = this.#parts;
    const timer = new Timer(() => {
      if (this.turn()) done();
      else timers.setDelay(timer, 0);
    });
    timers.setDelay(timer, 0);
  }
}
