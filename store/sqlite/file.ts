import { closeSync, existsSync, lstatSync, openSync, statSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { FILE_MODE, makeLike } from "../file_itself.ts";
import { StoreError } from "../store.ts";

/** What SQLite says when the system refuses it a file. That a file is locked is not among it. */
const REFUSED = /unable to open|readonly|disk I\/O error/;

/**
 * Makes the file of a database if there is none: SQLite would let others read it, and tells less
 * about why there can be none.
 *
 * @returns whether the file is empty.
 * @throws {StoreError} or what the system says, when there is no file then.
 */
export function makeFile(path: string, mustExist: boolean): boolean {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isDirectory()) throw new StoreError("it is a folder");
  // Opening a file that is there and closing it would give up the locks that this process has on it,
  // and to ask whether it may be opened needs other rights on Deno, which answers by the mode alone.
  if (file !== undefined) return file.size === 0;
  if (mustExist) throw new StoreError("there is no such file");
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
    throw new StoreError("it is a link to a file that there is not");
  }
  if (statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new StoreError(`there is no folder ${dirname(path)}`);
  }
  closeSync(openSync(path, "wx", FILE_MODE));
  return true;
}

/**
 * What the system says of the files of a database that SQLite could not open, once it has let go of
 * them: SQLite itself does not tell a file that may not be written to from a disk that is broken.
 *
 * @param path of the file itself, not of a link to it.
 * @param error what SQLite said.
 * @returns that error if the files can be opened.
 */
export function causeOfFailure(path: string, error: unknown): unknown {
  if (error instanceof StoreError || !REFUSED.test((error as Error).message)) return error;
  try {
    closeSync(openSync(path, "r+"));
    tryLog(path);
    return error;
  } catch (cause) {
    return cause;
  }
}

/** A name that begins with this one and that no file has. */
export function freeName(path: string): string {
  for (let count = 1;; count++) {
    const name = count === 1 ? path : `${path}-${count}`;
    if (lstatSync(name, { throwIfNoEntry: false }) === undefined) return name;
  }
}

/** SQLite makes the log when it opens the database, and takes it away when it closes it. */
function tryLog(database: string): void {
  const path = `${database}-wal`;
  const isThere = existsSync(path);
  closeSync(isThere ? openSync(path, "r+") : makeLike(path, database));
  if (!isThere) unlinkSync(path);
}
