import { decodeName, encodeName } from "../../protocol/mod.ts";
import type { FunctionRule } from "./function_rule.ts";
import type { FailureCause } from "./job_state.ts";

/** So many of the last runs of a job are known. */
const MOST_RUNS = 20;
/** So much of what a run said is kept, in bytes. */
const MOST_OF_TEXT = 1000;

/** How a run of a job failed; or `buried`, when somebody put it among the dead jobs, or `expired`, when its time was over. */
export interface JobRun {
  /** When it began, in milliseconds since the Unix epoch; null if that is not known, or it was no run. */
  readonly startedAt: number | null;
  /** When it ended, likewise. */
  readonly endedAt: number;
  /** Who ran it, or who buried it: client id and address. */
  readonly worker: string;
  readonly cause: FailureCause | "buried" | "expired";
  /** What the worker said, at most 1,000 bytes of it; empty if it said nothing. */
  readonly text: string;
  /** Was the job dead already? Then a worker of `<function>.dead` had it. */
  readonly afterDeath?: true | undefined;
}

/** Are the runs of jobs with this rule written down? */
export function keepsRuns(rule: FunctionRule | null): boolean {
  return rule !== null && (rule.retry !== null || rule.dead !== null);
}

/** What was written down of the runs of a job, with one more; the oldest goes if there are too many. */
export function withRun(
  written: Uint8Array,
  run: Omit<JobRun, "text">,
  said: Uint8Array,
): Uint8Array {
  const runs = runsIn(written).slice(1 - MOST_RUNS);
  const text = decodeName(said.subarray(0, MOST_OF_TEXT));
  return encodeName(JSON.stringify([...runs, { ...run, text }]));
}

/** The runs of a job, as they were written down; the last one failed last. */
export function runsIn(written: Uint8Array): JobRun[] {
  if (written.length === 0) return [];
  try {
    const runs = JSON.parse(decodeName(written));
    return Array.isArray(runs) ? runs.filter(isRun) : [];
  } catch {
    // An import may have brought anything.
    return [];
  }
}

function isRun(value: unknown): value is JobRun {
  const { startedAt, endedAt, worker, cause, text } = (value ?? {}) as Record<string, unknown>;
  return (startedAt === null || typeof startedAt === "number") && typeof endedAt === "number" &&
    [worker, cause, text].every((word) => typeof word === "string");
}
