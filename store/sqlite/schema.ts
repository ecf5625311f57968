import { randomInt } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { BOOT_ID_LENGTH, isOldHandleBase } from "../../protocol/handles.ts";
import { checkedHandleBase, MOST_NUMBERS } from "../handle.ts";
import { metaChecksum } from "./checksum.ts";
import { StoreError } from "../store.ts";

/** `gtqu`: tells our files from those of other programs; `file` shows it as well. */
const APPLICATION_ID = 0x67747175;
/** Of the tables below. A version that changes them counts up, and takes over what is older. */
export const SCHEMA_VERSION = 4;

/** SQLite cuts a log that has become longer to this size, in bytes, when it begins again. */
export const LOG_SIZE_LIMIT = 24 * 1024 * 1024;

const GEARMAND_TABLE = "gearman_queue";

/**
 * Names are stored with each job: there is nothing to look up, and nothing is left of a function
 * that has no jobs. They are BLOBs because a TEXT with a NUL byte is cut there when it is read. What
 * is empty is NULL: some SQLite bindings make NULL of empty bytes anyway. All else comes before the
 * payload: SQLite would have to read all of that to find what is behind it. `attempts` are the workers
 * that have lost a job; its state is 1 if it is dead. A damaged job moves to `damaged_job`, as it is.
 */
const JOB_TABLES = `
  CREATE TABLE meta (
    handle_base TEXT NOT NULL,
    next_number INTEGER NOT NULL,
    checksum INTEGER NOT NULL
  );
  CREATE TABLE job (
    number INTEGER PRIMARY KEY,
    checksum INTEGER NOT NULL,
    function BLOB,
    priority INTEGER NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    state INTEGER NOT NULL DEFAULT 0,
    error BLOB,
    runs BLOB,
    unique_key BLOB,
    reducer BLOB,
    payload_checksum INTEGER NOT NULL,
    payload BLOB
  );
  CREATE TABLE damaged_job (
    number INTEGER PRIMARY KEY,
    found_at INTEGER NOT NULL,
    checksum, function, priority, due, attempts, failures, state, error, runs, unique_key, reducer,
    payload_checksum, payload
  );
`;
/** Neither kind nor key is NULL; an empty value may be. */
const RECORD_TABLE = `
  CREATE TABLE records (
    kind TEXT NOT NULL,
    key BLOB NOT NULL,
    value BLOB,
    PRIMARY KEY (kind, key)
  ) WITHOUT ROWID;
`;
const TABLES = `${JOB_TABLES}${RECORD_TABLE}
  CREATE TABLE max_queue (
    function BLOB NOT NULL PRIMARY KEY,
    high INTEGER NOT NULL,
    normal INTEGER NOT NULL,
    low INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

/** What is told to a connection before all else: it alone may use the file, now and later. */
export function prepareConnection(database: DatabaseSync, isNewFile: boolean): void {
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  // Whose file another one is must be known before anything is changed in it.
  if (isNewFile) {
    // Pages of 8 KiB: 1.4 times the jobs a second that pages of 4 KiB take.
    database.exec("PRAGMA page_size = 8192");
    // Deno lets no database be attached, so VACUUM, which does that, cannot shrink a file there.
    database.exec("PRAGMA auto_vacuum = INCREMENTAL");
  }
  // Whoever holds the file makes this fail, whatever that one is doing.
  database.exec("BEGIN EXCLUSIVE; COMMIT");
  if (!isEmpty(database)) checkOwner(database);
  // On macOS a sync ends at the cache of the disk without them; elsewhere they change nothing.
  database.exec("PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON");
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  // What the log has room for must find room in the database when the reserve is given up.
  database.exec("PRAGMA wal_autocheckpoint = 2000");
  database.exec(`PRAGMA journal_size_limit = ${LOG_SIZE_LIMIT}`);
  database.exec("PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY");
}

/** Does the file have no table yet? */
export function isEmpty(database: DatabaseSync): boolean {
  const { tables } = database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as {
    tables: number;
  };
  return tables === 0 && numberOf(database, "application_id") === 0;
}

/** Makes the tables in a new file. */
export function createTables(database: DatabaseSync, handleBase: string): void {
  checkedHandleBase(handleBase);
  database.exec(`BEGIN IMMEDIATE; PRAGMA application_id = ${APPLICATION_ID}`);
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; ${TABLES}`);
  insertMeta(database, handleBase, 1);
  database.exec("COMMIT");
}

/** What version 3 did not have. */
const SINCE_VERSION_3 = `
  ALTER TABLE job ADD COLUMN runs BLOB;
  ALTER TABLE damaged_job ADD COLUMN runs;
  ${RECORD_TABLE}
`;

/** What version 2 did not have: in a file that it has made it stands behind the payload. */
const SINCE_VERSION_2 = `
  ALTER TABLE job ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE job ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE job ADD COLUMN error BLOB;
  ALTER TABLE damaged_job ADD COLUMN failures;
  ALTER TABLE damaged_job ADD COLUMN state;
  ALTER TABLE damaged_job ADD COLUMN error;
`;

/** Gives the tables of version 2 or 3 what they did not have. */
export function addColumns(database: DatabaseSync): void {
  if (formatOf(database) === 2) database.exec(SINCE_VERSION_2);
  database.exec(SINCE_VERSION_3);
}

/** Makes those tables that version 1 had others of, or none; they must have other names by then. */
export function createJobTables(database: DatabaseSync): void {
  database.exec(JOB_TABLES + RECORD_TABLE);
}

/** Says what the store is. */
export function insertMeta(database: DatabaseSync, handleBase: string, nextNumber: number): void {
  database.prepare("INSERT INTO meta VALUES (?, ?, ?)")
    .run(handleBase, nextNumber, metaChecksum(handleBase, nextNumber));
}

/** What a database says of itself. */
export interface Meta {
  readonly handleBase: string;
  /** The number that it says no job had, without regard to the jobs in it. */
  readonly storedNumber: number;
  /** The largest number of a job in it; 0 if there is none. Rows with numbers of no job fail to load. */
  readonly lastNumber: number;
}

/** @throws {StoreError} when it is damaged. */
export function readMeta(database: DatabaseSync): Meta {
  const hasSum = formatOf(database) > 1;
  const row = database.prepare(`
    SELECT handle_base AS handleBase, next_number AS storedNumber, ${
    hasSum ? "checksum" : "0 AS checksum"
  }, (SELECT ifnull(max(number), 0) FROM job WHERE number < ${MOST_NUMBERS}) AS lastNumber
    FROM meta`).get();
  if (row === undefined) throw new StoreError("it is damaged (meta is empty)");
  const meta = row as unknown as Meta & { checksum: number };
  const { handleBase, storedNumber, checksum } = meta;
  if (hasSum && checksum !== metaChecksum(handleBase, storedNumber)) {
    throw new StoreError("it is damaged (what meta says has another checksum)");
  }
  checkedHandleBase(handleBase);
  return meta;
}

/**
 * Writes once with a sync, whatever follows: it shows that the file can be written to, and puts the
 * name of the log, which is a new file, on the disk.
 */
export function tryWriting(database: DatabaseSync): void {
  // A row that stays as it is would not be written.
  database.exec(`PRAGMA user_version = ${formatOf(database)}`);
}

/** The version that has written the tables. */
export function formatOf(database: DatabaseSync): number {
  return numberOf(database, "user_version");
}

/** A base for handles that no other store has. */
export function newHandleBase(prefix: string): string {
  const id = randomInt(10 ** BOOT_ID_LENGTH);
  return `${prefix}:${String(id).padStart(BOOT_ID_LENGTH, "0")}`;
}

/**
 * Handles of a store that had the first form get the present one as soon as it has no jobs: those that
 * it has keep theirs.
 */
export function renewHandleBase(database: DatabaseSync, prefix: string): void {
  const { handleBase, storedNumber, lastNumber } = readMeta(database);
  if (lastNumber > 0 || !isOldHandleBase(handleBase)) return;
  const base = checkedHandleBase(newHandleBase(prefix));
  database.prepare("UPDATE meta SET handle_base = ?, checksum = ?")
    .run(base, metaChecksum(base, storedNumber));
}

function checkOwner(database: DatabaseSync): void {
  if (numberOf(database, "application_id") !== APPLICATION_ID) {
    const other = hasTable(database, GEARMAND_TABLE)
      ? "gearmand; geartrain import puts its jobs into a store"
      : "another program";
    throw new StoreError(`it is a database of ${other}`);
  }
  const version = formatOf(database);
  if (version > SCHEMA_VERSION) {
    throw new StoreError(
      `a newer version of geartrain has written it (format ${version}, this one knows ${SCHEMA_VERSION})`,
    );
  }
}

function hasTable(database: DatabaseSync, name: string): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?").get(name) !== undefined;
}

function numberOf(database: DatabaseSync, pragma: string): number {
  const row = database.prepare(`PRAGMA ${pragma}`).get() as Record<string, number>;
  return row[pragma];
}
