import { type JsonBytes, jsonBytes } from "./ndjson.ts";
import { storeError } from "./sqlite_error.ts";
import type { SqliteStore } from "./sqlite_store.ts";

/** The jobs of a function with a priority. */
export interface StoredQueue {
  readonly function: JsonBytes;
  readonly priority: "high" | "normal" | "low";
  readonly jobs: number;
  /** Of their payloads. */
  readonly bytes: number;
}

/** How many jobs of a function may live, by priority; 0 is no limit. */
export interface StoredLimits {
  readonly function: JsonBytes;
  readonly high: number;
  readonly normal: number;
  readonly low: number;
}

/** What a store holds. */
export interface StoreStats {
  readonly store: string;
  readonly handleBase: string;
  readonly nextNumber: number;
  readonly jobs: number;
  /** Of all payloads. */
  readonly bytes: number;
  /** The lowest number of a job, null if there is none. */
  readonly oldestNumber: number | null;
  readonly queues: readonly StoredQueue[];
  /** Of functions, whether they have jobs or not. */
  readonly limits: readonly StoredLimits[];
}

const PRIORITIES = ["high", "normal", "low"] as const;
/** More problems tell nothing more. */
const MOST_PROBLEMS = 100;

/** Rows that no version of this program has written. */
const UNREADABLE = `
  SELECT CAST(number AS TEXT) AS number FROM job WHERE
    typeof(function) NOT IN ('blob', 'null') OR ifnull(length(function), 0) > 512
    OR typeof(unique_key) NOT IN ('blob', 'null') OR ifnull(length(unique_key), 0) > 64
    OR typeof(reducer) NOT IN ('blob', 'null') OR ifnull(length(reducer), 0) > 64
    OR instr(function, x'00') OR instr(unique_key, x'00') OR instr(reducer, x'00')
    OR typeof(payload) NOT IN ('blob', 'null')
    OR priority NOT IN (0, 1, 2) OR number < 1 OR number >= 1 << 52
    OR typeof(due) <> 'integer' OR due NOT BETWEEN 0 AND (1 << 53) - 1
    OR typeof(attempts) <> 'integer' OR attempts NOT BETWEEN 0 AND (1 << 53) - 1
  LIMIT ${MOST_PROBLEMS}`;

/** Is a row of `max_queue` a limit that this program could have written? */
export const SOUND_LIMIT: string = [
  "typeof(function) = 'blob'",
  ...["high", "normal", "low"].map((limit) =>
    `typeof(${limit}) = 'integer' AND ${limit} BETWEEN 0 AND (1 << 53) - 1`
  ),
].join(" AND ");

const UNREADABLE_LIMITS = `
  SELECT quote(function) AS name FROM max_queue WHERE NOT (${SOUND_LIMIT})
  LIMIT ${MOST_PROBLEMS}`;

/**
 * What is wrong with a store, a line each: of the database as SQLite checks it, and of its jobs.
 *
 * @throws {StoreError} when it cannot be read at all.
 */
export function problemsOf({ name, database }: SqliteStore): string[] {
  try {
    const check = database.prepare(`PRAGMA integrity_check(${MOST_PROBLEMS})`).all();
    const found = check.map((row) => String(row.integrity_check)).filter((text) => text !== "ok");
    const rows = database.prepare(UNREADABLE).all();
    const limits = database.prepare(UNREADABLE_LIMITS).all();
    return [
      ...found,
      ...rows.map(({ number }) => `job ${number} cannot be read`),
      ...limits.map(({ name }) => `the limit of the function ${name} cannot be read`),
    ]
      .map((text) => text.replaceAll(/\s+/g, " "));
  } catch (error) {
    throw storeError(name, error);
  }
}

/** @throws {StoreError} when it cannot be read. */
export function statsOf(store: SqliteStore): StoreStats {
  const { name, database, handleBase, nextNumber } = store;
  try {
    const rows = database.prepare(`
      SELECT function, priority, count(*) AS jobs, sum(ifnull(length(payload), 0)) AS bytes
      FROM job GROUP BY function, priority ORDER BY function, priority`).all();
    const queues = rows.map((row): StoredQueue => ({
      function: jsonBytes(row.function as Uint8Array | null ?? new Uint8Array(0)),
      priority: PRIORITIES[row.priority as 0 | 1 | 2],
      jobs: row.jobs as number,
      bytes: row.bytes as number,
    }));
    const { oldest } = database.prepare("SELECT min(number) AS oldest FROM job").get() as {
      oldest: number | null;
    };
    return {
      store: name,
      handleBase,
      nextNumber,
      jobs: queues.reduce((sum, { jobs }) => sum + jobs, 0),
      bytes: queues.reduce((sum, { bytes }) => sum + bytes, 0),
      oldestNumber: oldest,
      queues,
      limits: store.maxQueues().map(({ func, limits: [high, normal, low] }) => ({
        function: jsonBytes(func),
        high,
        normal,
        low,
      })),
    };
  } catch (error) {
    throw storeError(name, error);
  }
}

/**
 * Gives the room of jobs that are gone back to the system.
 *
 * @throws {StoreError} when that is not possible; nothing has changed then.
 */
export function vacuum({ name, database }: SqliteStore): void {
  try {
    // Each row that is asked for frees a page; exec asks for one only, on Deno.
    database.prepare("PRAGMA incremental_vacuum").all();
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (error) {
    throw storeError(name, error);
  }
}
