import type { Connection } from "./connection.ts";
import type { Job } from "./job.ts";

/**
 * What keeps jobs beyond the life of the process, as the router sees it: it is told what happens and
 * answers by {@linkcode Router.stored} and {@linkcode Router.notStored} when that is written, or
 * cannot be. No output leaves before what it promises is written; that is the affair of the links.
 */
export interface Durability {
  /** Were the files of the store deleted, replaced or cut? Then nothing can be stored until a restart. */
  readonly isLost: boolean;
  /** Are there jobs whose writing has not ended? */
  readonly isWriting: boolean;
  /** A job must run whatever happens: it is to be stored. `due` as in a submission. */
  mustStore(job: Job, due: number): void;
  /** One that is not to be stored takes its place behind those of its function that are being written. */
  waitBehind(job: Job): void;
  /**
   * A JOB_CREATED for a job that is being written is about to be appended to the connection's output:
   * it becomes an ERROR if the job cannot be stored.
   */
  promised(job: Job, connection: Connection): void;
  /** What the connection is told from now on must not leave before what it has done is written. */
  mustFollow(connection: Connection): void;
  /** Its priority or the number of workers that lost it has changed. */
  changed(job: Job): void;
  /** A stored job has ended. */
  ended(job: Job): void;
  /** The limit of a function was set. */
  maxQueueSet(func: Uint8Array, limits: readonly [number, number, number]): void;
  /** Reads a parked job, with its payload or without, or says why that fails. */
  read(number: number, withPayload: boolean): RestoredJob | PayloadFailure;
  /** Reads some of the stored jobs from this number on, with their payloads; none if that fails. */
  readAhead(number: number): readonly RestoredJob[];
  /** Stored jobs with numbers above `after` in their order, without payloads; none if that fails. */
  page(after: number, count: number): readonly RestoredJob[];
  /** A job is parked now. */
  parked(job: Job): void;
  /** A parked job is back in memory. */
  returned(job: Job): void;
  /** Reads the payload of a stored job that is not in memory, or says why that fails. */
  payloadOf(job: Job): Uint8Array | PayloadFailure;
}

/**
 * Why a payload is not there: it is `unreadable`, perhaps only for the moment, or `damaged`, which is
 * for ever.
 */
export type PayloadFailure = "unreadable" | "damaged";

/**
 * Where the bytes of a job are: `MEMORY` only; `WRITING` is on its way to the store; `STORED` is in
 * both; `OUTSIDE` is stored, and its payload is in the store only.
 *
 * @example
 * ```ts
 * import { JobStorage, ManualClock, Router } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const job = new Router(new ManualClock()).enqueueJob({ function: "resize" })!;
 * assertEquals(job.storage, JobStorage.MEMORY); // this router keeps nothing
 * ```
 */
export const JobStorage = { MEMORY: 0, WRITING: 1, STORED: 2, OUTSIDE: 3 } as const;

/**
 * One of {@linkcode JobStorage}.
 *
 * @example
 * ```ts
 * import { type JobStorageIndex, ManualClock, Router } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const isStored = (storage: JobStorageIndex) => storage >= 2;
 * const job = new Router(new ManualClock()).enqueueJob({ function: "resize" })!;
 * assertEquals(isStored(job.storage), false);
 * ```
 */
export type JobStorageIndex = typeof JobStorage[keyof typeof JobStorage];

/** A job that was stored before the router began. */
export interface RestoredJob {
  readonly number: number;
  readonly func: Uint8Array;
  readonly unique: Uint8Array;
  readonly reducer: Uint8Array;
  /** Null if it is in the store only. */
  readonly payload: Uint8Array | null;
  /** Its payload if it is the key and is in the store only: it need not stay. */
  readonly keyPayload?: Uint8Array;
  readonly priority: 0 | 1 | 2;
  readonly due: number;
  readonly attempts: number;
}
