import type { ClaimedJob } from "../../store/shared_queue.ts";
import type { LoadedJob } from "../../store/store.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import { JobTrouble } from "../model/job.ts";

/** What went wrong with a job, as it was stored; null if nothing did. */
export function troubleIn(
  { losses, failures, state, error, runs }: Pick<
    LoadedJob,
    "losses" | "failures" | "state" | "error" | "runs"
  >,
): JobTrouble | null {
  const isDead = state === "dead";
  if (losses + failures + error.length + runs.length === 0 && !isDead) return null;
  const said = { error: error.slice(), runs: runs.slice() };
  return Object.assign(new JobTrouble(), { losses, failures, isDead, ...said });
}

/** The same of a job that has come from a queue that servers share, where the time is noted that it has. */
export function troubleOfClaimed(
  claimed: ClaimedJob,
  { rule }: FunctionQueue,
  expiry: { claimed(number: number, timeLeft: number, ttl: number): number },
): JobTrouble | null {
  const { number, timeLeft, attempts } = claimed;
  const ttl = timeLeft === null ? 0 : expiry.claimed(number, timeLeft, rule?.ttl ?? 0);
  const trouble = troubleIn({ ...claimed, state: "waiting" });
  if (ttl + attempts === 0) return trouble;
  return Object.assign(trouble ?? new JobTrouble(), { ttl, attempts });
}
