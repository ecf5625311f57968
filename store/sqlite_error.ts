import { StoreError } from "./store.ts";

/** What SQLite says, and what an operator needs to hear. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/database is locked/, "another process has it open"],
  [/file is not a database/, "it is not an SQLite database"],
  [/malformed|no such table|no such column/, "it is damaged"],
  [/disk is full/, "the disk is full"],
  [/readonly|read-only|EROFS/, "it cannot be written to"],
  [/EACCES|EPERM|permission denied/i, "permission denied"],
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
