import { OptionError } from "../../options/kinds.ts";
import { spellings } from "../options/option.ts";
import type { StorePlace } from "../options/kinds.ts";
import { SERVE_OPTIONS, type ServeSettings } from "./options.ts";

/** Settings that only a store of one kind understands. */
const ONLY_SQLITE = ["sync", "memoryLimit", "jobsInMemory"] as const;
const ONLY_POSTGRES = ["storePasswordFile", "storeTimeout", "noMigrate", "serverName"] as const;

/**
 * Where the options say in one way or another that jobs are kept; undefined if they do not.
 *
 * @throws {OptionError} when they contradict each other, or say what that store does not understand.
 */
export function storeOf(settings: ServeSettings): StorePlace | undefined {
  const place = placeOf(settings);
  if (place === undefined) {
    refuse(settings, [...ONLY_SQLITE, ...ONLY_POSTGRES], "needs --store");
  } else if ("file" in place) refuse(settings, ONLY_POSTGRES, "needs --store postgres://...");
  else refuse(settings, ONLY_SQLITE, "needs --store sqlite:FILE");
  return place;
}

function placeOf({ store, queueType, libsqlite3Db: file }: ServeSettings): StorePlace | undefined {
  if (queueType === "libsqlite3" && file === undefined) {
    throw new OptionError("--queue-type libsqlite3 needs --libsqlite3-db FILE");
  }
  if (file === undefined) return store;
  if (queueType !== "libsqlite3") {
    throw new OptionError("--libsqlite3-db needs --queue-type libsqlite3");
  }
  if (store === undefined || "file" in store && store.file === file) return { file };
  throw new OptionError("--store and --libsqlite3-db name different databases");
}

function refuse(
  settings: ServeSettings,
  names: readonly (keyof ServeSettings)[],
  needs: string,
): void {
  const given = names.find((name) => settings[name] !== undefined);
  if (given === undefined) return;
  const option = SERVE_OPTIONS.find(({ key }) => key === given)!;
  throw new OptionError(`${spellings(option)} ${needs}`);
}
