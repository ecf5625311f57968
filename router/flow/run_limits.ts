import type { Clock } from "../clock.ts";
import type { Job } from "../model/job.ts";
import type { Peer } from "../model/peer.ts";
import { Timer } from "../model/timer.ts";
import type { Timers } from "./timers.ts";

/** Which limit a run has come to: the time that it may take, or the silence of its worker. */
export type RunLimit = "timeout" | "lease";

/** Ends runs of jobs that take too long, and those whose worker has not been heard of for too long. */
export class RunLimits {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #isOver: (job: Job, limit: RunLimit) => void;

  /** @param isOver called when a run has come to one of its limits. */
  constructor(clock: Clock, timers: Timers, isOver: (job: Job, limit: RunLimit) => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#isOver = isOver;
  }

  /**
   * Limits a run that has just begun.
   *
   * @param timeout how long it may take, in milliseconds; 0 for as long as it takes.
   */
  set(job: Job, timeout: number): void {
    const lease = job.func.rule?.lease ?? 0;
    if (lease > 0) this.#limitSilence(job, job.worker!, lease, timeout);
    else if (timeout > 0) this.#limitTime(job, timeout);
  }

  /** On its own: where a closure may be made, each call costs a scope for it. */
  #limitTime(job: Job, timeout: number): void {
    job.timer = new Timer(() => this.#isOver(job, "timeout"));
    this.#timers.setDelay(job.timer, timeout);
  }

  /**
   * Whatever the worker sends begins its lease anew; the timer finds that out when it fires. When the lease
   * is over, there is one more round, as what the worker has sent may not have been read.
   */
  #limitSilence(job: Job, worker: Peer, lease: number, timeout: number): void {
    const begin = this.#clock.now();
    const end = timeout > 0 ? begin + timeout : Infinity;
    worker.heardAt = Math.max(worker.heardAt, begin);
    let isLast = false;
    const timer = job.timer = new Timer(() => {
      const now = this.#clock.now();
      if (now >= end) return this.#isOver(job, "timeout");
      const left = worker.isHolding ? lease : worker.heardAt + lease - now;
      if (left <= 0 && isLast) return this.#isOver(job, "lease");
      isLast = left <= 0;
      this.#timers.setDelay(timer, Math.min(Math.max(0, left), end - now));
    });
    this.#timers.setDelay(timer, Math.min(lease, timeout || Infinity));
  }
}
