import { type JobOutcome, PRIORITIES, type PriorityIndex } from "./job_state.ts";

/** How many jobs ended, by how they did: numbers that only grow. */
export class JobCounts implements Readonly<Record<JobOutcome, number>> {
  /** Jobs whose worker sent the result. */
  completed = 0;
  /** Jobs whose worker sent WORK_FAIL. */
  failed = 0;
  /** Jobs whose worker sent WORK_EXCEPTION. */
  exception = 0;
  /** Jobs that were cancelled or purged by a command, or by the program. */
  cancelled = 0;
  /** Jobs that lost as many workers as `jobRetries` allows. */
  lost = 0;
  /** Foreground jobs for which no client waited any more. */
  abandoned = 0;
  /** Background jobs that could not be stored. */
  refused = 0;
  /** Stored jobs whose bytes had changed on disk, as their checksums showed. */
  damaged = 0;
  /** Jobs that had waited for longer than the rule of their function allows. */
  expired = 0;
  /** Jobs that went to the dead ones. */
  buried = 0;

  /** @internal Counts one more. */
  add(outcome: JobOutcome): void {
    // Most jobs complete, and a property with a fixed name is found faster than one by a variable.
    if (outcome === "completed") this.completed++;
    else this[outcome]++;
  }
}

/** How a job can be submitted, as indices; see {@linkcode SubmitModeName}. */
export const SubmitMode = { FOREGROUND: 0, BACKGROUND: 1, EPOCH: 2, REDUCE: 3 } as const;

/** The words for {@linkcode SubmitMode}, in the order of its indices. */
export const SUBMIT_MODES = ["foreground", "background", "epoch", "reduce"] as const;

/**
 * How a job was submitted: to wait for its result, in the background, for a later time (in the
 * background too), or with a reducer (either).
 */
export type SubmitModeName = typeof SUBMIT_MODES[number];

/** What of a submission tells its mode and priority. */
interface SubmitKind {
  readonly reducerLength: number;
  readonly due: number;
  readonly background: boolean;
  readonly priority: PriorityIndex;
}

/** Why a job that had a worker waits again. */
export type RequeueCause = "lost" | "timeout" | "retry";

/**
 * What has happened to the jobs of one function, or of all of them: numbers that only grow. Each is
 * added to where that happens.
 */
export class FunctionCounts {
  /** New jobs, by mode and priority: see {@linkcode FunctionCounts.submittedAs}. */
  readonly submitted: number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  /** Jobs that were stored before this router began. */
  restored = 0;
  /** Jobs that came from the queue that servers share; also those that had left for it before. */
  claimed = 0;
  /** Jobs that left for it, or were taken by other servers. */
  left = 0;
  /** Dead jobs that were brought back to life. */
  kicked = 0;
  /** Dead jobs of another function that its workers may have: see `dead-function`. */
  offered = 0;
  /** Dead jobs that are gone, as there were too many or they were dead too long. */
  deadDropped = 0;
  /** Submits that joined a live job. */
  coalesced = 0;
  /** Submits that gave a waiting job another payload: they have joined it, too. */
  replaced = 0;
  /** Submits that were dropped, as a job with their unique had been completed not long before. */
  dropped = 0;
  /** Submits that were refused, though the function exists. */
  refused = 0;
  /** Runs: how often a worker got a job. */
  started = 0;
  /** Runs that took longer than their timeout. */
  timedOut = 0;
  /** Runs that ended as nothing had come from their worker for the time of their lease. */
  leasesOver = 0;
  /** Jobs that wait again: their worker is gone, it took too long, or it said that they failed. */
  readonly requeued: Record<RequeueCause, number> = { lost: 0, timeout: 0, retry: 0 };
  /** Jobs that ended, by how they did. */
  readonly ended: JobCounts = new JobCounts();
  /** NOOPs that were sent to sleeping workers. */
  wakeUps = 0;

  /** @internal Counts a new job. */
  submit({ reducerLength, due, background, priority }: SubmitKind): void {
    let mode: number = background ? SubmitMode.BACKGROUND : SubmitMode.FOREGROUND;
    if (due > 0) mode = SubmitMode.EPOCH;
    if (reducerLength > 0) mode = SubmitMode.REDUCE;
    this.submitted[mode * PRIORITIES.length + priority]++;
  }

  /** New jobs of a mode and priority. */
  submittedAs(mode: SubmitModeName, priority: PriorityIndex): number {
    return this.submitted[SUBMIT_MODES.indexOf(mode) * PRIORITIES.length + priority];
  }

  /** @internal Adds what another function counted. */
  add(other: FunctionCounts): void {
    other.submitted.forEach((count, index) => this.submitted[index] += count);
    addEach(this.requeued, other.requeued);
    addEach(this.ended, other.ended);
    addEach(this, other);
  }
}

/** Adds the numbers in one record to those in another. */
function addEach(to: object, from: object): void {
  const sums = to as Record<string, unknown>;
  for (const [name, count] of Object.entries(from)) {
    if (typeof count === "number") sums[name] = sums[name] as number + count;
  }
}
