import { lstatSync } from "node:fs";
import type { ServerOptions } from "../../mod.ts";
import { loadOnDemand } from "../../on_demand.ts";
import type * as Postgres from "../../store/postgres/mod.ts";
import type { SharedQueue } from "../../store/shared_queue.ts";
import type { SqliteStore } from "../../store/sqlite/store.ts";
import type { StoreError } from "../../store/store.ts";
import { defaultHandlePrefix } from "../../transport/machine.ts";
import { passwordIn } from "../options/store_password.ts";
import type { ProgramLog } from "./log.ts";
import { giveFile } from "./open_file.ts";
import { asUser, pathOutOfReach, type User } from "./user.ts";
import type { ServeSettings } from "./options.ts";

/** The ends of the names of the files that a store has beside its database. */
const FILES = ["-wal", "-reserve", "-lock"];
/** The mode in which the store makes its files: only the owner may read what jobs carry. */
const FILE_MODE = 0o600;

/** What a server keeps its jobs in: its own store, or a queue that it shares with others. */
export type OpenedStore = Pick<ServerOptions, "store" | "sharedQueue">;

/**
 * Opens the store that the options name, if they name one.
 *
 * @param user who is to own the files, if this process becomes that user.
 * @throws {StoreError} when it cannot be opened.
 * @throws {OptionError} when there is no password in the file that is to have one.
 */
export async function openStore(
  settings: ServeSettings,
  log: ProgramLog,
  user: User | undefined,
): Promise<OpenedStore> {
  const { store: place } = settings;
  if (place === undefined) return {};
  return "file" in place
    ? { store: await openFile(place.file, settings, log, user) }
    : { sharedQueue: await queueAt(place.url, settings, user) };
}

async function queueAt(
  url: string,
  { storePasswordFile, noMigrate = false }: ServeSettings,
  user: User | undefined,
): Promise<SharedQueue> {
  const password = asUser(user, () => passwordIn(storePasswordFile));
  // Only a server that shares its jobs needs the library for it.
  const { PostgresQueue } = await loadOnDemand<typeof Postgres>("store/postgres/mod");
  return new PostgresQueue({ url, password, migrates: !noMigrate });
}

async function openFile(
  path: string,
  settings: ServeSettings,
  log: ProgramLog,
  user: User | undefined,
): Promise<SqliteStore> {
  // Only a server with such a store needs SQLite.
  const { SqliteStore } = await import("../../store/sqlite/store.ts");
  const options = {
    sync: settings.sync,
    handlePrefix: settings.jobHandlePrefix ?? defaultHandlePrefix(),
    onError: (error: StoreError) => log.write("ERROR", error.message),
    onNotice: (message: string) => log.write("NOTICE", message),
  };
  const found = user === undefined ? null : pathOutOfReach(path, user);
  if (found !== null) {
    // SQLite needs a journal to make a database, which it could not take away as that user.
    giveFile(found, FILE_MODE, user!);
    if (isNew(found)) SqliteStore.open(found, { ...options, reserve: 0 }).close();
    for (const end of FILES) giveFile(found + end, FILE_MODE, user!);
  }
  const store = asUser(user, () => SqliteStore.open(path, options));
  const { jobHandlePrefix: prefix } = settings;
  if (prefix !== undefined && !store.handleBase.startsWith(`${prefix}:`)) {
    log.write(
      "WARNING",
      `Handles begin with ${store.handleBase}, as those of the stored jobs do, not with ${prefix}`,
    );
  }
  return store;
}

function isNew(path: string): boolean {
  return (lstatSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
}
