import { StoreError, StoreFullError } from "../store.ts";

/**
 * What SQLite and the system say, and what an operator needs to hear. Deno has the words of the system
 * where Node and Bun have its codes, and knows no code of some of them.
 */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/database( table)? is locked/, "another server or program has it open"],
  [/file is not a database/, "it is not an SQLite database"],
  [/malformed|no such table|no such column|unsupported file format/, "it is damaged"],
  [/constraint failed|too large to be represented/, "it is damaged"],
  [/disk is full|ENOSPC|EDQUOT|no space left|quota exceeded/i, "the disk is full"],
  [/readonly|read-only|EROFS/i, "it cannot be written to"],
  [/EACCES|EPERM|permission denied|PermissionDenied/i, "permission denied"],
  [/disk I\/O error|EIO|input\/output error/i, "the disk cannot be read or written"],
  [/string or blob too big/, "a job is too large"],
  [/ENOTDIR|not a directory|ENOENT.*mkdir/i, "there is no such folder"],
  [/EISDIR|is a directory/i, "it is a folder"],
  [/unable to open/, "it cannot be opened"],
];

/** Less of it may be written. */
const FULL = /disk is full|ENOSPC|EDQUOT|no space left|quota exceeded|string or blob too big/i;
/** A quota, or a largest size of files, is an I/O error to SQLite. */
const SHORT_OF_ROOM = /disk is full|ENOSPC|EDQUOT|no space left|quota exceeded|disk I\/O error/i;

/**
 * What went wrong with a store, in one line.
 *
 * @param isShort is it known that there is not much room? Then it is the cause of other errors too.
 */
export function storeError(name: string, error: unknown, isShort = false): StoreError {
  if (error instanceof StoreError && error.message.startsWith(`${name}: `)) return error;
  const message = textOf(error);
  const cause = error instanceof StoreError ? message : causeOf(message);
  const isFull = FULL.test(message) || isShort && SHORT_OF_ROOM.test(message);
  const Kind = isFull ? StoreFullError : StoreError;
  return new Kind(`${name}: ${cause}`.replaceAll(/\s+/g, " "), { cause: error });
}

/** May an error be gone when there is more room on the disk? */
export function isShortOfRoom(error: unknown): boolean {
  return SHORT_OF_ROOM.test(textOf(error));
}

/** Is a number in a row none that a program can have? */
export function isTooLarge(error: unknown): boolean {
  return /too large to be represented/.test(textOf(error));
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function causeOf(message: string): string {
  const known = CAUSES.find(([pattern]) => pattern.test(message));
  return known === undefined ? message : `${known[1]} (${message})`;
}
