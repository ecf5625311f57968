import type { Connection } from "./connection.ts";
import { JobStorage } from "./durability.ts";
import type { Job } from "./job.ts";
import { JobState } from "./job_state.ts";
import type { Router } from "./router.ts";
import type { WaitingJobs } from "./waiting_jobs.ts";

/** When a payload that could not be read from the store is asked for again, in milliseconds. */
const FETCH_RETRY = 1000;
/**
 * A grab gives up after so many that cannot be read, or that a hook ends: a large backlog of them must
 * not stop all else.
 */
const MOST_PASSED_OVER = 16;

/** How jobs go out to workers. */
export class JobHandout {
  readonly #router: Router;
  readonly #waiting: WaitingJobs;

  /** @param waiting where they come from. */
  constructor(router: Router, waiting: WaitingJobs) {
    this.#router = router;
    this.#waiting = waiting;
  }

  /** See {@linkcode Router.grab}. */
  grab(worker: Connection): Job | null {
    const router = this.#router;
    worker.isSleeping = false;
    router.wakeUps.looked(worker);
    let passedOver = 0;
    while (passedOver < MOST_PASSED_OVER) {
      const job = this.#waiting.take(worker);
      if (job === null) return null;
      if (router.stop?.keeps(job)) {
        job.state = JobState.KEPT;
        continue;
      }
      if (job.storage === JobStorage.OUTSIDE && !this.#fetch(job)) {
        passedOver++;
        continue;
      }
      router.running.add(job, worker);
      if (router.log.hasSteps) router.log.started(job);
      router.hooks.jobStarted?.(job, worker);
      // The hook may have ended the job, or closed the worker.
      if (job.worker === worker) return job;
      passedOver++;
    }
    return null;
  }

  /**
   * Reads the payload of a job that stands in no queue any more. If that fails, it is tried again later,
   * with other jobs before it; a damaged job fails.
   */
  #fetch(job: Job): boolean {
    const router = this.#router;
    const payload = router.durability!.payloadOf(job);
    if (payload === "unreadable") {
      this.#waiting.schedule(job, router.clock.epoch() + FETCH_RETRY);
      return false;
    }
    if (payload === "damaged") {
      job.state = JobState.KEPT;
      router.tellFailed(job);
      router.finish(job, "damaged");
      return false;
    }
    job.returnPayload(payload);
    return true;
  }
}
