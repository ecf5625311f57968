import type { JobStore } from "../../store/store.ts";
import { defaultHandlePrefix } from "../../transport/host.ts";
import { OptionError } from "../options/option_error.ts";
import type { ProgramLog } from "./log.ts";
import type { ServeSettings } from "./settings.ts";

/**
 * Opens the store that the options name, if they name one.
 *
 * @throws {OptionError} when they contradict each other.
 * @throws {StoreError} when it cannot be opened.
 */
export async function openStore(
  settings: ServeSettings,
  log: ProgramLog,
): Promise<JobStore | undefined> {
  const path = databaseOf(settings);
  if (path === undefined) return undefined;
  // Only a server with a store needs SQLite.
  const { SqliteStore } = await import("../../store/sqlite_store.ts");
  const store = SqliteStore.open(path, {
    sync: settings.sync,
    handlePrefix: settings.jobHandlePrefix ?? defaultHandlePrefix(),
    onError: (error) => log.write("ERROR", error.message),
  });
  const { jobHandlePrefix: prefix } = settings;
  if (prefix !== undefined && !store.handleBase.startsWith(`${prefix}:`)) {
    log.write(
      "WARNING",
      `Handles begin with ${store.handleBase}, as those of the stored jobs do, not with ${prefix}`,
    );
  }
  return store;
}

function databaseOf(settings: ServeSettings): string | undefined {
  const { store, queueType, libsqlite3Db, sync } = settings;
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
  if (path === undefined && sync !== undefined) throw new OptionError("--sync needs --store");
  return path;
}
