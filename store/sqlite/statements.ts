import { EMPTY } from "../../protocol/buffer_pool.ts";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { MAX_FUNCTION_LENGTH, MAX_UNIQUE_LENGTH } from "../../protocol/mod.ts";
import { MOST_NUMBERS } from "../handle.ts";
import { isCount } from "../exchange/imported_job.ts";
import {
  bytesChecksum,
  functionChecksum,
  jobChecksum,
  lastingPart,
  namesChecksum,
} from "./checksum.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import type { JobChange, LoadedJob, StoredJob, StoredJobState } from "../store.ts";

/** A row of the table of jobs, as it is loaded. */
export interface JobRow {
  number: number;
  priority: 0 | 1 | 2;
  due: number;
  attempts: number;
  failures: number;
  /** 1 if it is dead. */
  state: number;
  /** Null in a store of version 1. */
  checksum: number | null;
  payloadSum: number;
  /** Lengths of the bytes of its function, unique, reducer, error, runs and payload. */
  f: number;
  u: number;
  r: number;
  e: number;
  h: number;
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
/** What those columns leave out is empty for nearly all jobs. */
const ALL_COLUMNS = `${COLUMNS}, failures, state, error, runs`;
const ADD = `INSERT INTO job (${COLUMNS}) VALUES`;
const ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const LENGTH = "ifnull(length(payload), 0) AS length";
const NEXT = "WHERE number > ? ORDER BY number LIMIT ?";
const PAGE = `${LENGTH} FROM job ${NEXT}`;
const SET_ASIDE = `INSERT OR REPLACE INTO damaged_job (found_at, ${ALL_COLUMNS})
  SELECT ?, ${ALL_COLUMNS} FROM job WHERE`;
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
export const unreadableRow = (format: number): string => `
  typeof(function) NOT IN ('blob', 'null') OR ifnull(length(function), 0) > ${MAX_FUNCTION_LENGTH}
  OR typeof(unique_key) NOT IN ('blob', 'null') OR ifnull(length(unique_key), 0) > ${MAX_UNIQUE_LENGTH}
  OR typeof(reducer) NOT IN ('blob', 'null') OR ifnull(length(reducer), 0) > ${MAX_UNIQUE_LENGTH}
  OR instr(function, x'00') OR instr(unique_key, x'00') OR instr(reducer, x'00')
  OR typeof(payload) NOT IN ('blob', 'null')
  OR priority NOT IN (0, 1, 2) OR ${STRANGE}
  OR typeof(due) <> 'integer' OR due NOT BETWEEN 0 AND (1 << 53) - 1
  OR typeof(attempts) <> 'integer' OR attempts NOT BETWEEN 0 AND (1 << 53) - 1 ${
  format < 3 ? "" : `
  OR typeof(failures) <> 'integer' OR failures NOT BETWEEN 0 AND (1 << 53) - 1
  OR state NOT IN (0, 1) OR typeof(error) NOT IN ('blob', 'null')`
} ${format < 4 ? "" : "OR typeof(runs) NOT IN ('blob', 'null')"}`;

/** Reads rows of a table with a format of jobs; those of version 1 have no sums. */
export function rowsOf(table: string, format: number) {
  const sums = format > 1 ? SUMS : NO_SUMS;
  const [failed, error] = format > 2
    ? ["failures, state, ifnull(length(error), 0) AS e", "|| ifnull(error, x'')"]
    : ["0 AS failures, 0 AS state, 0 AS e", ""];
  const [length, runs] = format > 3
    ? ["ifnull(length(runs), 0) AS h", "|| ifnull(runs, x'')"]
    : ["0 AS h", ""];
  const rows = (payload: string) =>
    `SELECT ${FIELDS}, ${failed}, ${length}, ${sums},
    CAST(${NAMES} ${error} ${runs} ${payload} AS BLOB) AS bytes,
    ${LENGTH} FROM ${table} ${NEXT}`;
  return {
    whole: rows("|| ifnull(payload, x'')"),
    // Asked for its length only, SQLite does not read a payload that lies on pages of its own.
    withoutPayload: rows(""),
  };
}

/** All that is done with jobs and limits. */
export type Statements = ReturnType<typeof prepareStatements>;

/** Prepares them, once for the life of a connection; some are only for this version's format. */
export function prepareStatements(database: DatabaseSync, format: number = SCHEMA_VERSION) {
  const prepare = (text: string): StatementSync => database.prepare(text);
  const rows = rowsOf("job", format);
  return {
    ...(format === SCHEMA_VERSION
      ? writingStatements(prepare)
      : {} as ReturnType<typeof writingStatements>),
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
    damaged: prepare(
      format > 1
        ? "SELECT CAST(number AS TEXT) AS number FROM damaged_job ORDER BY number"
        : "SELECT '' AS number WHERE 0",
    ),
    records: prepare(
      format > 3
        ? "SELECT kind, key, value FROM records ORDER BY kind, key"
        : "SELECT 0 AS kind, 0 AS key, 0 AS value WHERE 0",
    ),
  };
}

function writingStatements(prepare: (text: string) => StatementSync) {
  return {
    add: prepare(`${ADD} ${ROW}`),
    addMany: prepare(`${ADD} ${Array(AT_ONCE).fill(ROW).join()}`),
    addWhole: prepare(
      `INSERT INTO job (${ALL_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    change: prepare(`UPDATE job SET checksum = ?, priority = ?, due = ?, attempts = ?,
      failures = ?, state = ?, error = ?, runs = ? WHERE number = ?`),
    remove: prepare("DELETE FROM job WHERE number = ?"),
    removeMany: prepare(`DELETE FROM job WHERE number IN (${Array(AT_ONCE).fill("?").join()})`),
    setAside: prepare(`${SET_ASIDE} number = ?`),
    unreadable: prepare(
      `SELECT CAST(number AS TEXT) AS number FROM job WHERE ${unreadableRow(SCHEMA_VERSION)}`,
    ),
    limit: prepare("INSERT OR REPLACE INTO max_queue VALUES (?, ?, ?, ?)"),
    unlimit: prepare("DELETE FROM max_queue WHERE function = ?"),
    // Some SQLite bindings make NULL of empty bytes.
    record: prepare("INSERT OR REPLACE INTO records VALUES (?, ifnull(?, x''), ?)"),
    unrecord: prepare("DELETE FROM records WHERE kind = ? AND key = ifnull(?, x'')"),
    next: prepare("UPDATE meta SET next_number = ?, checksum = ?"),
  };
}

/** Writes jobs that are new. */
export function addJobs(statements: Statements, added: readonly StoredJob[]): void {
  const { add, addMany, addWhole } = statements;
  const jobs = added.every(isPlain) ? added : added.filter(isPlain);
  const values: SQLInputValue[] = [];
  for (const job of jobs === added ? [] : added) {
    if (isPlain(job)) continue;
    pushRow(values, job);
    const state = job.state === "dead" ? 1 : 0;
    addWhole.run(...values, job.failures, state, orNull(job.error), orNull(job.runs));
    values.length = 0;
  }
  const whole = jobs.length - jobs.length % AT_ONCE;
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

/** Has it never failed, as nearly all jobs have not? */
function isPlain({ failures, state, error, runs }: StoredJob): boolean {
  return failures === 0 && state === "waiting" && error.length === 0 && runs.length === 0;
}

function pushRow(values: SQLInputValue[], job: StoredJob): void {
  const { number, functionName, priority, due, losses, unique, reducer, payload } = job;
  const payloadSum = bytesChecksum(payload);
  const names = namesChecksum(functionChecksum(functionName), unique, reducer);
  const sum = jobChecksum(job, names, payloadSum, payload.length);
  values.push(number, sum, orNull(functionName), priority, due, losses);
  values.push(orNull(unique), orNull(reducer), payloadSum, orNull(payload));
}

/** Writes what has changed of a job that is there. One that is damaged elsewhere stays as it is. */
export function changeJob({ change, loadWithout }: Statements, to: JobChange): void {
  const row = loadWithout.get(to.number - 1, 1) as unknown as JobRow | undefined;
  if (row?.number !== to.number) return;
  const bytes = row.bytes ?? EMPTY;
  const { priority, losses, failures, error, runs } = to;
  const before = rowChecksum({ ...row, priority, attempts: losses }, bytes);
  if (lastingPart(before) !== lastingPart(row.checksum!)) return;
  const due = to.due ?? row.due;
  const sum = jobChecksum({ ...to, due }, rowNames(row, bytes), row.payloadSum, row.length);
  const state = to.state === "dead" ? 1 : 0;
  const said = [orNull(error), orNull(runs)] as const;
  change.run(sum, priority, due, losses, failures, state, ...said, to.number);
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
  const { f, u, r, e, h } = row;
  const payload = row.length === 0 ? EMPTY : row.bytes!.subarray(f + u + r + e + h);
  const isWhole = row.checksum === null || bytesChecksum(payload) === row.payloadSum;
  return isWhole ? new RowJob(row, payload) : null;
}

/** The job in a row that was loaded without; an empty payload is there all the same. */
export function jobWithoutPayload(row: JobRow): LoadedJob | null {
  return isSound(row, 0) ? new RowJob(row, row.length === 0 ? EMPTY : null) : null;
}

/** A file may be damaged where SQLite does not see it, or another program may have written to it. */
function isSound(row: JobRow, payloadLength: number): boolean {
  const { number, priority, due, attempts, failures, state, f, u, r, e, h, checksum } = row;
  const bytes = row.bytes ?? EMPTY;
  const isJob = bytes.length === f + u + r + e + h + payloadLength &&
    (priority === 0 || priority === 1 || priority === 2) && (state === 0 || state === 1) &&
    isCount(due) && isCount(attempts) && isCount(failures) && number > 0 &&
    number < MOST_NUMBERS &&
    f <= MAX_FUNCTION_LENGTH && u <= MAX_UNIQUE_LENGTH && r <= MAX_UNIQUE_LENGTH;
  return isJob && (checksum === null || checksum === rowChecksum(row, bytes));
}

function rowChecksum(row: JobRow, bytes: Uint8Array): number {
  const { number, due, priority, attempts: losses, failures, payloadSum, length } = row;
  const state = stateOf(row);
  const said = { error: errorIn(row, bytes), runs: runsIn(row, bytes) };
  const job = { number, due, priority, losses, failures, state, ...said };
  return jobChecksum(job, rowNames(row, bytes), payloadSum, length);
}

function rowNames({ f, u, r }: JobRow, bytes: Uint8Array): number {
  const unique = u === 0 ? EMPTY : bytes.subarray(f, f + u);
  const reducer = r === 0 ? EMPTY : bytes.subarray(f + u, f + u + r);
  return namesChecksum(bytesChecksum(bytes.subarray(0, f)), unique, reducer);
}

function stateOf({ state }: JobRow): StoredJobState {
  return state === 0 ? "waiting" : "dead";
}

function errorIn({ f, u, r, e }: JobRow, bytes: Uint8Array): Uint8Array {
  return e === 0 ? EMPTY : bytes.subarray(f + u + r, f + u + r + e);
}

function runsIn({ f, u, r, e, h }: JobRow, bytes: Uint8Array): Uint8Array {
  const start = f + u + r + e;
  return h === 0 ? EMPTY : bytes.subarray(start, start + h);
}

/**
 * Not an object literal: V8 sees that those live until their page is taken in, and from then on makes
 * them where only a full collection looks, with all bytes that they refer to. A start took 100 MB more.
 */
class RowJob implements LoadedJob {
  readonly number: number;
  readonly functionName: Uint8Array;
  readonly unique: Uint8Array;
  readonly reducer: Uint8Array;
  readonly payload: Uint8Array | null;
  readonly payloadLength: number;
  readonly priority: 0 | 1 | 2;
  readonly due: number;
  readonly losses: number;
  readonly failures: number;
  readonly state: StoredJobState;
  readonly error: Uint8Array;
  readonly runs: Uint8Array;

  constructor(row: JobRow, payload: Uint8Array | null) {
    const { f, u, r } = row;
    const bytes = row.bytes ?? EMPTY;
    this.number = row.number;
    this.functionName = bytes.subarray(0, f);
    this.unique = u === 0 ? EMPTY : bytes.subarray(f, f + u);
    this.reducer = r === 0 ? EMPTY : bytes.subarray(f + u, f + u + r);
    this.payload = payload;
    this.payloadLength = row.length;
    this.priority = row.priority;
    this.due = row.due;
    this.losses = row.attempts;
    this.failures = row.failures;
    this.state = stateOf(row);
    this.error = errorIn(row, bytes);
    this.runs = runsIn(row, bytes);
  }
}
