import type { Clock } from "../router/clock.ts";

/** What has been written to a store: numbers that only grow, but for the last one. */
export class WriteCounts {
  /** Batches that were written. */
  commits = 0;
  /** Jobs that were written with them. */
  jobs = 0;
  /** Batches that could not be written as a whole. */
  errors = 0;
  /** Seconds that writing took, all together. */
  seconds = 0;
  /** Seconds that the last batch took. */
  lastSeconds = 0;
  readonly #clock: Clock;

  /** Nothing has been written yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A batch is being written; returns a function to be told whether it was. */
  begin(jobs: number): (isWritten: boolean) => void {
    const begin = this.#clock.now();
    return (isWritten) => {
      this.lastSeconds = (this.#clock.now() - begin) / 1000;
      this.seconds += this.lastSeconds;
      if (!isWritten) return void this.errors++;
      this.commits++;
      this.jobs += jobs;
    };
  }
}
