import { type Connection, type Job, JobState } from "../router/mod.ts";
import type { JobChange, StoreBatch, StoredJob, StoredMaxQueue } from "./store.ts";

const EMPTY = new Uint8Array(0);
/** Stores have exact numbers. A later time, which a client may ask for, never comes anyway. */
const LATEST_DUE = Number.MAX_SAFE_INTEGER;

/** A job that takes its place when the batch is written. */
export interface Waiting {
  readonly job: Job;
  readonly due: number;
  /** Is it in the batch, or does it only wait behind others? */
  readonly isStored: boolean;
}

/** A JOB_CREATED that must not leave before the batch is written. */
export interface Promised {
  readonly job: Job;
  readonly connection: Connection;
  position: number;
}

/** What one round brings, to be written together. */
export class Batch {
  readonly waiting: Waiting[] = [];
  promises: Promised[] = [];
  /** Links whose output must not leave before the batch is written. */
  readonly links: Set<object> = new Set();
  /** How many of the waiting are to be stored. */
  storing = 0;
  changed: Set<Job> = new Set();
  removed: number[] = [];
  maxQueues: Map<string, StoredMaxQueue> = new Map();

  get isEmpty(): boolean {
    return this.waiting.length === 0 && this.changed.size === 0 && this.removed.length === 0 &&
      this.maxQueues.size === 0;
  }

  /** Takes over the changes and ends of jobs that another batch could not write. */
  takeChanges({ changed, removed }: Batch): void {
    for (const job of changed) if (job.state !== JobState.FINISHED) this.changed.add(job);
    for (const number of removed) this.removed.push(number);
  }

  /** What the store is to write. */
  content(nextNumber: number): StoreBatch {
    const added: StoredJob[] = [];
    for (const { job, due, isStored } of this.waiting) {
      if (isStored && job.state !== JobState.FINISHED) added.push(storedJob(job, due));
    }
    const changed: JobChange[] = [];
    for (const { sequence: number, priorityIndex, retries: attempts } of this.changed) {
      changed.push({ number, priority: priorityIndex, attempts });
    }
    return {
      added,
      changed,
      removed: this.removed,
      maxQueues: [...this.maxQueues.values()],
      nextNumber,
    };
  }
}

function storedJob(job: Job, due: number): StoredJob {
  const { body, uniqueStart, uniqueEnd, reducerLength, payloadStart, payloadEnd } = job;
  return {
    number: job.sequence,
    func: job.func.name,
    unique: uniqueStart === uniqueEnd ? EMPTY : body.subarray(uniqueStart, uniqueEnd),
    reducer: reducerLength === 0
      ? EMPTY
      : body.subarray(uniqueEnd + 1, uniqueEnd + 1 + reducerLength),
    payload: payloadStart === payloadEnd ? EMPTY : body.subarray(payloadStart, payloadEnd),
    priority: job.priorityIndex,
    due: Math.min(due, LATEST_DUE),
    attempts: job.retries,
  };
}
