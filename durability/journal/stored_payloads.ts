import { type Job, JobState, JobStorage } from "../../router/mod.ts";
import { messageOf } from "../../router/log/log.ts";
import type { FormerContent, PayloadFailure } from "../../router/durability.ts";
import { type JobStore, type LoadedJob, StoreError } from "../../store/store.ts";

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
  /**
   * Told of a payload that has come from a store that takes its time.
   *
   * @returns is it in memory from now on?
   */
  readonly arrived?: (job: Job, payload: Uint8Array | PayloadFailure) => boolean;
  /** Told in one line what went wrong. */
  readonly report: (message: string) => void;
}

/** Counts the payloads of stored jobs in memory; beyond the limit they are in the store only. */
export class StoredPayloads {
  readonly #store: JobStore;
  readonly #options: StoredPayloadsOptions;
  /** How many bytes of them are in memory. */
  bytes = 0;
  /** How many stored jobs are in memory. */
  #jobs = 0;
  /** Could the last payload that was asked for not be read? */
  #cannotRead = false;
  /** How many payloads were asked for that have not come. */
  #fetching = 0;
  /** Does the store answer by promises? Then all jobs stay in memory, as none can be read at once. */
  takesTime = false;

  constructor(store: JobStore, options: StoredPayloadsOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** How many more may be. */
  get room(): number {
    return Math.max(0, this.#options.memoryLimit - this.bytes);
  }

  /** How many more jobs may be in memory; below 0 if there are too many. */
  get roomForJobs(): number {
    return this.takesTime ? Infinity : (this.#options.jobLimit ?? Infinity) - this.#jobs;
  }

  /** A job has ended, or is parked. */
  gone(job: Job): void {
    this.#jobs--;
    this.#forget(job);
  }

  /** A job is to be stored with another payload in the place of this one. */
  left({ storage, payloadStart, payloadEnd }: FormerContent): void {
    this.#jobs--;
    if (storage === JobStorage.STORED) this.bytes -= payloadEnd - payloadStart;
  }

  /** A stored job is in memory, with its payload or without. */
  returned(job: Job): void {
    this.#jobs++;
    if (job.storage === JobStorage.STORED) this.bytes += job.payloadEnd - job.payloadStart;
  }

  #forget(job: Job): void {
    if (job.storage === JobStorage.STORED) this.bytes -= job.payloadEnd - job.payloadStart;
  }

  /** The payload of a job leaves memory if there are too many and nobody uses this one. */
  leave(job: Job): void {
    const waits = job.state === JobState.QUEUED || job.state === JobState.SCHEDULED;
    if (!waits || job.storage !== JobStorage.STORED) return;
    if (this.bytes <= this.#options.memoryLimit) return;
    this.#forget(job);
    job.func.jobs.leavePayload(job);
  }

  /**
   * Reads a payload that comes back into memory, or says why that fails, or that it comes later: then
   * `arrived` is called.
   */
  fetch(job: Job): Uint8Array | PayloadFailure | "coming" {
    const read = this.#trying(() => this.#store.payloads([job.number]));
    if (typeof read === "string") return read;
    if (read instanceof Promise) {
      this.#fetching++;
      read.then(
        (found) => this.#arrived(job, this.#payloadIn(found, job)),
        (error) => this.#arrived(job, this.#failed(error)),
      );
      return "coming";
    }
    const payload = this.#payloadIn(read, job);
    if (typeof payload !== "string") this.bytes += payload.length;
    return payload;
  }

  #arrived(job: Job, payload: Uint8Array | PayloadFailure): void {
    this.#fetching--;
    if (typeof payload !== "string") this.#cannotRead = false;
    if (this.#options.arrived?.(job, payload) && typeof payload !== "string") {
      this.bytes += payload.length;
    }
  }

  /** Are payloads on their way? */
  get isFetching(): boolean {
    return this.#fetching > 0;
  }

  /**
   * Reads a payload for a program.
   *
   * @throws {StoreError} when that is not possible at once.
   */
  now(job: Job): Uint8Array {
    const payload = this.takesTime ? "not in memory now" : this.#atOnce(job);
    if (typeof payload !== "string") return payload;
    throw new StoreError(`${this.#store.name}: the payload of job ${job.number} is ${payload}`);
  }

  #atOnce(job: Job): Uint8Array | string {
    const found = this.#store.payloads([job.number]) as ReadonlyMap<number, Uint8Array>;
    return found.get(job.number) ?? "damaged";
  }

  /** Reads a parked job, or says why that fails. */
  job(number: number, withPayload: boolean): LoadedJob | PayloadFailure {
    const jobs = this.#load(number - 1, 1, withPayload ? Infinity : 0);
    if (typeof jobs === "string") return jobs;
    return jobs[0]?.number === number ? jobs[0] : this.#damaged(number);
  }

  /** Reads some jobs from a number on, those with a payload as far as it is not long; none if that fails. */
  jobsFrom(number: number): LoadedJob[] {
    const jobs = this.#load(number - 1, JOBS_AHEAD, BYTES_AHEAD);
    return typeof jobs === "string" ? [] : jobs;
  }

  /** Reads at most `count` jobs behind a number, without long payloads; none if that fails. */
  page(after: number, count: number): LoadedJob[] {
    const jobs = this.#load(after, count, 0);
    return typeof jobs === "string" ? [] : jobs;
  }

  /** Parked jobs are those of a store that answers at once. */
  #load(after: number, count: number, payloadBytes: number): LoadedJob[] | PayloadFailure {
    return this.#trying(() => this.#store.load(after, count, payloadBytes) as LoadedJob[]);
  }

  #trying<T>(read: () => T): T | PayloadFailure {
    try {
      const found = read();
      if (!(found instanceof Promise)) this.#cannotRead = false;
      return found;
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error: unknown): PayloadFailure {
    // There may be a million of them.
    if (!this.#cannotRead) this.#options.report(messageOf(error));
    this.#cannotRead = true;
    return "unreadable";
  }

  #payloadIn(found: ReadonlyMap<number, Uint8Array>, { number }: Job): Uint8Array | "damaged" {
    return found.get(number) ?? this.#damaged(number);
  }

  #damaged(number: number): "damaged" {
    this.#failed(
      new StoreError(`${this.#store.name}: job ${number} is not as it was stored`),
    );
    return "damaged";
  }
}
