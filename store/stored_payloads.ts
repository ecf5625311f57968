import { type Job, JobState, JobStorage } from "../router/mod.ts";
import { messageOf } from "../router/error_message.ts";
import type { PayloadFailure } from "../router/durability.ts";
import { JobDamagedError, type JobStore } from "./store.ts";

/** What {@linkcode StoredPayloads} are told. */
export interface StoredPayloadsOptions {
  /** Payloads of stored jobs that wait may take so many bytes of memory. */
  readonly memoryLimit: number;
  /** Told in one line what went wrong. */
  readonly report: (message: string) => void;
}

/** Counts the payloads of stored jobs in memory; beyond the limit they are in the store only. */
export class StoredPayloads {
  readonly #store: JobStore;
  readonly #options: StoredPayloadsOptions;
  #bytes = 0;
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

  /** So many bytes came into memory. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** A job is stored now; its payload is still in memory. */
  nowStored(job: Job): void {
    this.#bytes += job.payloadEnd - job.payloadStart;
  }

  /** A job has ended, or its payload leaves memory. */
  forget(job: Job): void {
    if (job.storage === JobStorage.STORED) this.#bytes -= job.payloadEnd - job.payloadStart;
  }

  /** The payload of a job leaves memory if there are too many and nobody uses this one. */
  leave(job: Job): void {
    const waits = job.state === JobState.QUEUED || job.state === JobState.SCHEDULED;
    if (!waits || job.storage !== JobStorage.STORED) return;
    if (this.#bytes <= this.#options.memoryLimit) return;
    this.forget(job);
    job.leavePayload();
  }

  /** Reads a payload that comes back into memory, or says why that fails. */
  fetch(job: Job): Uint8Array | PayloadFailure {
    const payload = this.#payloadOf(job);
    if (typeof payload !== "string") this.#bytes += payload.length;
    return payload;
  }

  /** Reads a payload for a look at it; null if that fails. */
  read(job: Job): Uint8Array | null {
    const payload = this.#payloadOf(job);
    return typeof payload === "string" ? null : payload;
  }

  #payloadOf(job: Job): Uint8Array | PayloadFailure {
    try {
      const payload = this.#store.payload(job.sequence);
      this.#cannotRead = false;
      return payload;
    } catch (error) {
      // There may be a million of them.
      if (!this.#cannotRead) this.#options.report(messageOf(error));
      this.#cannotRead = true;
      return error instanceof JobDamagedError ? "damaged" : "unreadable";
    }
  }
}
