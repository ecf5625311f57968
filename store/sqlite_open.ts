import { realpathSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { causeOfFailure, makeFile } from "./sqlite_file.ts";
import { PathLock } from "./sqlite_lock.ts";
import { createTables, isEmpty, newHandleBase, prepareConnection } from "./sqlite_schema.ts";
import { StoreError } from "./store.ts";
import { LOG_HEADER_SIZE } from "./wal_format.ts";

/** What is asked of a database that is opened. */
export interface OpenOptions {
  /** What the handles of a new store begin with, before a colon and a random id. */
  readonly handlePrefix: string;
  /** All of what they begin with. */
  readonly handleBase?: string;
  /** Is a file that is not there, or empty, an error? */
  readonly mustExist: boolean;
}

/** A database that this process alone has. */
export interface OpenedDatabase {
  /** Of the file itself, not of a link to it: SQLite puts the log beside it. */
  readonly path: string;
  readonly database: DatabaseSync;
  readonly lock: PathLock;
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
  try {
    lock = new PathLock(`${path}-lock`);
    if (isNewFile) refuseLonelyLog(path);
    database = new DatabaseSync(path);
    prepareConnection(database, isNewFile);
    if (isEmpty(database)) {
      if (options.mustExist) throw new StoreError("it is empty");
      createTables(database, options.handleBase ?? newHandleBase(options.handlePrefix));
    }
    return { path, database, lock };
  } catch (error) {
    if (database?.isOpen) database.close();
    lock?.release();
    throw causeOfFailure(path, error);
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
