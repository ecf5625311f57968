import { type RuleKey, timeKey } from "./values.ts";

/**
 * The key `ttl` of a rule: how long a job may wait for a worker, or for a further run, counted since it was
 * submitted, or since the time for which it was submitted. A job that runs goes on.
 */
export const ttl: RuleKey<number> = timeKey(
  "for ever",
  "for a job to wait at most; then it ends as expired",
);
