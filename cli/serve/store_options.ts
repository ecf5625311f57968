import type { SyncTime } from "../../store/sqlite_sync.ts";
import { OptionError } from "../options/option_error.ts";

/** Longest time between two syncs, in milliseconds. */
const LONGEST_SYNC = 60_000;

/** The file of `sqlite:FILE`. */
export function storePlace(text: string): string {
  const [, kind, path] = /^([a-z0-9]+):(.*)$/s.exec(text) ?? [];
  if (kind === undefined || path === "") {
    throw new OptionError(`${JSON.stringify(text)} is no store such as sqlite:FILE`);
  }
  if (kind !== "sqlite") {
    throw new OptionError(`the kind of store ${JSON.stringify(kind)} is not known, only "sqlite"`);
  }
  return path;
}

/** `always`, `off`, or a time such as `10ms`. */
export function syncTime(text: string): SyncTime {
  const word = text.toLowerCase();
  if (word === "always" || word === "off") return word;
  const [, digits] = /^(\d+)\s*(?:ms)?$/.exec(word) ?? [];
  const time = Number(digits);
  if (digits !== undefined && time >= 1 && time <= LONGEST_SYNC) return time;
  throw new OptionError(
    `${JSON.stringify(text)} is neither "always", "off" nor a time from 1ms to ${LONGEST_SYNC}ms`,
  );
}
