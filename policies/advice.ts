import { duration } from "../options/kinds.ts";
import type { Advice } from "../router/model/function_rule.ts";
import { type RuleKey, yesOrNo } from "./values.ts";

/** The longest time that a worker may ask for, in milliseconds: a year. */
const LONGEST = 365 * 24 * 3600 * 1000;

/** The key `advice` of a rule: may workers advise the server about a job, by a WORK_WARNING? */
export const advice: RuleKey<((text: string) => Advice | null) | null> = {
  kind: {
    wanted: yesOrNo.wanted,
    read: (given, key) => yesOrNo.read(given, key) ? readAdvice : null,
  },
  default: null,
  defaultText: "warnings of workers are for clients",
  tell: (value) =>
    value === null
      ? advice.defaultText
      : 'a WORK_WARNING that begins with "geartrain: " is for the server',
};

/**
 * What a worker means: `retry-after=30s`, `dead`, `no-retry` or `touch`; null if that is none of them. A time
 * without a unit is in seconds.
 */
export function readAdvice(text: string): Advice | null {
  const word = text.trim();
  if (word === "dead" || word === "no-retry" || word === "touch") return word;
  const [, time] = /^retry-after=(.+)$/.exec(word) ?? [];
  if (time === undefined) return null;
  const retryAfter = Math.round(duration(time, "s") * 1000);
  return retryAfter >= 0 && retryAfter <= LONGEST ? { retryAfter } : null;
}
