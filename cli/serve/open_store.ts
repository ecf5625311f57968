import { chownSync, existsSync, realpathSync } from "node:fs";
import type { JobStore } from "../../store/store.ts";
import { defaultHandlePrefix } from "../../transport/host.ts";
import type { ProgramLog } from "./log.ts";
import type { ServeSettings } from "./settings.ts";
import type { User } from "./user.ts";

/**
 * Opens the store that the options name, if they name one.
 *
 * @param user gets its files, if this process becomes his.
 * @throws {StoreError} when it cannot be opened.
 */
export async function openStore(
  settings: ServeSettings,
  log: ProgramLog,
  user: User | undefined,
): Promise<JobStore | undefined> {
  const { store: path } = settings;
  if (path === undefined) return undefined;
  // Only a server with a store needs SQLite.
  const { SqliteStore } = await import("../../store/sqlite_store.ts");
  const store = SqliteStore.open(path, {
    sync: settings.sync,
    handlePrefix: settings.jobHandlePrefix ?? defaultHandlePrefix(),
    onError: (error) => log.write("ERROR", error.message),
    onNotice: (message) => log.write("NOTICE", message),
  });
  if (user !== undefined) {
    const file = realpathSync(path);
    const files = ["", "-wal", "-reserve", "-lock"].map((end) => file + end).filter((file) =>
      existsSync(file)
    );
    for (const file of files) chownSync(file, user.uid, user.gid);
  }
  const { jobHandlePrefix: prefix } = settings;
  if (prefix !== undefined && !store.handleBase.startsWith(`${prefix}:`)) {
    log.write(
      "WARNING",
      `Handles begin with ${store.handleBase}, as those of the stored jobs do, not with ${prefix}`,
    );
  }
  return store;
}
