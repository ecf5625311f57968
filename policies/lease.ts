import { type RuleKey, timeKey } from "./values.ts";

/**
 * The key `lease` of a rule: how long nothing may come from the worker of a job. A worker that is gone
 * loses its jobs at once; a lease is for those that hang, or whose machine has died, while the connection
 * stays open.
 */
export const lease: RuleKey<number> = timeKey(
  "as long as the worker is connected",
  "without a word from the worker; then the job is lost by it",
);

/** The key `run-timeout`: how long a run may take, whatever the worker sends. */
export const runTimeout: RuleKey<number> = timeKey(
  "as long as it takes, or as the worker allows for",
  "for a run at most; then it has failed",
);
