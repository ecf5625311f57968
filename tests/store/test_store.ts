import {
  type JobStore,
  type LoadedJob,
  type StoreBatch,
  type StoredJob,
  type StoredMaxQueue,
  StoreError,
} from "../../store/store.ts";

/** A store in memory that fails, or takes its time, when the test says so. */
export class TestStore implements JobStore {
  readonly name = "test";
  readonly handleBase = "H:test:000000000";
  nextNumber = 1;
  readonly jobs: Map<number, StoredJob> = new Map();
  readonly limits: Map<string, StoredMaxQueue> = new Map();
  /** How many batches were written. */
  batches = 0;
  /** Does every call fail? */
  isBroken = false;
  /** Set: batches are written when the test calls one of {@linkcode pending}. */
  isSlow = false;
  readonly pending: (() => void)[] = [];
  isClosed = false;

  maxQueues(): StoredMaxQueue[] {
    return [...this.limits.values()];
  }

  load(after: number, count: number, payloadBytes: number): LoadedJob[] {
    this.#check();
    let bytes = 0;
    const jobs = [...this.jobs.values()].filter(({ number }) => number > after)
      .sort((a, b) => a.number - b.number).slice(0, count);
    return jobs.map((job) => {
      bytes += job.payload.length;
      const payload = bytes > payloadBytes ? null : job.payload;
      return { ...job, payload, payloadLength: job.payload.length };
    });
  }

  payload(number: number): Uint8Array {
    this.#check();
    return this.jobs.get(number)!.payload.slice();
  }

  write(batch: StoreBatch): void | Promise<void> {
    if (!this.isSlow) return this.#write(batch);
    // What it is to write is as it was when it was told.
    const copy = { ...batch, added: batch.added.map(copied) };
    return new Promise((resolve, reject) => {
      this.pending.push(() => {
        try {
          resolve(this.#write(copy));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  close(): void {
    this.isClosed = true;
  }

  #write({ added, changed, removed, maxQueues, nextNumber }: StoreBatch): void {
    this.#check();
    this.batches++;
    for (const job of added) this.jobs.set(job.number, copied(job));
    for (const { number, priority, attempts } of changed) {
      const job = this.jobs.get(number);
      if (job !== undefined) this.jobs.set(number, { ...job, priority, attempts });
    }
    for (const number of removed) this.jobs.delete(number);
    for (const limit of maxQueues) this.limits.set(limit.func.join(), limit);
    this.nextNumber = Math.max(this.nextNumber, nextNumber);
  }

  #check(): void {
    if (this.isBroken) throw new StoreError("test: the disk is full");
  }
}

function copied(job: StoredJob): StoredJob {
  const { func, unique, reducer, payload } = job;
  return {
    ...job,
    func: func.slice(),
    unique: unique.slice(),
    reducer: reducer.slice(),
    payload: payload.slice(),
  };
}
