import { closeSync, ftruncateSync, lstatSync, rmSync, writeSync } from "node:fs";
import { randomFillSync } from "node:crypto";
import { makeLike, openItself } from "../file_itself.ts";

const CHUNK = 1024 * 1024;

/** Room on a disk that is given up when there is no other: a file of bytes that mean nothing. */
export class FileReserve {
  /** How much room it takes, in bytes. */
  readonly size: number;
  readonly #database: string;
  readonly #path: string;
  /** Is all of it there? */
  isWhole = false;

  /**
   * The reserve is not there before {@linkcode make}.
   *
   * @param database its path.
   * @param size in bytes.
   */
  constructor(database: string, size: number) {
    this.#database = database;
    this.#path = `${database}-reserve`;
    this.size = size;
  }

  /**
   * Makes it, or throws what says that there is no room for it; then none of it is taken. One that a
   * killed process has left is taken over.
   */
  make(): void {
    const found = lstatSync(this.#path, { throwIfNoEntry: false });
    if (!found?.isFile() || found.size !== this.size) this.#write(found !== undefined);
    this.isWhole = true;
  }

  #write(isThere: boolean): void {
    const file = isThere ? openItself(this.#path) : makeLike(this.#path, this.#database);
    try {
      this.#writeTo(file);
    } finally {
      closeSync(file);
    }
  }

  #writeTo(file: number): void {
    try {
      ftruncateSync(file, 0);
      this.#fill(file);
    } catch (error) {
      ftruncateSync(file, 0);
      throw error;
    }
  }

  /** What can be compressed, or has no bytes at all, takes no room. */
  #fill(file: number): void {
    const bytes = randomFillSync(new Uint8Array(Math.min(CHUNK, this.size)));
    for (let left = this.size; left > 0;) {
      left -= writeSync(file, bytes, 0, Math.min(bytes.length, left));
    }
  }

  /** Leaves its room to others. The file stays: not every user may make another one there. */
  giveUp(): void {
    this.isWhole = false;
    if (lstatSync(this.#path, { throwIfNoEntry: false }) === undefined) return;
    const file = openItself(this.#path);
    try {
      ftruncateSync(file, 0);
    } finally {
      closeSync(file);
    }
  }

  /** Takes the file away, when nobody needs it any more. */
  remove(): void {
    this.giveUp();
    try {
      rmSync(this.#path, { force: true });
    } catch (error) {
      // An empty file stays in a folder that is somebody else's, as the log of SQLite does.
      if (!isCode(error, "EACCES", "EPERM")) throw error;
    }
  }
}

/** What of it is asked for; tests have their own. */
export type DiskReserve = Pick<FileReserve, keyof FileReserve>;

function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as { code?: string }).code ?? "");
}
