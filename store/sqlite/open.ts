import { closeSync, constants, lstatSync, realpathSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { copyTo, makeLike, openItself } from "../file_itself.ts";
import { causeOfFailure, freeName, makeFile } from "./file.ts";
import { PathLock } from "./lock.ts";
import {
  createTables,
  formatOf,
  isEmpty,
  newHandleBase,
  prepareConnection,
  SCHEMA_VERSION,
} from "./schema.ts";
import { copyBefore, upgrade } from "./upgrade.ts";
import { StoreError } from "../store.ts";
import { damageOfLog, LOG_HEADER_SIZE } from "./wal_format.ts";

/** What SQLite says when somebody else has the database. */
const IS_LOCKED = /locked/;

/** What is asked of a database that is opened. */
export interface OpenOptions {
  /** What the handles of a new store begin with, before a colon and a random id. */
  readonly handlePrefix: string;
  /** All of what they begin with. */
  readonly handleBase?: string;
  /** Is a file that is not there, or empty, an error? */
  readonly mustExist: boolean;
  /** Does a file of an older version stay as it is? */
  readonly asItIs: boolean;
}

/** A database that this process alone has. */
export interface OpenedDatabase {
  /** Of the file itself, not of a link to it: SQLite puts the log beside it. */
  readonly path: string;
  readonly database: DatabaseSync;
  readonly lock: PathLock;
  /** The version of its tables. */
  readonly format: number;
  /** A sentence for each thing that is damaged. */
  readonly warnings: readonly string[];
  /** What was done to it. */
  readonly notices: readonly string[];
}

/**
 * Opens the database of a store, and makes it if there is none.
 *
 * @throws {StoreError} or what SQLite or the system says, when it cannot be used.
 */
export function openDatabase(given: string, options: OpenOptions): OpenedDatabase {
  const isNewFile = makeFile(given, options.mustExist);
  const path = realpathSync(given);
  let lock: PathLock | undefined;
  let database: DatabaseSync | undefined;
  let isLogMade = false;
  try {
    lock = new PathLock(path);
    if (isNewFile) refuseLonelyLog(path);
    const warnings = keepDamagedLog(`${path}-wal`);
    const notices: string[] = [];
    isLogMade = makeLog(path);
    database = new DatabaseSync(path);
    prepareConnection(database, isNewFile);
    if (isEmpty(database)) {
      if (options.mustExist) throw new StoreError("it is empty");
      createTables(database, options.handleBase ?? newHandleBase(options.handlePrefix));
    }
    const version = formatOf(database);
    if (version < SCHEMA_VERSION && !options.asItIs) {
      copyBefore(path, database, version);
      makeLog(path);
      database = new DatabaseSync(path);
      prepareConnection(database, false);
      const damaged = upgrade(database);
      notices.push(
        `it has format ${SCHEMA_VERSION} now; the file as it was is ${path}-v${version}`,
      );
      if (damaged > 0) warnings.push(`jobs that cannot be read and are set aside: ${damaged}`);
    }
    return { path, database, lock, format: formatOf(database), warnings, notices };
  } catch (error) {
    if (database?.isOpen) database.close();
    // Whoever has locked the database may have the log open by now.
    if (isLogMade && !IS_LOCKED.test((error as Error).message)) removeEmptyLog(path);
    lock?.release();
    throw causeOfFailure(path, error);
  }
}

/**
 * Makes the log of a database that has none, for the owner of that: SQLite makes one for whoever opens the
 * database, and gives it away later.
 */
function makeLog(path: string): boolean {
  const log = `${path}-wal`;
  if (lstatSync(log, { throwIfNoEntry: false }) !== undefined) return false;
  closeSync(makeLike(log, path));
  return true;
}

/** SQLite has taken it away already, if it was a database. */
function removeEmptyLog(path: string): void {
  const log = `${path}-wal`;
  if (lstatSync(log, { throwIfNoEntry: false })?.size === 0) rmSync(log);
}

/**
 * SQLite reads a log up to the first damage, without a word, and then overwrites what is behind it: a
 * copy of such a log stays beside it.
 */
function keepDamagedLog(log: string): string[] {
  // SQLite opens no other.
  if (lstatSync(log, { throwIfNoEntry: false })?.isFile() !== true) return [];
  const file = openItself(log, constants.O_RDONLY);
  try {
    const damage = damageOfLog(file);
    if (damage === null) return [];
    const copy = freeName(`${log}-damaged`);
    copyTo(file, copy);
    return [`its log is damaged: ${damage}; a copy of the log is in ${copy}`];
  } finally {
    closeSync(file);
  }
}

/** SQLite would take the log away that belongs to a database which somebody has taken away. */
function refuseLonelyLog(path: string): void {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (!log?.isFile() || log.size <= LOG_HEADER_SIZE) return;
  throw new StoreError(
    `there is a log of it, ${path}-wal, but nothing in the database: ` +
      "put that back, or take the log away",
  );
}
