import { EMPTY } from "../../protocol/buffer_pool.ts";
import { DatabaseSync } from "node:sqlite";
import { gearmandJob, LATEST_SECONDS, shown } from "./gearmand_row.ts";
import type { ImportedJob } from "./imported_job.ts";
import { storeError } from "../sqlite/error.ts";
import { StoreError } from "../store.ts";

/** What gearmand calls its table unless it is told otherwise. */
const DEFAULT_TABLE = "gearman_queue";
const COLUMNS = ["unique_key", "function_name", "priority", "data"];
/** The first bytes of an SQLite database. */
const HEADER = new TextEncoder().encode("SQLite format 3\0");

/** How many bytes {@linkcode isSqlite} needs. */
export const HEADER_LENGTH: number = HEADER.length;

/** A row, as the statement below names things; numbers that may be too large for one are text. */
interface Row {
  row: string;
  unique: Uint8Array | null;
  func: Uint8Array | null;
  priority: string | null;
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
 * @param leftOut told in one line of each row that is no job here, and why.
 * @param table its `--libsqlite3-table`.
 * @throws {StoreError} when the file has no such table, or cannot be read.
 */
export function* gearmandJobs(
  path: string,
  leftOut: (what: string) => void,
  table = DEFAULT_TABLE,
): Generator<ImportedJob> {
  let database: DatabaseSync | undefined;
  try {
    // Not for reading only: what a gearmand that was killed has left half done is undone first.
    database = new DatabaseSync(path);
    // As BLOBs: a TEXT with a NUL byte would be cut there.
    const rows = database.prepare(`
      SELECT CAST(rowid AS TEXT) AS row, CAST(unique_key AS BLOB) AS "unique",
        CAST(function_name AS BLOB) AS func, CAST(priority AS TEXT) AS priority, CAST(data AS BLOB) AS data, ${
      whenToRun(database, table)
    } AS due
      FROM ${quoted(table)} ORDER BY rowid`).iterate();
    for (const each of rows as Iterable<unknown>) {
      const row = each as Row;
      const { func, unique } = row;
      const job = gearmandJob({
        func: func ?? EMPTY,
        unique: unique ?? EMPTY,
        data: row.data ?? EMPTY,
        priority: Number(row.priority ?? 1),
        due: row.due ?? 0,
      });
      if (typeof job !== "string") yield job;
      else {
        const names = `function ${shown(func)}, unique ${shown(unique)}`;
        leftOut(`${path}: row ${row.row}: ${job}; ${names}`);
      }
    }
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

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
