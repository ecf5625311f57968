import { OptionError } from "../../options/kinds.ts";
import type { ServeSettings } from "./options.ts";

/**
 * The path of the database that the options name in one way or another, if they name one.
 *
 * @throws {OptionError} when they contradict each other.
 */
export function databaseOf(settings: ServeSettings): string | undefined {
  const { store, queueType, libsqlite3Db, sync, memoryLimit, jobsInMemory } = settings;
  if (queueType === "libsqlite3" && libsqlite3Db === undefined) {
    throw new OptionError("--queue-type libsqlite3 needs --libsqlite3-db FILE");
  }
  if (libsqlite3Db !== undefined && queueType !== "libsqlite3") {
    throw new OptionError("--libsqlite3-db needs --queue-type libsqlite3");
  }
  if (store !== undefined && libsqlite3Db !== undefined && store !== libsqlite3Db) {
    throw new OptionError("--store and --libsqlite3-db name different databases");
  }
  const path = store ?? libsqlite3Db;
  if (path !== undefined) return path;
  if (sync !== undefined) throw new OptionError("--sync needs --store");
  if (memoryLimit !== undefined) throw new OptionError("--memory-limit needs --store");
  if (jobsInMemory !== undefined) throw new OptionError("--jobs-in-memory needs --store");
  return undefined;
}
