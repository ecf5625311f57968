import type { Job } from "../../router/mod.ts";
import type { Shared } from "./shared.ts";

/** Of which jobs of this server others know that a worker has them. */
export class ToldRunning {
  readonly #shared: Shared;
  readonly #told = new Set<Job>();

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** Others are told of those that run since the last look, or do not any more. */
  look(): void {
    const { own, queue } = this.#shared;
    for (const job of own) {
      const isRunning = job.worker !== null;
      if (isRunning === this.#told.has(job)) continue;
      if (isRunning) this.#told.add(job);
      else this.#told.delete(job);
      queue.progress(job.number, isRunning, job.numerator, job.denominator);
    }
  }

  /** One is not this server's any more. */
  forget(job: Job): void {
    this.#told.delete(job);
  }
}
