import { closeSync, lstatSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { makeLike } from "../file_itself.ts";
import { StoreError } from "../store.ts";

/**
 * Keeps a path for one process: a second server does not get it, even if the database was taken away
 * from beneath the first one and there is another file in its place. The lock of the database itself
 * belongs to the file, wherever that is.
 *
 * It is an empty database beside the other one, locked: the system ends the lock with the process.
 */
export class PathLock {
  readonly #path: string;
  readonly #database: DatabaseSync;

  /**
   * Takes it.
   *
   * @param database its path.
   * @throws what SQLite says when somebody else has it.
   */
  constructor(database: string) {
    const path = `${database}-lock`;
    this.#path = path;
    // To open one that is there, and close it, would end a lock that this process has on it.
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) closeSync(makeLike(path, database));
    else if (!found.isFile()) throw new StoreError(`${path} is not a file`);
    this.#database = new DatabaseSync(path);
    try {
      this.#database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY");
      this.#database.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Lets go of it. */
  release(): void {
    if (!this.#database.isOpen) return;
    this.#database.close();
    try {
      rmSync(this.#path, { force: true });
    } catch {
      // It stays in a folder that is somebody else's: an empty file that means nothing.
    }
  }
}
