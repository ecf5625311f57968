import { ERRORS } from "../../protocol/mod.ts";
import type { RouterOptions } from "../options.ts";
import type { Refusal } from "../policy.ts";
import { JOB_MEMORY, type JobTable } from "./job_table.ts";

/** Is there room for one more job? Limits of all jobs say so, a drain, and the numbers that there are. */
export class RoomForJobs {
  readonly #options: RouterOptions;
  readonly #jobs: JobTable;
  /** Is no new job taken in? One that is live may be joined. */
  isDraining = false;
  #lacksNumbers = false;
  #maxJobs: number;
  /** The most memory that all jobs may have for there to be room for the fixed part of one more, in bytes. */
  readonly #maxMemory: number;

  constructor(options: RouterOptions, jobs: JobTable) {
    this.#options = options;
    this.#jobs = jobs;
    this.#maxJobs = options.maxJobs;
    this.#maxMemory = options.maxJobMemory - JOB_MEMORY;
  }

  /** No new job is taken in from now on, or some are again. */
  drain(isDraining: boolean): void {
    this.isDraining = isDraining;
    this.#limitJobs();
  }

  /** There are no numbers for new jobs, or there are some again. */
  lackNumbers(lacksNumbers: boolean): void {
    this.#lacksNumbers = lacksNumbers;
    this.#limitJobs();
  }

  #limitJobs(): void {
    this.#maxJobs = this.isDraining || this.#lacksNumbers ? -1 : this.#options.maxJobs;
  }

  /**
   * What does not allow one more job; null if there is room.
   *
   * @param length that of its unique, reducer and payload.
   */
  refusal(length: number): Refusal | null {
    const { size, memory } = this.#jobs;
    return size < this.#maxJobs && memory + length <= this.#maxMemory ? null : this.#lack();
  }

  #lack(): Refusal {
    if (this.isDraining) return ERRORS.draining;
    if (this.#lacksNumbers) return ERRORS.queueUnreachable;
    return this.#jobs.size < this.#maxJobs ? ERRORS.tooMuchJobMemory : ERRORS.tooManyJobs;
  }
}
