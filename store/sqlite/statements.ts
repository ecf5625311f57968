import { EMPTY } from "../../protocol/buffer_pool.ts";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { MAX_FUNCTION_LENGTH, MAX_UNIQUE_LENGTH } from "../../protocol/mod.ts";
import { MOST_NUMBERS } from "../handle.ts";
import { isCount } from "../exchange/imported_job.ts";
import { bytesChecksum, functionChecksum, jobChecksum, namesChecksum } from "./checksum.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import type { LoadedJob, StoredJob } from "../store.ts";

/** A row of the table of jobs, as it is loaded. */
export interface JobRow {
  number: number;
  priority: 0 | 1 | 2;
  due: number;
  attempts: number;
  /** Null in a store of version 1. */
  checksum: number | null;
  payloadSum: number;
  /** Lengths of the bytes of its function, unique, reducer and payload. */
  f: number;
  u: number;
  r: number;
  length: number;
  /** Those bytes one after the other, perhaps without the payload. */
  bytes: Uint8Array | null;
}

/** A payload, and its sum. */
export interface PayloadRow {
  checksum: number | null;
  payloadSum: number;
  payload: Uint8Array | null;
}

/** So many rows at a time are written by one statement: it takes half the time of one each. */
const AT_ONCE = 8;
const COLUMNS = "number, checksum, function, priority, due, attempts, unique_key, reducer, " +
  "payload_checksum, payload";
const ADD = `INSERT INTO job (${COLUMNS}) VALUES`;
const ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const LENGTH = "ifnull(length(payload), 0) AS length";
const NEXT = "WHERE number > ? ORDER BY number LIMIT ?";
const PAGE = `${LENGTH} FROM job ${NEXT}`;
const SET_ASIDE = `INSERT OR REPLACE INTO damaged_job (found_at, ${COLUMNS})
  SELECT ?, ${COLUMNS} FROM job WHERE`;
/** No job has such a number. */
const STRANGE = `number < 1 OR number >= ${MOST_NUMBERS}`;
const LENGTHS = `ifnull(length(function), 0) AS f, ifnull(length(unique_key), 0) AS u,
  ifnull(length(reducer), 0) AS r`;
const NAMES = "ifnull(function, x'') || ifnull(unique_key, x'') || ifnull(reducer, x'')";
// In one piece: Deno takes half the time for a row with one BLOB that it takes for one with three.
const FIELDS = `number, priority, due, attempts, ${LENGTHS}`;
const SUMS = "checksum, payload_checksum AS payloadSum";
const NO_SUMS = "NULL AS checksum, 0 AS payloadSum";

/** Rows that no version of this program has written, whatever their sums. */
export const UNREADABLE_ROW = `
  typeof(function) NOT IN ('blob', 'null') OR ifnull(length(function), 0) > ${MAX_FUNCTION_LENGTH}
  OR typeof(unique_key) NOT IN ('blob', 'null') OR ifnull(length(unique_key), 0) > ${MAX_UNIQUE_LENGTH}
  OR typeof(reducer) NOT IN ('blob', 'null') OR ifnull(length(reducer), 0) > ${MAX_UNIQUE_LENGTH}
  OR instr(function, x'00') OR instr(unique_key, x'00') OR instr(reducer, x'00')
  OR typeof(payload) NOT IN ('blob', 'null')
  OR priority NOT IN (0, 1, 2) OR ${STRANGE}
  OR typeof(due) <> 'integer' OR due NOT BETWEEN 0 AND (1 << 53) - 1
  OR typeof(attempts) <> 'integer' OR attempts NOT BETWEEN 0 AND (1 << 53) - 1`;

/** Reads rows of a table with a format of jobs; those of version 1 have no sums. */
export function rowsOf(table: string, format: number) {
  const sums = format > 1 ? SUMS : NO_SUMS;
  const rows = (bytes: string) =>
    `SELECT ${FIELDS}, ${sums}, CAST(${bytes} AS BLOB) AS bytes, ${LENGTH} FROM ${table} ${NEXT}`;
  return {
    whole: rows(`${NAMES} || ifnull(payload, x'')`),
    // Asked for its length only, SQLite does not read a payload that lies on pages of its own.
    withoutPayload: rows(NAMES),
  };
}

/** All that is done with jobs and limits. */
export type Statements = ReturnType<typeof prepareStatements>;

/** Prepares them, once for the life of a connection; some are only for this version's format. */
export function prepareStatements(database: DatabaseSync, format: number = SCHEMA_VERSION) {
  const prepare = (text: string): StatementSync => database.prepare(text);
  const rows = rowsOf("job", format);
  return {
    ...(format > 1 ? writingStatements(prepare) : {} as ReturnType<typeof writingStatements>),
    begin: prepare("BEGIN IMMEDIATE"),
    commit: prepare("COMMIT"),
    rollback: prepare("ROLLBACK"),
    payload: prepare(
      `SELECT ${format > 1 ? SUMS : NO_SUMS}, payload FROM job WHERE number = ?`,
    ),
    within: prepare(`SELECT count(*) AS whole FROM (
      SELECT sum(length) OVER (ORDER BY number) AS bytes FROM (SELECT number, ${PAGE})
    ) WHERE bytes <= ?`),
    load: prepare(rows.whole),
    loadWithout: prepare(rows.withoutPayload),
    maxQueues: prepare("SELECT * FROM max_queue ORDER BY function"),
  };
}

function writingStatements(prepare: (text: string) => StatementSync) {
  return {
    add: prepare(`${ADD} ${ROW}`),
    addMany: prepare(`${ADD} ${Array(AT_ONCE).fill(ROW).join()}`),
    // The low 16 bits of the sum are of what changes here.
    change: prepare(`UPDATE job SET priority = ?, attempts = ?,
      checksum = (checksum >> 16 << 16) | ? WHERE number = ?`),
    remove: prepare("DELETE FROM job WHERE number = ?"),
    removeMany: prepare(`DELETE FROM job WHERE number IN (${Array(AT_ONCE).fill("?").join()})`),
    setAside: prepare(`${SET_ASIDE} number = ?`),
    isSetAside: prepare("SELECT 1 FROM damaged_job WHERE number = ?"),
    damaged: prepare("SELECT CAST(number AS TEXT) AS number FROM damaged_job ORDER BY number"),
    unreadable: prepare(`SELECT CAST(number AS TEXT) AS number FROM job WHERE ${UNREADABLE_ROW}`),
    limit: prepare("INSERT OR REPLACE INTO max_queue VALUES (?, ?, ?, ?)"),
    unlimit: prepare("DELETE FROM max_queue WHERE function = ?"),
    next: prepare("UPDATE meta SET next_number = ?, checksum = ?"),
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
  const payloadSum = bytesChecksum(payload);
  const names = namesChecksum(functionChecksum(func), unique, reducer);
  const sum = jobChecksum(job, names, payloadSum, payload.length);
  values.push(number, sum, orNull(func), priority, due, attempts);
  values.push(orNull(unique), orNull(reducer), payloadSum, orNull(payload));
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

/** The job in a row that was loaded with its payload; null if it is damaged. */
export function wholeJob(row: JobRow): LoadedJob | null {
  if (!isSound(row, row.length)) return null;
  const payload = row.length === 0 ? EMPTY : row.bytes!.subarray(row.f + row.u + row.r);
  const isWhole = row.checksum === null || bytesChecksum(payload) === row.payloadSum;
  return isWhole ? new RowJob(row, payload) : null;
}

/** The job in a row that was loaded without; an empty payload is there all the same. */
export function jobWithoutPayload(row: JobRow): LoadedJob | null {
  return isSound(row, 0) ? new RowJob(row, row.length === 0 ? EMPTY : null) : null;
}

/** A file may be damaged where SQLite does not see it, or another program may have written to it. */
function isSound(row: JobRow, payloadLength: number): boolean {
  const { number, priority, due, attempts, f, u, r, checksum } = row;
  const bytes = row.bytes ?? EMPTY;
  const names = f + u + r;
  const isJob = bytes.length === names + payloadLength &&
    (priority === 0 || priority === 1 || priority === 2) &&
    isCount(due) && isCount(attempts) && number > 0 && number < MOST_NUMBERS &&
    f <= MAX_FUNCTION_LENGTH && u <= MAX_UNIQUE_LENGTH && r <= MAX_UNIQUE_LENGTH;
  return isJob && (checksum === null || checksum === rowChecksum(row, bytes));
}

function rowChecksum(row: JobRow, bytes: Uint8Array): number {
  const { f, u, r, payloadSum, length } = row;
  const unique = u === 0 ? EMPTY : bytes.subarray(f, f + u);
  const reducer = r === 0 ? EMPTY : bytes.subarray(f + u, f + u + r);
  const names = namesChecksum(bytesChecksum(bytes.subarray(0, f)), unique, reducer);
  return jobChecksum(row, names, payloadSum, length);
}

/**
 * Not an object literal: V8 sees that those live until their page is taken in, and from then on makes
 * them where only a full collection looks, with all bytes that they refer to. A start took 100 MB more.
 */
class RowJob implements LoadedJob {
  readonly number: number;
  readonly func: Uint8Array;
  readonly unique: Uint8Array;
  readonly reducer: Uint8Array;
  readonly payload: Uint8Array | null;
  readonly payloadLength: number;
  readonly priority: 0 | 1 | 2;
  readonly due: number;
  readonly attempts: number;

  constructor(row: JobRow, payload: Uint8Array | null) {
    const { f, u, r } = row;
    const bytes = row.bytes ?? EMPTY;
    this.number = row.number;
    this.func = bytes.subarray(0, f);
    this.unique = u === 0 ? EMPTY : bytes.subarray(f, f + u);
    this.reducer = r === 0 ? EMPTY : bytes.subarray(f + u, f + u + r);
    this.payload = payload;
    this.payloadLength = row.length;
    this.priority = row.priority;
    this.due = row.due;
    this.attempts = row.attempts;
  }
}
