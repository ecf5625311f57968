import type { Peer } from "../model/peer.ts";
import type { Job } from "../model/job.ts";
import { JobState } from "../model/job_state.ts";
import { Timer } from "../model/timer.ts";
import type { Timers } from "./timers.ts";

/** The jobs that workers have, each in the list of its worker, and those that took them too long. */
export class RunningJobs {
  /**
   * Jobs that wait again as they took too long, and the number of the connection that had them: its
   * result still counts until the next run begins. A number, as a connection that is gone must not
   * stay in memory for them.
   */
  readonly late: Map<Job, number> = new Map();
  readonly #timers: Timers;
  readonly #tookTooLong: (job: Job) => void;

  /** @param tookTooLong called when the timeout of a job's function is over. */
  constructor(timers: Timers, tookTooLong: (job: Job) => void) {
    this.#timers = timers;
    this.#tookTooLong = tookTooLong;
  }

  /** A worker has the job from now on. */
  add(job: Job, worker: Peer): void {
    if (this.late.size > 0) this.late.delete(job);
    job.state = JobState.RUNNING;
    job.func.running++;
    job.func.counts.started++;
    job.worker = worker;
    job.next = worker.firstJob;
    if (worker.firstJob !== null) worker.firstJob.previous = job;
    worker.firstJob = job;
    worker.jobs++;
    const timeout = worker.abilityOf(job.func)!.timeout;
    if (timeout > 0) this.#limit(job, timeout);
  }

  /** On its own: where a closure may be made, each call costs a scope for it. */
  #limit(job: Job, timeout: number): void {
    job.timer = new Timer(() => {
      this.late.set(job, job.worker!.id);
      this.#tookTooLong(job);
    });
    this.#timers.setDelay(job.timer, timeout);
  }

  /** Has the worker the job, or had it last and took too long? Then its results count. */
  isDoneBy(worker: Peer, job: Job): boolean {
    return job.worker === worker || this.late.size > 0 && this.late.get(job) === worker.id;
  }

  /** The job ends: nobody's result counts any more. */
  forget(job: Job): void {
    if (this.late.size > 0) this.late.delete(job);
  }

  /** No worker has it any more. */
  remove(job: Job): void {
    const worker = job.worker!;
    if (job.timer !== null) {
      this.#timers.clearDelay(job.timer);
      job.timer = null;
    }
    job.func.running--;
    worker.jobs--;
    if (job.previous === null) worker.firstJob = job.next;
    else job.previous.next = job.next;
    if (job.next !== null) job.next.previous = job.previous;
    job.previous = null;
    job.next = null;
    job.worker = null;
  }
}
