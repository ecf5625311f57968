import { checkedNextNumber, MOST_NUMBERS } from "../handle.ts";
import { metaChecksum } from "./checksum.ts";
import type { Meta } from "./schema.ts";
import { addJobs, changeJob, removeJobs, type Statements } from "./statements.ts";
import type { StoreBatch } from "../store.ts";

const NOTHING: StoreBatch = {
  added: [],
  replaced: [],
  changed: [],
  removed: [],
  maxQueues: [],
  records: [],
  nextNumber: 0,
};

/** Writes batches to the tables of a database, each in one transaction, and knows the numbers in use. */
export class BatchWriter {
  readonly #statements: Statements;
  readonly #handleBase: string;
  /** Numbers of jobs that were refused, as they could not be synced, and are still to be taken out. */
  #refused: number[] = [];
  /** The lowest number that no job has had. */
  nextNumber: number;
  /** What the database says by itself, without the numbers of the jobs in it. */
  #storedNumber: number;

  /** @throws {StoreError} when there is no room for more numbers. */
  constructor(statements: Statements, { handleBase, storedNumber, lastNumber }: Meta) {
    this.#statements = statements;
    this.#handleBase = handleBase;
    this.#storedNumber = checkedNextNumber(storedNumber);
    this.nextNumber = checkedNextNumber(Math.max(storedNumber, lastNumber + 1));
  }

  /** Writes a batch to the log. A crash of the process loses nothing of it any more. */
  commit(batch: StoreBatch): void {
    this.#transaction(batch, () => {});
  }

  /** Moves damaged jobs to where nobody loads them. Numbers that no job can have are texts. */
  setAside(numbers: readonly (number | string)[]): void {
    const { setAside, remove } = this.#statements;
    const now = Date.now();
    const removed = numbers.map(Number).filter((number) => number < MOST_NUMBERS);
    this.#transaction({ ...NOTHING, removed }, () => {
      for (const number of numbers) {
        setAside.run(now, number);
        remove.run(number);
      }
    });
  }

  /** Jobs that were written must not come back by themselves: they are taken out as soon as it is possible. */
  refuse(numbers: readonly number[]): void {
    this.#refused.push(...numbers);
    try {
      this.commit(NOTHING);
    } catch {
      // The next batch that can be written takes them out.
    }
  }

  #transaction(given: StoreBatch, before: () => void): void {
    const { begin, commit } = this.#statements;
    const batch = { ...given, removed: given.removed.concat(this.#refused) };
    let next = 0;
    try {
      begin.run();
      before();
      this.#writeJobs(batch);
      this.#writeMaxQueues(batch);
      this.#writeRecords(batch);
      next = this.#writeNextNumber(batch);
      commit.run();
    } catch (error) {
      this.#rollBack();
      throw error;
    }
    this.#refused = [];
    this.nextNumber = Math.max(this.nextNumber, next);
  }

  #writeJobs({ added, replaced, changed, removed }: StoreBatch): void {
    // What they leave is room for the others, when there is no other.
    removeJobs(this.#statements, removed);
    removeJobs(this.#statements, replaced.map(({ number }) => number));
    const written = replaced.length === 0 ? added : added.concat(replaced);
    addJobs(this.#statements, written);
    const isWritten = new Set(written.map(({ number }) => number));
    removeJobs(this.#statements, removed.filter((number) => isWritten.has(number)));
    for (const change of changed) changeJob(this.#statements, change);
  }

  #writeMaxQueues({ maxQueues }: StoreBatch): void {
    const { limit, unlimit } = this.#statements;
    for (const { functionName, limits: [high, normal, low] } of maxQueues) {
      if (high === 0 && normal === 0 && low === 0) unlimit.run(functionName);
      else limit.run(functionName, high, normal, low);
    }
  }

  #writeRecords({ records }: StoreBatch): void {
    const { record, unrecord } = this.#statements;
    for (const { kind, key, value } of records) {
      if (value === null) unrecord.run(kind, key);
      else record.run(kind, key, value.length === 0 ? null : value);
    }
  }

  /** What is known of numbers while their jobs are there need not be written as well. */
  #writeNextNumber({ added, removed, nextNumber }: StoreBatch): number {
    const next = added.reduce((next, { number }) => Math.max(next, number + 1), nextNumber);
    const isTold = nextNumber > this.#storedNumber;
    if (isTold || removed.some((number) => number >= this.#storedNumber)) {
      const stored = Math.max(next, this.nextNumber);
      this.#statements.next.run(stored, metaChecksum(this.#handleBase, stored));
      this.#storedNumber = stored;
    }
    return next;
  }

  #rollBack(): void {
    try {
      this.#statements.rollback.run();
    } catch {
      // SQLite has done so by itself, or has not begun.
    }
    this.#storedNumber = 0;
  }
}
