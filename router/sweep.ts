import type { Filter } from "./filters.ts";
import type { Job } from "./job.ts";
import type { Router } from "./router.ts";
import { Timer } from "./timers.ts";

/** A turn ends at most so many jobs, and looks at most at so many; then peers have theirs. */
const ENDED_AT_ONCE = 1024;
const LOOKED_AT_AT_ONCE = 16 * 1024;

/**
 * Ends those of the live jobs that pass a filter, on somebody's order: their clients get WORK_FAIL. A
 * million of them would stop all else for seconds, so it is done in turns. Jobs that are submitted
 * meanwhile stay.
 */
export class Sweep {
  /** How many it has ended. */
  count = 0;
  readonly #router: Router;
  readonly #passes: Filter<Job>;
  readonly #jobs: Iterator<Job>;

  /** Ends nothing before the first turn. */
  constructor(router: Router, passes: Filter<Job>) {
    this.#router = router;
    this.#passes = passes;
    this.#jobs = router.jobs.snapshot()[Symbol.iterator]();
  }

  /** Ends some of the jobs. Returns true when no more are left. */
  turn(): boolean {
    const most = this.count + ENDED_AT_ONCE;
    for (let looks = 0; looks < LOOKED_AT_AT_ONCE; looks++) {
      const { value: job, done } = this.#jobs.next();
      if (done) return true;
      if (!this.#passes(job)) continue;
      const own = this.#router.ownJob(job);
      if (own === undefined) continue;
      this.#router.cancelQuietly(own);
      if (++this.count === most) return false;
    }
    return false;
  }

  /** Ends the other jobs turn by turn, then calls `done`. */
  goOn(done: () => void): void {
    const { timers } = this.#router;
    const timer = new Timer(() => {
      if (this.turn()) done();
      else timers.setDelay(timer, 0);
    });
    timers.setDelay(timer, 0);
  }
}
