import type { LoadedJob } from "../../store/store.ts";
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
