import { type RuleKey, timeKey } from "./values.ts";

/**
 * The key `forget-after` of a rule: a function that has had neither jobs nor workers for so long is
 * forgotten, as if it had been dropped.
 */
export const forgetAfter: RuleKey<number> = timeKey(
  "for ever",
  "without jobs and workers; then the function is forgotten",
);
