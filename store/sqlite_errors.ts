import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { StoreError } from "./store.ts";

/** What SQLite's messages mean to an operator. (Deno gives no codes.) */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/database( table)? is locked/, "it is in use by another server or program"],
  [/readonly database|access permission denied|EROFS/, "it cannot be written to"],
  [/EACCES|EPERM|PermissionDenied|Permission denied/, "there is no permission to open it"],
  [/disk image is malformed|malformed database/, "it is corrupt"],
  [/(database or )?disk is full|ENOSPC|EDQUOT/, "the disk is full"],
  [/disk I\/O error|EIO/, "the disk cannot be read or written"],
  [/file is not a database/, "it is no SQLite database"],
  [/string or blob too big/, "a job is too large"],
  [/unable to open database file|ENOENT|EISDIR|ENOTDIR/, "it cannot be opened"],
];

/** The same error as one that names store and cause. */
export function storeError(error: unknown, name: string, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const what = (error as Error).message.replace(/\s+/g, " ");
  const [, cause] = CAUSES.find(([pattern]) => pattern.test(what)) ?? [];
  if (cause === undefined) return new StoreError(`${name}: ${what}`);
  const folder = dirname(path);
  const why = existsSync(folder) ? cause : `there is no folder ${folder}`;
  return new StoreError(`${name}: ${why} (${what})`);
}
