import { closeSync, constants, existsSync, renameSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { copyTo, openItself } from "../file_itself.ts";
import {
  addColumns,
  createJobTables,
  formatOf,
  insertMeta,
  readMeta,
  SCHEMA_VERSION,
} from "./schema.ts";
import {
  addJobs,
  type JobRow,
  prepareStatements,
  rowsOf,
  unreadableRow,
  wholeJob,
} from "./statements.ts";
import { type StoredJob, StoreError } from "../store.ts";

/** Jobs are taken over so many at a time, */
const PAGE = 1000;
/** or fewer, if their payloads are longer than this together, in bytes. */
const PAGE_BYTES = 8 * 1024 * 1024;

/**
 * Closes a database and copies its file, before it is brought to a newer format. The copy is whole or
 * not there.
 *
 * @param version of its format now: the copy is named after it.
 * @throws {StoreError} or what the system says, when there is no copy then.
 */
export function copyBefore(path: string, database: DatabaseSync, version: number): void {
  // Closed, all of it is in one file, and opening that does not end the lock that SQLite has on it.
  database.close();
  if (existsSync(`${path}-wal`)) {
    throw new StoreError("its log could not be written to it, so that a copy would not be whole");
  }
  const copy = `${path}-v${version}`;
  const unfinished = `${copy}-unfinished`;
  rmSync(unfinished, { force: true });
  const file = openItself(path, constants.O_RDONLY);
  try {
    copyTo(file, unfinished);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, copy);
}

/**
 * Brings a database of an older version to this format, in one transaction.
 *
 * @returns how many damaged jobs were set aside.
 */
export function upgrade(database: DatabaseSync): number {
  const version = formatOf(database);
  database.exec("BEGIN IMMEDIATE");
  let damaged = 0;
  if (version === 1) damaged = addChecksums(database);
  else addColumns(database);
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
  return damaged;
}

/** Version 1 had none. Returns how many damaged jobs were set aside. */
function addChecksums(database: DatabaseSync): number {
  const { handleBase, storedNumber } = readMeta(database);
  database.exec("ALTER TABLE meta RENAME TO meta_1; ALTER TABLE job RENAME TO job_1");
  createJobTables(database);
  insertMeta(database, handleBase, storedNumber);
  const damaged = setDamagedAside(database);
  takeJobsOver(database);
  database.exec("DROP TABLE meta_1; DROP TABLE job_1");
  return damaged;
}

/** Rows that no program has written; returns how many. */
function setDamagedAside(database: DatabaseSync): number {
  const columns = "number, function, priority, due, attempts, unique_key, reducer, payload";
  const { changes } = database.prepare(`INSERT INTO damaged_job (found_at, ${columns})
    SELECT ?, ${columns} FROM job_1 WHERE ${unreadableRow(1)}`).run(Date.now());
  if (changes > 0) database.exec(`DELETE FROM job_1 WHERE ${unreadableRow(1)}`);
  return Number(changes);
}

function takeJobsOver(database: DatabaseSync): void {
  const statements = prepareStatements(database);
  const page = database.prepare(rowsOf("job_1", 1).whole);
  const within = database.prepare(`SELECT count(*) AS rows FROM (
    SELECT sum(ifnull(length(payload), 0)) OVER (ORDER BY number) AS bytes
    FROM (SELECT number, payload FROM job_1 ORDER BY number LIMIT ${PAGE})
  ) WHERE bytes <= ${PAGE_BYTES}`);
  // Pages that are free now are used again: the file does not have all jobs twice.
  const remove = database.prepare("DELETE FROM job_1 WHERE number <= ?");
  for (;;) {
    const { rows } = within.get() as { rows: number };
    const found = page.all(0, Math.max(1, rows)) as unknown as JobRow[];
    if (found.length === 0) return;
    addJobs(statements, found.map(taken));
    remove.run(found[found.length - 1].number);
  }
}

function taken(row: JobRow): StoredJob {
  const job = wholeJob(row);
  if (job === null) throw new StoreError(`it is damaged (job ${row.number} cannot be read)`);
  return { ...job, payload: job.payload! };
}
