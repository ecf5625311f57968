import { EMPTY } from "../protocol/empty.ts";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { MAX_FUNCTION_LENGTH, MAX_UNIQUE_LENGTH } from "../router/mod.ts";
import { MOST_NUMBERS } from "./handle.ts";
import { isCount } from "./imported_job.ts";
import { type LoadedJob, type StoredJob, StoreError } from "./store.ts";

/** A row of the table of jobs, as it is loaded. */
export interface JobRow {
  number: number;
  priority: 0 | 1 | 2;
  due: number;
  attempts: number;
  /** Lengths of the bytes of its function, unique, reducer and payload. */
  f: number;
  u: number;
  r: number;
  length: number;
  /** Those bytes one after the other, perhaps without the payload. */
  bytes: Uint8Array | null;
}

/** So many rows at a time are written by one statement: it takes half the time of one each. */
const AT_ONCE = 8;
const COLUMNS = "number, function, priority, due, attempts, unique_key, reducer";
const ADD = `INSERT INTO job (${COLUMNS}, payload) VALUES`;
const ROW = "(?, ?, ?, ?, ?, ?, ?, ?)";
const PAGE = `ifnull(length(payload), 0) AS length FROM job WHERE number > ?
  ORDER BY number LIMIT ?`;
const LENGTHS = `ifnull(length(function), 0) AS f, ifnull(length(unique_key), 0) AS u,
  ifnull(length(reducer), 0) AS r`;
const NAMES = "ifnull(function, x'') || ifnull(unique_key, x'') || ifnull(reducer, x'')";
// In one piece: Deno takes half the time for a row with one BLOB that it takes for one with three.
const LOADED = `SELECT number, priority, due, attempts, ${LENGTHS}, CAST(${NAMES}`;

/** All that is done with jobs and limits. */
export type Statements = ReturnType<typeof prepareStatements>;

/** Prepares them, once for the life of a connection. */
export function prepareStatements(database: DatabaseSync) {
  const prepare = (text: string): StatementSync => database.prepare(text);
  return {
    begin: prepare("BEGIN IMMEDIATE"),
    commit: prepare("COMMIT"),
    rollback: prepare("ROLLBACK"),
    add: prepare(`${ADD} ${ROW}`),
    addMany: prepare(`${ADD} ${Array(AT_ONCE).fill(ROW).join()}`),
    change: prepare("UPDATE job SET priority = ?, attempts = ? WHERE number = ?"),
    remove: prepare("DELETE FROM job WHERE number = ?"),
    removeMany: prepare(`DELETE FROM job WHERE number IN (${Array(AT_ONCE).fill("?").join()})`),
    payload: prepare("SELECT payload FROM job WHERE number = ?"),
    within: prepare(`SELECT count(*) AS whole FROM (
      SELECT sum(length) OVER (ORDER BY number) AS bytes FROM (SELECT number, ${PAGE})
    ) WHERE bytes <= ?`),
    load: prepare(`${LOADED} || ifnull(payload, x'') AS BLOB) AS bytes, ${PAGE}`),
    // Asked for its length only, SQLite does not read a payload that lies on pages of its own.
    loadWithout: prepare(`${LOADED} AS BLOB) AS bytes, ${PAGE}`),
    limit: prepare("INSERT OR REPLACE INTO max_queue VALUES (?, ?, ?, ?)"),
    unlimit: prepare("DELETE FROM max_queue WHERE function = ?"),
    next: prepare("UPDATE meta SET next_number = ?"),
    maxQueues: prepare("SELECT * FROM max_queue ORDER BY function"),
  };
}

/** Writes jobs that are new. */
export function addJobs({ add, addMany }: Statements, jobs: readonly StoredJob[]): void {
  const whole = jobs.length - jobs.length % AT_ONCE;
  const values: SQLInputValue[] = [];
  for (let index = 0; index < whole; index++) {
    pushRow(values, jobs[index]);
    if (index % AT_ONCE < AT_ONCE - 1) continue;
    addMany.run(...values);
    values.length = 0;
  }
  for (let index = whole; index < jobs.length; index++) {
    pushRow(values, jobs[index]);
    add.run(...values);
    values.length = 0;
  }
}

function pushRow(values: SQLInputValue[], job: StoredJob): void {
  const { number, func, priority, due, attempts, unique, reducer, payload } = job;
  values.push(number, orNull(func), priority, due, attempts);
  values.push(orNull(unique), orNull(reducer), orNull(payload));
}

function orNull(bytes: Uint8Array): Uint8Array | null {
  return bytes.length === 0 ? null : bytes;
}

/** Takes jobs out; those that are not there are left out. */
export function removeJobs(
  { remove, removeMany }: Statements,
  numbers: readonly number[],
): void {
  const whole = numbers.length - numbers.length % AT_ONCE;
  for (let index = 0; index < whole; index += AT_ONCE) {
    removeMany.run(...numbers.slice(index, index + AT_ONCE));
  }
  for (let index = whole; index < numbers.length; index++) remove.run(numbers[index]);
}

/**
 * The job in a row that was loaded with its payload.
 *
 * @throws {StoreError} when the row is damaged.
 */
export function wholeJob(row: JobRow): LoadedJob {
  checkRow(row, row.length);
  const payload = (row.bytes ?? EMPTY).subarray(row.f + row.u + row.r);
  return loadedJob(row, payload);
}

/**
 * The job in a row that was loaded without; an empty payload is there all the same.
 *
 * @throws {StoreError} when the row is damaged.
 */
export function jobWithoutPayload(row: JobRow): LoadedJob {
  checkRow(row, 0);
  return loadedJob(row, row.length === 0 ? EMPTY : null);
}

/** A file may be damaged where SQLite does not see it, or another program may have written to it. */
function checkRow(row: JobRow, payloadLength: number): void {
  const { number, priority, due, attempts, f, u, r, bytes } = row;
  const isWhole = (bytes?.length ?? 0) === f + u + r + payloadLength;
  const isSound = isWhole && (priority === 0 || priority === 1 || priority === 2) &&
    isCount(due) && isCount(attempts) && number > 0 && number < MOST_NUMBERS &&
    f <= MAX_FUNCTION_LENGTH && u <= MAX_UNIQUE_LENGTH && r <= MAX_UNIQUE_LENGTH;
  if (!isSound) throw new StoreError(`it is damaged (job ${number} cannot be read)`);
}

function loadedJob(row: JobRow, payload: Uint8Array | null): LoadedJob {
  const { number, priority, due, attempts, f, u, r, length: payloadLength } = row;
  const bytes = row.bytes ?? EMPTY;
  return {
    number,
    func: bytes.subarray(0, f),
    unique: u === 0 ? EMPTY : bytes.subarray(f, f + u),
    reducer: r === 0 ? EMPTY : bytes.subarray(f + u, f + u + r),
    payload,
    payloadLength,
    priority,
    due,
    attempts,
  };
}
