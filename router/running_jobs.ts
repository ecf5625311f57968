import type { Connection } from "./connection.ts";
import type { Job } from "./job.ts";
import { JobState } from "./job_state.ts";
import { Timer, type Timers } from "./timers.ts";

/** The jobs that workers have, each in the list of its worker. */
export class RunningJobs {
  readonly #timers: Timers;
  readonly #tookTooLong: (job: Job) => void;

  /** @param tookTooLong called when the timeout of a job's function is over. */
  constructor(timers: Timers, tookTooLong: (job: Job) => void) {
    this.#timers = timers;
    this.#tookTooLong = tookTooLong;
  }

  /** A worker has the job from now on. */
  add(job: Job, worker: Connection): void {
    job.state = JobState.RUNNING;
    job.func.running++;
    job.worker = worker;
    job.next = worker.firstJob;
    if (worker.firstJob !== null) worker.firstJob.previous = job;
    worker.firstJob = job;
    const timeout = worker.abilityOf!.get(job.func)!.timeout;
    if (timeout > 0) this.#limit(job, timeout);
  }

  /** On its own: where a closure may be made, each call costs a scope for it. */
  #limit(job: Job, timeout: number): void {
    job.timer = new Timer(() => this.#tookTooLong(job));
    this.#timers.setDelay(job.timer, timeout);
  }

  /** No worker has it any more. */
  remove(job: Job): void {
    const worker = job.worker!;
    if (job.timer !== null) {
      this.#timers.clearDelay(job.timer);
      job.timer = null;
    }
    job.func.running--;
    if (job.previous === null) worker.firstJob = job.next;
    else job.previous.next = job.next;
    if (job.next !== null) job.next.previous = job.previous;
    job.previous = null;
    job.next = null;
    job.worker = null;
  }
}
