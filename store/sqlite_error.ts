import { StoreError } from "./store.ts";

/** What SQLite and the system say, and what an operator needs to hear. (Deno gives no codes.) */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/database( table)? is locked/, "another server or program has it open"],
  [/file is not a database/, "it is not an SQLite database"],
  [/malformed|no such table|no such column|unsupported file format/, "it is damaged"],
  [/constraint failed|too large to be represented/, "it is damaged"],
  [/disk is full|ENOSPC|EDQUOT/, "the disk is full"],
  [/readonly|read-only|EROFS/, "it cannot be written to"],
  [/EACCES|EPERM|permission denied|PermissionDenied/i, "permission denied"],
  [/disk I\/O error|EIO/, "the disk cannot be read or written"],
  [/string or blob too big/, "a job is too large"],
  [/ENOTDIR|ENOENT.*mkdir/, "there is no such folder"],
  [/EISDIR/, "it is a folder"],
  [/unable to open/, "it cannot be opened"],
];

/** What went wrong with a store, in one line. */
export function storeError(name: string, error: unknown): StoreError {
  if (error instanceof StoreError && error.message.startsWith(`${name}: `)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof StoreError ? message : causeOf(message);
  return new StoreError(`${name}: ${cause}`.replaceAll(/\s+/g, " "), { cause: error });
}

function causeOf(message: string): string {
  const known = CAUSES.find(([pattern]) => pattern.test(message));
  return known === undefined ? message : `${known[1]} (${message})`;
}
