import type { FailureCause, JobOutcome } from "../model/job_state.ts";
import { factsOfPeer, type Peer, type PeerFacts } from "../model/peer.ts";
import type { FunctionTimings } from "./timings.ts";

/** The last runs of a job that are kept. */
const MOST_RUNS = 20;
/** Jobs with runs, and runs of all of them, that are kept: a worker may get very many jobs at once. */
const MOST_JOBS = 100_000;
const MOST_RUNS_OF_ALL = 200_000;
/** So much is kept of the last warning and the last data of a job, and of those of all jobs, in bytes. */
export const MOST_TEXT = 1000;
const MOST_TEXT_OF_ALL = 4 * 1024 * 1024;

/** How a run ended: as its job did, or by its timeout, or not yet. */
export type RunEnd = JobOutcome | "timeout" | "running";

/** One try of a job. */
export interface RunFacts {
  /** Who ran it. */
  readonly worker: PeerFacts;
  /** When it began, in milliseconds since the Unix epoch. */
  readonly started: number;
  /** When it ended, likewise; null if it has not. */
  readonly ended: number | null;
  /** Why it ended. */
  readonly cause: RunEnd;
}

/** @internal The same, with times of the clock. */
export class Run {
  readonly worker: PeerFacts;
  readonly started: number;
  ended: number | null = null;
  cause: RunEnd = "running";

  constructor(worker: Peer, started: number) {
    this.worker = factsOfPeer(worker);
    this.started = started;
  }

  /** It ends now. */
  end(cause: RunEnd, now: number): void {
    this.ended = now;
    this.cause = cause;
  }
}

/** @internal What is kept of a job that a worker has, or has had. */
export class TriedJob {
  readonly timings: FunctionTimings;
  /** Its last runs, oldest first. */
  readonly runs: Run[] = [];
  /** The end of the last warning of its worker. */
  warning: Uint8Array | null = null;
  /** The end of what its worker last sent as a part of the result. */
  data: Uint8Array | null = null;

  constructor(timings: FunctionTimings) {
    this.timings = timings;
  }

  /** Its last one, whether that has ended or not. */
  get run(): Run {
    return this.runs[this.runs.length - 1];
  }

  /** How much of the memory for texts it takes, in bytes. */
  get textBytes(): number {
    return (this.warning?.length ?? 0) + (this.data?.length ?? 0);
  }
}

/** @internal The live jobs that a worker has, or has had, by number. */
export class TriedJobs {
  readonly #jobs = new Map<number, TriedJob>();
  #runs = 0;
  #textBytes = 0;

  /** That with this number, if it is kept. */
  get(number: number): TriedJob | undefined {
    return this.#jobs.get(number);
  }

  /** A worker gets a job: a run is added, unless too many are kept. */
  start(
    number: number,
    known: TriedJob | undefined,
    timings: FunctionTimings,
    worker: Peer,
    now: number,
  ): void {
    if (known === undefined && this.#jobs.size >= MOST_JOBS) return;
    const job = known ?? new TriedJob(timings);
    if (known === undefined) this.#jobs.set(number, job);
    job.runs.push(new Run(worker, now));
    this.#runs++;
    const isTooMuch = job.runs.length > MOST_RUNS || this.#runs > MOST_RUNS_OF_ALL;
    if (!isTooMuch || job.runs.length === 1) return;
    job.runs.shift();
    this.#runs--;
  }

  /** Its worker sent this. */
  keepText(job: TriedJob, which: "warning" | "data", text: Uint8Array): void {
    this.#textBytes -= job.textBytes;
    job[which] = null;
    const end = text.subarray(-MOST_TEXT);
    if (this.#textBytes + job.textBytes + end.length <= MOST_TEXT_OF_ALL) job[which] = end.slice();
    this.#textBytes += job.textBytes;
  }

  /** One that has ended is kept no more. */
  take(number: number): TriedJob | undefined {
    const job = this.#jobs.get(number);
    if (job === undefined) return undefined;
    this.#jobs.delete(number);
    this.#runs -= job.runs.length;
    this.#textBytes -= job.textBytes;
    return job;
  }
}

/** How a run ended whose job goes on, or was lost. */
export function endOfRun(cause: FailureCause): RunEnd {
  return cause === "fail" ? "failed" : cause;
}
