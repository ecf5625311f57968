import { checkedHandleBase } from "./handle.ts";
import {
  type LoadedJob,
  type LocalStore,
  type OpenedStore,
  type StoreBatch,
  type StoredJob,
  type StoredMaxQueue,
  type StoredRecord,
  StoreError,
} from "./store.ts";

/**
 * Jobs in memory, for tests and as the plainest example of a store: they live as long as it.
 *
 * @example
 * ```ts
 * import { Server } from "@geartrain/server";
 * import { MemoryStore } from "@geartrain/server/store";
 * import { assertEquals } from "@std/assert";
 *
 * const store = new MemoryStore("H:test:000000000001");
 * {
 *   await using server = new Server({ store });
 *   server.enqueueJob({ function: "resize" });
 * }
 * await using server = new Server({ store });
 * assertEquals(await server.loaded, 1);
 * ```
 */
export class MemoryStore implements LocalStore {
  readonly name: string = "memory";
  /** See {@linkcode OpenedStore}. */
  readonly handleBase: string;
  readonly #jobs = new Map<number, StoredJob>();
  readonly #maxQueues = new Map<string, StoredMaxQueue>();
  readonly #records = new Map<string, StoredRecord>();
  #nextNumber = 1;

  /**
   * A store without jobs.
   *
   * @param handleBase what the handles of its jobs begin with: a prefix, a colon and twelve digits.
   * @throws {StoreError} when it is something else.
   */
  constructor(handleBase: string) {
    this.handleBase = checkedHandleBase(handleBase);
  }

  /** See {@linkcode JobStore}. */
  open(): OpenedStore {
    return {
      handleBase: this.handleBase,
      nextNumber: this.#nextNumber,
      maxQueues: this.maxQueues(),
      records: this.records(),
    };
  }

  /** See {@linkcode JobStore}. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** See {@linkcode JobStore}. */
  maxQueues(): StoredMaxQueue[] {
    return [...this.#maxQueues.values()];
  }

  /** See {@linkcode JobStore}. */
  records(): StoredRecord[] {
    return [...this.#records.values()];
  }

  /** See {@linkcode JobStore}. */
  load(after: number, count: number, payloadBytes: number): LoadedJob[] {
    const found = [...this.#jobs.values()].filter(({ number }) => number > after)
      .sort((a, b) => a.number - b.number).slice(0, count);
    let left = payloadBytes;
    return found.map((job) => {
      const { length } = job.payload;
      left -= length;
      return {
        ...job,
        payload: left >= 0 || length === 0 ? job.payload : null,
        payloadLength: length,
      };
    });
  }

  /** See {@linkcode JobStore}. */
  payloads(numbers: readonly number[]): Map<number, Uint8Array> {
    const found = numbers.map((number) => this.#jobs.get(number)).filter((job) =>
      job !== undefined
    );
    return new Map(found.map(({ number, payload }) => [number, payload]));
  }

  /** See {@linkcode JobStore}. */
  write(batch: StoreBatch): void {
    const { added, replaced, changed, removed, maxQueues, records, nextNumber } = batch;
    this.#checkNumbers(added);
    for (const job of replaced) this.#jobs.set(job.number, copyOf(job));
    for (const job of added) {
      this.#jobs.set(job.number, copyOf(job));
      this.#nextNumber = Math.max(this.#nextNumber, job.number + 1);
    }
    for (const change of changed) {
      const job = this.#jobs.get(change.number);
      if (job === undefined) continue;
      const due = change.due ?? job.due;
      const [error, runs] = [change.error.slice(), change.runs.slice()];
      this.#jobs.set(job.number, { ...job, ...change, due, error, runs });
    }
    for (const number of removed) this.#jobs.delete(number);
    for (const { functionName, limits } of maxQueues) {
      const key = functionName.join();
      if (limits.every((limit) => limit === 0)) this.#maxQueues.delete(key);
      else this.#maxQueues.set(key, { functionName: functionName.slice(), limits });
    }
    for (const { kind, key, value } of records) {
      const id = `${kind} ${key.join()}`;
      if (value === null) this.#records.delete(id);
      else this.#records.set(id, { kind, key: key.slice(), value: value.slice() });
    }
    this.#nextNumber = Math.max(this.#nextNumber, nextNumber);
  }

  /** See {@linkcode JobStore}. */
  close(): void {}

  #checkNumbers(added: readonly StoredJob[]): void {
    const numbers = new Set<number>();
    for (const { number } of added) {
      if (this.#jobs.has(number) || numbers.has(number)) {
        throw this.#error(`it has a job with number ${number} already`);
      }
      numbers.add(number);
    }
  }

  #error(cause: string): StoreError {
    return new StoreError(`${this.name}: ${cause}`);
  }
}

/** The bytes belong to whoever has written the batch. */
function copyOf(job: StoredJob): StoredJob {
  return {
    ...job,
    functionName: job.functionName.slice(),
    unique: job.unique.slice(),
    reducer: job.reducer.slice(),
    payload: job.payload.slice(),
    error: job.error.slice(),
    runs: job.runs.slice(),
  };
}
