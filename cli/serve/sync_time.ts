import { duration, type Kind, wrong } from "../../options/kinds.ts";
import type { SyncTime } from "../../store/sqlite/sync.ts";

/** Longest time between two syncs, in milliseconds. */
const LONGEST_SYNC = 60_000;

/** `always`, `off`, or a time such as `10ms`; a number alone is in milliseconds. */
export const syncTime: Kind<SyncTime> = {
  label: "WHEN",
  parse(text) {
    const word = text.toLowerCase();
    if (word === "always" || word === "off") return word;
    const time = duration(word, "ms");
    if (Number.isInteger(time) && time >= 1 && time <= LONGEST_SYNC) return time;
    throw wrong(text, `"always", "off" or a time from 1ms to ${LONGEST_SYNC}ms`);
  },
};
