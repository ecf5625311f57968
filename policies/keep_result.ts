import { type RuleKey, timeKey } from "./values.ts";

/**
 * The key `keep-result` of a rule: how long the result of a background job can be asked for, counted since
 * its worker sent it.
 */
export const keepResult: RuleKey<number> = timeKey(
  "no result is kept",
  "the result of a background job is kept for",
);
