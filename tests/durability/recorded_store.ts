import { existsSync, readFileSync } from "node:fs";
import type { SqliteStore } from "../../store/sqlite/store.ts";
import type {
  LoadedJob,
  LocalStore,
  OpenedStore,
  StoreBatch,
  StoredJob,
  StoredMaxQueue,
  StoredRecord,
} from "../../store/store.ts";
import { StoreModel } from "../store/model.ts";
import { commitsIn, readWal } from "./wal_file.ts";

/** What a store must have after a commit. */
export interface State {
  readonly jobs: readonly StoredJob[];
  readonly limits: Record<string, readonly number[]>;
  readonly records: Record<string, string>;
  readonly nextNumber: number;
}

/** The bytes of a database and its log at one moment. */
export interface Files {
  readonly database: Uint8Array;
  readonly log: Uint8Array;
}

/** When files were copied. */
export type Moment = "before a commit" | "amid a transaction" | "after a commit";

/** A copy of the files of a store. */
export interface Copy extends Files {
  readonly moment: Moment;
  /** Index of the state that the store must have. */
  readonly state: number;
}

/** Passes all on to an SQLite store, and copies its files at every boundary of a write. */
export class RecordedStore implements LocalStore {
  /** What the store had after each commit. */
  readonly states: State[] = [];
  readonly copies: Copy[] = [];
  readonly #store: SqliteStore;
  readonly #path: string;
  readonly #model = new StoreModel();
  readonly #committed = new Set<number>();

  /** @param store a new one. */
  constructor(store: SqliteStore) {
    this.#store = store;
    this.#path = store.name.replace(/^sqlite:/, "");
    this.#record();
  }

  get name(): string {
    return this.#store.name;
  }

  get handleBase(): string {
    return this.#store.handleBase;
  }

  get nextNumber(): number {
    return this.#store.nextNumber;
  }

  open(): OpenedStore {
    return this.#store.open();
  }

  maxQueues(): StoredMaxQueue[] {
    return this.#store.maxQueues();
  }

  records(): StoredRecord[] {
    return this.#store.records();
  }

  load(after: number, count: number, payloadBytes: number): LoadedJob[] {
    return this.#store.load(after, count, payloadBytes);
  }

  payloads(numbers: readonly number[]): Map<number, Uint8Array> {
    return this.#store.payloads(numbers);
  }

  write(batch: StoreBatch): void {
    this.#copy("before a commit");
    const before = this.copies.at(-1)!.log;
    const middle = Math.floor(batch.added.length / 2);
    const added = batch.added.map((job, index) => index === middle ? this.#copiedAt(job) : job);
    this.#store.write({ ...batch, added });
    const replaced = batch.replaced.map(copyOf);
    this.#model.write({ ...batch, added: batch.added.map(copyOf), replaced });
    for (const { number } of batch.added) this.#committed.add(number);
    // A batch of what the store does not have writes nothing.
    if (sameLog(before, this.#files().log)) this.states.pop();
    this.#record();
  }

  close(): void {
    this.#store.close();
  }

  /** Was it written that there is a job with this number? */
  wasCommitted(number: number): boolean {
    return this.#committed.has(number);
  }

  #record(): void {
    const { nextNumber } = this.#store;
    const model = this.#model;
    const [jobs, limits, records] = [model.all(), model.limits(), model.records()];
    this.states.push({ jobs, limits, records, nextNumber });
    this.#copy("after a commit");
  }

  /** The files are copied when the store asks for the payload: its transaction is open then. */
  #copiedAt(job: StoredJob): StoredJob {
    const copy = () => this.#copy("amid a transaction");
    return {
      ...job,
      get payload() {
        copy();
        return job.payload;
      },
    };
  }

  #copy(moment: Moment): void {
    this.copies.push({ ...this.#files(), moment, state: this.states.length - 1 });
  }

  #files(): Files {
    const log = `${this.#path}-wal`;
    return {
      database: readFileSync(this.#path),
      log: existsSync(log) ? readFileSync(log) : new Uint8Array(0),
    };
  }
}

function sameLog(a: Uint8Array, b: Uint8Array): boolean {
  const [before, after] = [readWal(a), readWal(b)];
  return before.salt === after.salt && commitsIn(before) === commitsIn(after);
}

function copyOf(job: StoredJob): StoredJob {
  const { functionName, unique, reducer, payload } = job;
  return {
    ...job,
    functionName: Uint8Array.from(functionName),
    unique: Uint8Array.from(unique),
    reducer: Uint8Array.from(reducer),
    payload: Uint8Array.from(payload),
  };
}
