import { accessSync, closeSync, constants, lstatSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { StoreError } from "./store.ts";

/** Only its owner may read what jobs carry. */
const FILE_MODE = 0o600;

/**
 * Makes the file of a database if there is none: SQLite would let others read it, and tells less
 * about why there can be none.
 *
 * @returns whether the file is empty.
 * @throws {StoreError} or what the system says, when there is no file then that can be written to.
 */
export function makeFile(path: string, mustExist: boolean): boolean {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isDirectory()) throw new StoreError("it is a folder");
  // Opening a file that is there and closing it would give up the locks that this process has on it.
  if (file !== undefined) {
    accessSync(path, constants.R_OK | constants.W_OK);
    // The log is made beside it.
    accessSync(dirname(path), constants.W_OK);
    return file.size === 0;
  }
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
