import { DatabaseSync } from "node:sqlite";
import { checkedJob, type ImportedJob } from "./imported_job.ts";
import { storeError } from "./sqlite_error.ts";
import { StoreError } from "./store.ts";

/** What gearmand calls its table unless it is told otherwise. */
const DEFAULT_TABLE = "gearman_queue";
const COLUMNS = ["unique_key", "function_name", "priority", "data"];
/** The first bytes of an SQLite database. */
const HEADER = new TextEncoder().encode("SQLite format 3\0");

/** How many bytes {@linkcode isSqlite} needs. */
export const HEADER_LENGTH: number = HEADER.length;

/** The server itself has no later time, in milliseconds. */
const LATEST_SECONDS = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

const EMPTY = new Uint8Array(0);

/** A row, as the statement below names things. */
interface Row {
  row: number;
  unique: Uint8Array | null;
  func: Uint8Array | null;
  priority: number | null;
  data: Uint8Array | null;
  due: number | null;
}

/** Is a file that begins with these bytes an SQLite database? */
export function isSqlite(start: Uint8Array): boolean {
  return HEADER.every((byte, index) => start[index] === byte);
}

/**
 * The jobs in the table of a gearmand with `--queue-type=libsqlite3`, in the order it was given them.
 * A job without unique or payload, which gearmand itself cannot reload, is one as well.
 *
 * @param table its `--libsqlite3-table`.
 * @throws {StoreError} when the file has no such table, or cannot be read.
 */
export function* gearmandJobs(path: string, table = DEFAULT_TABLE): Generator<ImportedJob> {
  let database: DatabaseSync | undefined;
  try {
    // Not for reading only: what a gearmand that was killed has left half done is undone first.
    database = new DatabaseSync(path);
    // As BLOBs: a TEXT with a NUL byte would be cut there.
    const rows = database.prepare(`
      SELECT rowid AS row, CAST(unique_key AS BLOB) AS "unique", CAST(function_name AS BLOB) AS func, priority,
        CAST(data AS BLOB) AS data, ${whenToRun(database, table)} AS due
      FROM ${quoted(table)} ORDER BY rowid`).iterate();
    for (const row of rows as Iterable<unknown>) yield jobIn(row as Row);
  } catch (error) {
    throw storeError(path, error);
  } finally {
    database?.close();
  }
}

/** Older versions know no jobs for later. */
function whenToRun(database: DatabaseSync, table: string): string {
  const columns = database.prepare(`PRAGMA table_info(${quoted(table)})`).all()
    .map(({ name }) => name);
  if (columns.length === 0) throw new StoreError(`it has no table ${table}${tablesOf(database)}`);
  const missing = COLUMNS.find((name) => !columns.includes(name));
  if (missing !== undefined) throw new StoreError(`its table ${table} has no column ${missing}`);
  // What gearmand takes has no limits.
  return columns.includes("when_to_run") ? `min(max(when_to_run, 0), ${LATEST_SECONDS})` : "0";
}

function tablesOf(database: DatabaseSync): string {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return tables.length === 0 ? "" : `, but ${tables.map(({ name }) => name).join(", ")}`;
}

function jobIn({ row, unique, func, priority, data, due }: Row): ImportedJob {
  const job: ImportedJob = {
    func: func ?? EMPTY,
    unique: unique ?? EMPTY,
    reducer: EMPTY,
    payload: data ?? EMPTY,
    priority: (priority ?? 1) as 0 | 1 | 2,
    due: (due ?? 0) * 1000,
    attempts: 0,
  };
  try {
    return checkedJob(job);
  } catch (error) {
    throw new StoreError(`row ${row}: ${(error as Error).message}`);
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
