/**
 * This folder has what keeps jobs beyond the life of a process. This file says what a store of one server
 * is asked for; `memory.ts` and `sqlite/` are such stores, `exchange/` reads and writes the queues of other
 * programs. What ties a store to a router is in `durability/`. The folder imports only the protocol.
 *
 * @module
 */

/** A job as it is stored. Names and payload are bytes, as peers sent them. */
export interface StoredJob {
  /** The number in its handle; jobs that were submitted later have larger ones. */
  readonly number: number;
  /** Name of its function, at most 512 bytes. */
  readonly functionName: Uint8Array;
  /** Its unique, at most 64 bytes; `-` if the payload is the key. */
  readonly unique: Uint8Array;
  /** Its reducer, at most 64 bytes. */
  readonly reducer: Uint8Array;
  /** What the worker gets. */
  readonly payload: Uint8Array;
  /** 0 high, 1 normal, 2 low. */
  readonly priority: 0 | 1 | 2;
  /** When it is to run, in milliseconds since the Unix epoch; 0 as soon as possible. */
  readonly due: number;
  /** How many workers have lost it. */
  readonly losses: number;
  /** How many of its runs have failed, and were followed by another one. */
  readonly failures: number;
  /** A `dead` job stays where it is: no worker gets it. */
  readonly state: StoredJobState;
  /** What its last failure said; empty if it said nothing. */
  readonly error: Uint8Array;
  /** What its last runs came to, as the router has written it down; empty if it has not. */
  readonly runs: Uint8Array;
}

/** Does a stored job wait for a worker, or is it `dead`? */
export type StoredJobState = "waiting" | "dead";

/** A stored job whose payload may have been left where it is. */
export interface LoadedJob extends Omit<StoredJob, "payload"> {
  /** Its payload, or null: {@linkcode JobStore.payloads} has it. */
  readonly payload: Uint8Array | null;
  /** Length of the payload in bytes. */
  readonly payloadLength: number;
}

/** What becomes of a job that is stored already. */
export interface JobChange
  extends
    Pick<StoredJob, "number" | "priority" | "losses" | "failures" | "state" | "error" | "runs"> {
  /** When it is to run from now on; null leaves that as it is. */
  readonly due: number | null;
}

/** How many jobs of a function may live, by priority: high, normal, low; 0 is no limit. */
export interface StoredMaxQueue {
  /** Name of the function. */
  readonly functionName: Uint8Array;
  /** The limits; three zeros if it has none any more. */
  readonly limits: readonly [high: number, normal: number, low: number];
}

/**
 * Something small that is no job: that a function is paused, for example. What key and value mean is
 * known to whoever writes the kind.
 */
export interface StoredRecord {
  /** What it is about: one word. */
  readonly kind: string;
  /** Which one of its kind: any bytes, also none. */
  readonly key: Uint8Array;
  /** What is to be known of it: any bytes, also none. */
  readonly value: Uint8Array;
}

/** A record that is stored from now on, in the place of one with this kind and key; null takes it out. */
export interface RecordChange extends Omit<StoredRecord, "value"> {
  /** See {@linkcode StoredRecord}. */
  readonly value: Uint8Array | null;
}

/** What is written together: all of it, or nothing. */
export interface StoreBatch {
  /** New jobs. Their numbers were never used before. */
  readonly added: readonly StoredJob[];
  /** Jobs of which all is different now but the number, their payloads too. They are stored already. */
  readonly replaced: readonly StoredJob[];
  /** Jobs of which something is different now. One that is not stored is left out. */
  readonly changed: readonly JobChange[];
  /** Numbers of jobs that have ended. One that is not stored is left out. */
  readonly removed: readonly number[];
  /** Limits that were set. */
  readonly maxQueues: readonly StoredMaxQueue[];
  /** Records that are new, are something else now, or are not to be there any more. */
  readonly records: readonly RecordChange[];
  /** No job has got this number or a larger one; 0 if nothing is to be said about that. */
  readonly nextNumber: number;
}

/** What is asked for, or a promise of it from a store that takes its time. */
export type MaybePromise<T> = T | Promise<T>;

/** What a store says when it is opened. */
export interface OpenedStore {
  /**
   * What the handles of its jobs begin with, up to their number: it stays the same for the life of
   * the store, so that clients find their jobs after a restart.
   */
  readonly handleBase: string;
  /** The lowest number that no job has had. */
  readonly nextNumber: number;
  /** The limits that were stored. */
  readonly maxQueues: readonly StoredMaxQueue[];
  /** The records that were stored. */
  readonly records: readonly StoredRecord[];
}

/**
 * Where the jobs are kept that a restart must not lose. One server at a time owns the jobs that a
 * store gives it; how owners share a database is the store's affair.
 *
 * A call that returns a promise rejects where this says that it throws. All implementations pass the
 * same tests (`tests/store/contract.ts`).
 */
export interface JobStore {
  /** What operators know it by, for example `sqlite:/var/lib/geartrain/queue.db`. */
  readonly name: string;
  /**
   * Asked for first; no other call comes before it has answered.
   *
   * @throws {StoreError} when the store cannot be used.
   */
  open(): MaybePromise<OpenedStore>;
  /**
   * The stored jobs with numbers above `after`, in the order of their numbers, at most `count`.
   *
   * @param payloadBytes the payloads of the first jobs come along, as many as are no longer than this
   * together; further ones are left out, unless they are empty.
   * @throws {StoreError} when they cannot be read.
   */
  load(after: number, count: number, payloadBytes: number): MaybePromise<LoadedJob[]>;
  /**
   * The payloads of stored jobs, by number. One that is not there, or is not what was written, is left
   * out: no worker may get the job.
   *
   * @throws {StoreError} when they cannot be read.
   */
  payloads(numbers: readonly number[]): MaybePromise<ReadonlyMap<number, Uint8Array>>;
  /**
   * Writes a batch. When it returns, or the promise resolves, what it promises has happened: with a
   * store that syncs, no power cut can undo it. The next batch is written after that. A store that
   * returns a promise has copied the bytes of the batch before: they may change from then on.
   *
   * @throws {StoreFullError} when there is too much of it: none of its jobs is stored; less of it may
   * be taken.
   * @throws {StoreError} when none of its jobs is stored for another reason. In both cases what has
   * changed or ended, limits and records, are to be written again; they may have been. What was to be
   * replaced may have been, too.
   */
  write(batch: StoreBatch): MaybePromise<void>;
  /**
   * Called every second: is all still there that was written? From the moment when it is not, no write
   * succeeds any more.
   *
   * @throws {StoreError} once, when it is not.
   */
  inspect?(): void;
  /** Bytes that it takes on disk, as far as it knows without looking. */
  readonly size?: number;
  /** Lets go of it, when all batches are written. */
  close(): MaybePromise<void>;
}

/** A store that reads at once: of its jobs a server keeps no more in memory than it is told to. */
export interface LocalStore extends JobStore, Omit<OpenedStore, "maxQueues" | "records"> {
  /** See {@linkcode JobStore}. */
  open(): OpenedStore;
  /** The limits that were stored. */
  maxQueues(): StoredMaxQueue[];
  /** The records that were stored. */
  records(): StoredRecord[];
  /** See {@linkcode JobStore}. */
  load(after: number, count: number, payloadBytes: number): LoadedJob[];
  /** See {@linkcode JobStore}. */
  payloads(numbers: readonly number[]): ReadonlyMap<number, Uint8Array>;
  /** See {@linkcode JobStore}. */
  close(): void;
}

/**
 * A store cannot do what it was asked for. The message names the store and the cause, in one line.
 *
 * @example
 * ```ts
 * import { SqliteStore, StoreError } from "@geartrain/server/store";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => SqliteStore.open("/no/such/folder/queue.db"), StoreError, "there is no folder");
 * ```
 */
export class StoreError extends Error {
  /** `StoreError` */
  override readonly name: string = "StoreError";
}

/**
 * A store has no room for all that it is to write, or one of the jobs is too large for it. Less of it
 * may be written: what has ended, or some of the jobs.
 *
 * @example
 * ```ts
 * import { StoreError, StoreFullError } from "@geartrain/server/store";
 * import { assert } from "@std/assert";
 *
 * assert(new StoreFullError("sqlite:queue.db: the disk is full") instanceof StoreError);
 * ```
 */
export class StoreFullError extends StoreError {
  /** `StoreFullError` */
  override readonly name: string = "StoreFullError";
}
