import { jsonBytes } from "../exchange/ndjson.ts";
import type { StoredQueue, StoreStats } from "../exchange/stats.ts";
import { storeError } from "./error.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { soundJobs, unsoundLimits, unsoundRecords } from "./salvage.ts";
import type { SqliteStore } from "./store.ts";

const PRIORITIES = ["high", "normal", "low"] as const;
/** More problems tell nothing more. */
const MOST_PROBLEMS = 100;

/**
 * What is wrong with a store, a line each: of the log that it was opened with, of the database as
 * SQLite checks it, and of its jobs. Damaged jobs are set aside, unless more than they is damaged.
 *
 * @throws {StoreError} when it cannot be read at all.
 */
export function problemsOf(store: SqliteStore): string[] {
  const { name, database } = store;
  try {
    const check = database.prepare(`PRAGMA integrity_check(${MOST_PROBLEMS})`).all();
    const found = check.map((row) => String(row.integrity_check)).filter((text) => text !== "ok");
    return [
      ...store.warnings,
      ...found,
      ...damagedJobs(store, found.length === 0 && store.format === SCHEMA_VERSION),
      ...unsoundLimits(database).slice(0, MOST_PROBLEMS),
      ...unsoundRecords(store).slice(0, MOST_PROBLEMS),
    ]
      .map((text) => text.replaceAll(/\s+/g, " "));
  } catch (error) {
    throw storeError(name, error);
  }
}

/** Those that cannot be read, are not as they were stored, or were set aside before. */
function damagedJobs(store: SqliteStore, setsAside: boolean): string[] {
  const problems: string[] = [];
  const damaged: (number | string)[] = [];
  const jobs = soundJobs(store, (what, number) => {
    if (problems.length < MOST_PROBLEMS) problems.push(what);
    if (number !== undefined) damaged.push(number);
  });
  while (jobs.next().done !== true);
  // A database that is damaged elsewhere is not written to.
  if (setsAside && damaged.length > 0) store.setAside(damaged);
  return problems;
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
      damaged: store.damaged().length,
      queues,
      limits: store.maxQueues().map(({ functionName, limits: [high, normal, low] }) => ({
        function: jsonBytes(functionName),
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
