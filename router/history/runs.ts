import type { FailureCause, JobOutcome } from "../model/job_state.ts";
import { factsOfPeer, type Peer, type PeerFacts } from "../model/peer.ts";

/** The last runs of a job that are kept. */
export const MOST_RUNS = 20;
/** So many of the jobs that began last are found without a map. */
const PLACES = 1024;
/** Jobs with runs, and ended runs of all of them, that are kept: a worker may get very many jobs. */
const MOST_JOBS = 20_000;
const MOST_RUNS_OF_ALL = 50_000;
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

/** @internal One that has ended, with times of the clock. */
export class Run {
  readonly worker: PeerFacts;
  readonly started: number;
  readonly ended: number;
  readonly cause: RunEnd;

  constructor(worker: Peer, started: number, ended: number, cause: RunEnd) {
    this.worker = factsOfPeer(worker);
    this.started = started;
    this.ended = ended;
    this.cause = cause;
  }
}

/** @internal What is kept of a job that a worker has, or has had. */
export class TriedJob {
  /** 0 while it is for none. */
  number = 0;
  /** When it was submitted, or due, in milliseconds of the clock; null if that is not known. */
  begun: number | null = null;
  /** Who runs it; null while it waits for a further run. */
  worker: Peer | null = null;
  /** When its last run began. */
  started = 0;
  /** Its last runs but for the one that has not ended, oldest first; null if there are none. */
  past: Run[] | null = null;
  /** The end of the last warning of its worker. */
  warning: Uint8Array | null = null;
  /** The end of what its worker last sent as a part of the result. */
  data: Uint8Array | null = null;

  /** Since when it waits for a further run; null if it does not. */
  get waitsSince(): number | null {
    return this.worker === null ? this.past!.at(-1)!.ended : null;
  }

  /** How much of the memory for texts it takes, in bytes. */
  get textBytes(): number {
    return (this.warning?.length ?? 0) + (this.data?.length ?? 0);
  }
}

/** @internal The live jobs that a worker has, or has had, by number. */
export class TriedJobs {
  /** Records that are used again, each at the rest of its number: nothing is made for most jobs. */
  readonly #places: TriedJob[] = [];
  /** Jobs that gave their places to later ones. */
  readonly #moved = new Map<number, TriedJob>();
  #size = 0;
  /** How many runs that have ended are kept. */
  #runs = 0;
  #textBytes = 0;

  constructor() {
    for (let place = 0; place < PLACES; place++) this.#places.push(new TriedJob());
  }

  /** That with this number, if it is kept. */
  get(number: number): TriedJob | undefined {
    const job = this.#places[number % PLACES];
    if (job.number === number) return job;
    return this.#moved.size > 0 ? this.#moved.get(number) : undefined;
  }

  /** A worker gets a job that had none before: it is kept, unless too many are. */
  add(number: number, begun: number | null, worker: Peer, started: number): void {
    if (this.#size >= MOST_JOBS) return;
    this.#size++;
    const place = number % PLACES;
    if (this.#places[place].number !== 0) this.#move(place);
    const job = this.#places[place];
    job.number = number;
    job.begun = begun;
    job.worker = worker;
    job.started = started;
  }

  #move(place: number): void {
    const job = this.#places[place];
    this.#moved.set(job.number, job);
    this.#places[place] = new TriedJob();
  }

  /** The run of a job has ended, and it waits for a further one. */
  endRun(job: TriedJob, cause: RunEnd, now: number): void {
    const past = job.past ??= [];
    past.push(new Run(job.worker!, job.started, now, cause));
    job.worker = null;
    this.#runs++;
    if (past.length === 1 || past.length <= MOST_RUNS && this.#runs <= MOST_RUNS_OF_ALL) return;
    past.shift();
    this.#runs--;
  }

  /** The worker of a job sent a text, the end of which is kept. */
  keepText(job: TriedJob, which: "warning" | "data", text: Uint8Array): void {
    this.#textBytes -= job.textBytes;
    job[which] = null;
    const end = text.subarray(-MOST_TEXT);
    if (this.#textBytes + job.textBytes + end.length <= MOST_TEXT_OF_ALL) job[which] = end.slice();
    this.#textBytes += job.textBytes;
  }

  /** One that has ended is kept no more. */
  remove(job: TriedJob): void {
    this.#size--;
    if (job.past !== null) {
      this.#runs -= job.past.length;
      job.past = null;
    }
    if (job.warning !== null || job.data !== null) {
      this.#textBytes -= job.textBytes;
      job.warning = job.data = null;
    }
    if (this.#moved.size > 0) this.#moved.delete(job.number);
    job.number = 0;
    job.worker = null;
  }
}

/** How a run ended whose job goes on, or was lost. */
export function endOfRun(cause: FailureCause): RunEnd {
  return cause === "fail" ? "failed" : cause;
}
