import type { SyncTime } from "../../store/sqlite/sync.ts";
import { OptionError } from "../options/option_error.ts";

/** Longest time between two syncs, in milliseconds. */
const LONGEST_SYNC = 60_000;

/** `always`, `off`, or a time such as `10ms`. */
export function syncTime(text: string): SyncTime {
  const word = text.toLowerCase();
  if (word === "always" || word === "off") return word;
  const [, digits] = /^(\d+)\s*(?:ms)?$/.exec(word) ?? [];
  const time = Number(digits);
  if (digits !== undefined && time >= 1 && time <= LONGEST_SYNC) return time;
  throw new OptionError(
    `must be "always", "off" or a time from 1ms to ${LONGEST_SYNC}ms, not ${JSON.stringify(text)}`,
  );
}
