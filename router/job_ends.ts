import { JobStorage } from "./durability.ts";
import { type Job, JobPlace } from "./job.ts";
import { type JobOutcome, JobState } from "./job_state.ts";
import { letGo } from "./relays.ts";
import type { Router } from "./router.ts";
import type { WaitingJobs } from "./waiting_jobs.ts";

/** How jobs end, or come back from workers that are gone or take too long. */
export class JobEnds {
  readonly #router: Router;
  readonly #waiting: WaitingJobs;

  /** @param waiting where they come from, and go back to. */
  constructor(router: Router, waiting: WaitingJobs) {
    this.#router = router;
    this.#waiting = waiting;
  }

  /** See {@linkcode Router.finish}. */
  finish(job: Job, outcome: JobOutcome): void {
    const router = this.#router;
    if (job.heapIndex === JobPlace.AWAY) {
      const own = router.ownJob(job);
      if (own !== undefined) this.finish(own, outcome);
      return;
    }
    const { running } = router;
    const { state } = job;
    if (state === JobState.FINISHED) return;
    if (state === JobState.RUNNING) running.remove(job);
    else if (state === JobState.QUEUED || state === JobState.SCHEDULED) this.#waiting.remove(job);
    else if (state === JobState.STORING) job.func.storing--;
    running.forget(job);
    job.state = JobState.FINISHED;
    job.func.live--;
    job.func.ended.add(outcome);
    if (job.key !== null) router.uniques.remove(job.key);
    router.jobs.remove(job);
    if (job.storage !== JobStorage.MEMORY) router.durability!.ended(job);
    // Many are still being told.
    if (!router.relays.isEnding(job)) {
      while (job.firstListener !== null) letGo(job.firstListener);
    }
    if (router.log.hasSteps) router.log.finished(job, outcome);
    router.hooks.jobFinished?.(job, outcome);
    job.releaseBody();
    router.stop?.check();
  }

  /** See {@linkcode Router.lose}. */
  lose(job: Job, goneBecause: string | null): void {
    const router = this.#router;
    const { jobRetries } = router.options;
    job.retries++;
    if (!job.isNeeded) return this.finish(job, "abandoned");
    const isGivenUp = jobRetries >= 0 && job.retries >= jobRetries;
    router.log.lost(job, goneBecause, isGivenUp);
    if (isGivenUp) {
      router.tellFailed(job);
      return this.finish(job, "lost");
    }
    router.running.remove(job);
    if (job.storage !== JobStorage.MEMORY) router.durability!.changed(job);
    job.progress = null;
    this.#waiting.requeue(job);
    router.stop?.check();
  }
}
