import { MemoryStore } from "../../../store/memory.ts";
import {
  type LoadedJob,
  type LocalStore,
  type OpenedStore,
  type StoreBatch,
  type StoredJob,
  type StoredMaxQueue,
  type StoredRecord,
  StoreError,
  StoreFullError,
} from "../../../store/store.ts";

/** What can fail. */
export type StoreCall = "open" | "load" | "payloads" | "write" | "close";

const EVERY_CALL: readonly StoreCall[] = ["open", "load", "payloads", "write", "close"];

/** A {@linkcode MemoryStore} that fails, or takes its time, when the test says so. */
export class TestStore implements LocalStore {
  readonly name = "test";
  readonly #memory = new MemoryStore("H:test:000000000000");
  /** How many batches were written. */
  batches = 0;
  /** Calls that fail. */
  failing: Set<StoreCall> = new Set();
  /** Has it room for a job? */
  hasRoom: (job: StoredJob) => boolean = () => true;
  /** Set: batches are written when the test calls one of {@linkcode pending}. */
  isSlow = false;
  readonly pending: (() => void)[] = [];
  isClosed = false;

  get handleBase(): string {
    return this.#memory.handleBase;
  }

  get nextNumber(): number {
    return this.#memory.nextNumber;
  }

  /** Does every call fail? */
  set isBroken(isBroken: boolean) {
    this.failing = new Set(isBroken ? EVERY_CALL : []);
  }

  /** What is in it. */
  get jobs(): Map<number, StoredJob> {
    const jobs = this.#memory.load(0, Infinity, Infinity);
    return new Map(jobs.map(({ payloadLength: _, ...job }) => [job.number, job as StoredJob]));
  }

  /** A store with what is in this one, which works. */
  copy(): TestStore {
    const copy = new TestStore();
    const { nextNumber } = this;
    const maxQueues = this.#memory.maxQueues();
    const added = [...this.jobs.values()];
    const records = this.#memory.records();
    const nothing = { replaced: [], changed: [], removed: [] };
    copy.#memory.write({ ...nothing, added, maxQueues, records, nextNumber });
    return copy;
  }

  /** What a server asks for first: it has the store open from then on. */
  open(): OpenedStore {
    this.isClosed = false;
    this.#check("open");
    return this.#memory.open();
  }

  maxQueues(): StoredMaxQueue[] {
    return this.#memory.maxQueues();
  }

  records(): StoredRecord[] {
    return this.#memory.records();
  }

  load(after: number, count: number, payloadBytes: number): LoadedJob[] {
    this.#check("load");
    return this.#memory.load(after, count, payloadBytes);
  }

  payloads(numbers: readonly number[]): Map<number, Uint8Array> {
    this.#check("payloads");
    return this.#memory.payloads(numbers);
  }

  write(batch: StoreBatch): void | Promise<void> {
    if (!this.isSlow) return this.#write(batch);
    // A store that takes its time has copied what it is to write.
    const { added, replaced } = batch;
    const copy = { ...batch, added: added.map(copied), replaced: replaced.map(copied) };
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
    this.#check("close");
  }

  #write(batch: StoreBatch): void {
    this.#check("write");
    if (![...batch.added, ...batch.replaced].every(this.hasRoom)) {
      throw new StoreFullError("test: there is no room");
    }
    this.batches++;
    this.#memory.write(batch);
  }

  #check(call: StoreCall): void {
    if (this.isClosed && call !== "close") throw new StoreError(`test: ${call} after close`);
    if (this.failing.has(call)) throw new StoreError("test: the disk is full");
  }
}

function copied(job: StoredJob): StoredJob {
  const { functionName, unique, reducer, payload } = job;
  return {
    ...job,
    functionName: functionName.slice(),
    unique: unique.slice(),
    reducer: reducer.slice(),
    payload: payload.slice(),
  };
}
