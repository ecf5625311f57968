import { MAX_FUNCTION_LENGTH, MAX_UNIQUE_LENGTH } from "../../protocol/mod.ts";
import { checkedNextNumber, partsOf } from "../handle.ts";
import {
  type LocalStore,
  type StoreBatch,
  type StoredJob,
  type StoredMaxQueue,
  type StoredRecord,
  StoreError,
} from "../store.ts";

/** A job that comes from elsewhere. */
export interface ImportedJob extends Omit<StoredJob, "number"> {
  /** The handle it had, if it is to keep it; it does when the store makes such handles. */
  readonly handle?: string;
}

const MAX_BATCH = 1000;
const MAX_BATCH_BYTES = 8 * 2 ** 20;

/** Adds jobs to a store, behind those that it has, some at a time. */
export class JobImport {
  /** How many jobs are stored. */
  count = 0;
  readonly #store: LocalStore;
  #next: number;
  #added: StoredJob[] = [];
  #maxQueues: StoredMaxQueue[] = [];
  #records: StoredRecord[] = [];
  #bytes = 0;

  constructor(store: LocalStore) {
    this.#store = store;
    this.#next = store.nextNumber;
  }

  /** Adds one that is {@linkcode checkedJob checked}. */
  async add({ handle, ...job }: ImportedJob): Promise<void> {
    const number = this.#numberFor(handle);
    this.#next = number + 1;
    this.#added.push({ ...job, number });
    this.#bytes += job.payload.length;
    if (this.#added.length >= MAX_BATCH || this.#bytes >= MAX_BATCH_BYTES) await this.#write();
  }

  /** Sets the limits of a function. */
  limit(stored: StoredMaxQueue): void {
    this.#maxQueues.push(stored);
  }

  /** Stores a record, in the place of one with its kind and key. */
  record(stored: StoredRecord): void {
    this.#records.push(stored);
  }

  /** Stores what is not stored yet, and that numbers below this one were used. */
  async end(nextNumber = 0): Promise<void> {
    await this.#write(nextNumber);
  }

  #numberFor(handle: string | undefined): number {
    const parts = handle === undefined ? null : partsOf(handle);
    if (parts === null || parts.base !== this.#store.handleBase) return this.#next;
    return Math.max(this.#next, checkedNextNumber(parts.number));
  }

  async #write(nextNumber = 0): Promise<void> {
    const added = this.#added;
    const batch: StoreBatch = {
      added,
      replaced: [],
      changed: [],
      removed: [],
      maxQueues: this.#maxQueues,
      records: this.#records,
      nextNumber,
    };
    this.#added = [];
    this.#maxQueues = [];
    this.#records = [];
    this.#bytes = 0;
    await this.#store.write(batch);
    this.count += added.length;
  }
}

/**
 * The job.
 *
 * @throws {StoreError} when it is none that a server could have.
 */
export function checkedJob(job: ImportedJob): ImportedJob {
  const { functionName, unique, reducer, priority, due, losses, failures } = job;
  checkName("the name of its function", functionName, MAX_FUNCTION_LENGTH);
  checkName("its unique", unique, MAX_UNIQUE_LENGTH);
  checkName("its reducer", reducer, MAX_UNIQUE_LENGTH);
  if (![0, 1, 2].includes(priority)) throw new StoreError(`a job with priority ${priority}`);
  if (!isCount(due)) throw new StoreError(`a job that is due at ${due}`);
  if (!isCount(losses)) throw new StoreError(`a job with ${losses} attempts`);
  if (!isCount(failures)) throw new StoreError(`a job with ${failures} failures`);
  return job;
}

function checkName(what: string, bytes: Uint8Array, most: number): void {
  if (bytes.length > most) {
    throw new StoreError(`a job where ${what} has ${bytes.length} bytes, more than ${most}`);
  }
  // Packets have NULs between their arguments: a worker would get another payload.
  if (bytes.includes(0)) throw new StoreError(`a job where ${what} contains a NUL`);
}

/** Is it a number that a store can have, from 0? */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
