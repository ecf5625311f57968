import { type Job, JobState, JobStorage } from "../../router/mod.ts";
import { messageOf } from "../../router/log/log.ts";
import type { PayloadFailure } from "../../router/durability.ts";
import { JobDamagedError, type JobStore, type LoadedJob } from "../../store/store.ts";

/** So many jobs that follow are read with one whose turn it is, */
const JOBS_AHEAD = 64;
/** or fewer, if their payloads are longer than this together, in bytes. */
const BYTES_AHEAD = 256 * 1024;

/** What {@linkcode StoredPayloads} are told. */
export interface StoredPayloadsOptions {
  /** Payloads of stored jobs that wait may take so many bytes of memory. */
  readonly memoryLimit: number;
  /**
   * So many stored jobs may be in memory; of further ones that wait there is only what finds them.
   * @default {Infinity}
   */
  readonly jobLimit?: number;
  /** Told in one line what went wrong. */
  readonly report: (message: string) => void;
}

/** Counts the payloads of stored jobs in memory; beyond the limit they are in the store only. */
export class StoredPayloads {
  readonly #store: JobStore;
  readonly #options: StoredPayloadsOptions;
  #bytes = 0;
  /** How many stored jobs are in memory. */
  #jobs = 0;
  /** Could the last payload that was asked for not be read? */
  #cannotRead = false;

  /** None is in memory yet. */
  constructor(store: JobStore, options: StoredPayloadsOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** How many bytes of them are in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many more may be. */
  get room(): number {
    return Math.max(0, this.#options.memoryLimit - this.#bytes);
  }

  /** How many more jobs may be in memory; below 0 if there are too many. */
  get roomForJobs(): number {
    return (this.#options.jobLimit ?? Infinity) - this.#jobs;
  }

  /** A job has ended, or is parked. */
  gone(job: Job): void {
    this.#jobs--;
    this.#forget(job);
  }

  /** A stored job is in memory, with its payload or without. */
  returned(job: Job): void {
    this.#jobs++;
    if (job.storage === JobStorage.STORED) this.#bytes += job.payloadEnd - job.payloadStart;
  }

  #forget(job: Job): void {
    if (job.storage === JobStorage.STORED) this.#bytes -= job.payloadEnd - job.payloadStart;
  }

  /** The payload of a job leaves memory if there are too many and nobody uses this one. */
  leave(job: Job): void {
    const waits = job.state === JobState.QUEUED || job.state === JobState.SCHEDULED;
    if (!waits || job.storage !== JobStorage.STORED) return;
    if (this.#bytes <= this.#options.memoryLimit) return;
    this.#forget(job);
    job.func.jobs.leavePayload(job);
  }

  /** Reads a payload that comes back into memory, or says why that fails. */
  fetch(job: Job): Uint8Array | PayloadFailure {
    const payload = this.#payloadOf(job);
    if (typeof payload !== "string") this.#bytes += payload.length;
    return payload;
  }

  /** Reads a parked job, or says why that fails. */
  job(number: number, withPayload: boolean): LoadedJob | PayloadFailure {
    return this.#trying(() => {
      const [job] = this.#store.load(number - 1, 1, withPayload ? Infinity : 0);
      if (job?.number === number) return job;
      throw new JobDamagedError(`${this.#store.name}: job ${number} is not there any more`);
    });
  }

  /** Reads some jobs from a number on, those with a payload as far as it is not long; none if that fails. */
  jobsFrom(number: number): LoadedJob[] {
    const jobs = this.#trying(() => this.#store.load(number - 1, JOBS_AHEAD, BYTES_AHEAD));
    return typeof jobs === "string" ? [] : jobs;
  }

  /** Reads at most `count` jobs behind a number, without long payloads; none if that fails. */
  page(after: number, count: number): LoadedJob[] {
    const jobs = this.#trying(() => this.#store.load(after, count, 0));
    return typeof jobs === "string" ? [] : jobs;
  }

  #payloadOf(job: Job): Uint8Array | PayloadFailure {
    return this.#trying(() => this.#store.payload(job.number));
  }

  #trying<T>(read: () => T): T | PayloadFailure {
    try {
      const found = read();
      this.#cannotRead = false;
      return found;
    } catch (error) {
      // There may be a million of them.
      if (!this.#cannotRead) this.#options.report(messageOf(error));
      this.#cannotRead = true;
      return error instanceof JobDamagedError ? "damaged" : "unreadable";
    }
  }
}
