import type { DatabaseSync } from "node:sqlite";
import { MOST_NUMBERS } from "../handle.ts";
import type { StoreParts } from "../exchange/ndjson.ts";
import { isTooLarge, storeError } from "./error.ts";
import type { SqliteStore } from "./store.ts";
import { recordIn } from "./reader.ts";
import type { LoadedJob, StoredJob, StoredMaxQueue, StoredRecord } from "../store.ts";

/** Told in one line of what is left out, and why; with the number of a job that is still there. */
export type LeftOut = (what: string, number?: number | string) => void;

const PAGE = 1000;
const PAGE_BYTES = 8 * 2 ** 20;

/** Is a row of `max_queue` a limit that this program could have written? */
const SOUND_LIMIT: string = [
  "typeof(function) = 'blob'",
  ...["high", "normal", "low"].map((limit) =>
    `typeof(${limit}) = 'integer' AND ${limit} BETWEEN 0 AND (1 << 53) - 1`
  ),
].join(" AND ");

/** Is a row of `records` one that this program could have written? */
const SOUND_RECORD =
  "typeof(kind) = 'text' AND typeof(key) = 'blob' AND typeof(value) IN ('blob', 'null')";

/**
 * What can be read of a store, also if some of it is damaged so that no server would start with it.
 *
 * @param leftOut told of each limit, record and job that cannot be read.
 */
export function soundParts(store: SqliteStore, leftOut: LeftOut): StoreParts {
  return {
    maxQueues: soundLimits(store, leftOut),
    records: soundRecords(store, leftOut),
    jobs: soundJobs(store, leftOut),
  };
}

/** What is to be said of limits that cannot be read, in one line each. */
export function unsoundLimits(database: DatabaseSync): string[] {
  return database.prepare(
    `SELECT quote(function) AS name FROM max_queue WHERE NOT (${SOUND_LIMIT})`,
  ).all().map(({ name }) => `the limit of the function ${name} cannot be read`);
}

function* soundLimits(
  { database, name }: SqliteStore,
  leftOut: LeftOut,
): Generator<StoredMaxQueue> {
  try {
    for (const unsound of unsoundLimits(database)) leftOut(unsound);
    const sound = database.prepare(
      `SELECT * FROM max_queue WHERE ${SOUND_LIMIT} ORDER BY function`,
    );
    for (const { function: func, high, normal, low } of sound.all()) {
      yield {
        functionName: func as Uint8Array,
        limits: [high, normal, low] as [number, number, number],
      };
    }
  } catch (error) {
    leftOut(`limits cannot be read: ${storeError(name, error).message}`);
  }
}

/** What is to be said of records that cannot be read, in one line each. */
export function unsoundRecords({ database, format }: SqliteStore): string[] {
  if (format < 4) return [];
  return database.prepare(
    `SELECT quote(kind) AS word, quote(key) AS name FROM records WHERE NOT (${SOUND_RECORD})`,
  ).all().map(({ word, name }) => `the record ${name} of the kind ${word} cannot be read`);
}

function* soundRecords(store: SqliteStore, leftOut: LeftOut): Generator<StoredRecord> {
  const { database, name, format } = store;
  if (format < 4) return;
  try {
    for (const unsound of unsoundRecords(store)) leftOut(unsound);
    const sound = database.prepare(
      `SELECT kind, key, value FROM records WHERE ${SOUND_RECORD} ORDER BY kind, key`,
    );
    for (const row of sound.all()) yield recordIn(row)!;
  } catch (error) {
    leftOut(`records cannot be read: ${storeError(name, error).message}`);
  }
}

/** The jobs that are as they were stored. */
export function* soundJobs(store: SqliteStore, leftOut: LeftOut): Generator<StoredJob> {
  leaveOutNumbers(store, leftOut);
  leaveOutThoseSetAside(store, leftOut);
  const numbers = new Numbers(store, leftOut);
  for (let after: number | null = 0; after !== null;) {
    const page = pageBehind(store, after);
    if (page === null) {
      // What is damaged in it is found row by row.
      for (let rows = 0; rows < PAGE && after !== null; rows++) {
        after = numbers.behind(after);
        const job = after === null ? null : jobWith(store, after, leftOut);
        if (job !== null) yield job;
      }
      continue;
    }
    for (const job of page) {
      const { payload } = job;
      const whole = payload === null ? jobWith(store, job.number, leftOut) : { ...job, payload };
      if (whole !== null) yield whole;
    }
    after = page.at(-1)?.number ?? null;
  }
}

/** No job has such a number, and no statement that loads jobs looks for them all. */
function leaveOutNumbers({ database }: SqliteStore, leftOut: LeftOut): void {
  const rows = database.prepare(
    "SELECT CAST(number AS TEXT) AS number FROM job WHERE number < 1 OR number >= ?",
  );
  try {
    for (const { number } of rows.all(MOST_NUMBERS)) {
      leftOut(`job ${number} is damaged`, String(number));
    }
  } catch {
    // The page where they would be is damaged: that is told when the jobs before it are read.
  }
}

function leaveOutThoseSetAside(store: SqliteStore, leftOut: LeftOut): void {
  for (const number of store.damaged()) leftOut(`job ${number} is damaged, and was set aside`);
}

function pageBehind(store: SqliteStore, after: number): LoadedJob[] | null {
  try {
    const { jobs, damaged } = store.read(after, PAGE, PAGE_BYTES);
    return damaged.length === 0 ? jobs : null;
  } catch {
    return null;
  }
}

function jobWith(store: SqliteStore, number: number, leftOut: LeftOut): StoredJob | null {
  try {
    const { jobs: [job], damaged } = store.read(number - 1, 1, Infinity);
    if (damaged.length === 0) return { ...job, payload: job.payload! };
    leftOut(`job ${number} is damaged`, number);
  } catch (error) {
    // One with values that no program can have can be moved all the same.
    leftOut(`job ${number} is damaged`, isTooLarge(error) ? number : undefined);
  }
  return null;
}

/** Finds the numbers of jobs, also behind a damaged page of the table. */
class Numbers {
  readonly #store: SqliteStore;
  readonly #leftOut: LeftOut;

  constructor(store: SqliteStore, leftOut: LeftOut) {
    this.#store = store;
    this.#leftOut = leftOut;
  }

  /** The next one, or null if there is none. */
  behind(after: number): number | null {
    try {
      return this.#next(after);
    } catch (error) {
      const end = this.#endOfDamage(after);
      const upTo = end === null ? "and all behind it" : `to ${end}`;
      const { message } = storeError(this.#store.name, error);
      this.#leftOut(`jobs from number ${after + 1} ${upTo} cannot be read: ${message}`);
      return end === null ? null : this.behind(end);
    }
  }

  #next(after: number): number | null {
    const row = this.#store.database.prepare(
      "SELECT number FROM job WHERE number > ? AND number < ? ORDER BY number LIMIT 1",
    ).get(after, MOST_NUMBERS);
    const number = row?.number as number | undefined;
    // In a damaged table rows may come again and again.
    if (number !== undefined && number <= after) throw new Error("it comes back to earlier jobs");
    return number ?? null;
  }

  /**
   * The lowest number behind which rows are found again. All numbers on a damaged page fail, so it is
   * somewhere between two that are found by doubling the step.
   */
  #endOfDamage(after: number): number | null {
    let [step, low] = [1, after];
    while (!this.#isReadable(after + step)) {
      low = after + step;
      step *= 2;
      if (after + step >= MOST_NUMBERS) return null;
    }
    let high = after + step;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#isReadable(middle)) high = middle;
      else low = middle;
    }
    return high;
  }

  #isReadable(after: number): boolean {
    try {
      this.#next(after);
      return true;
    } catch {
      return false;
    }
  }
}
