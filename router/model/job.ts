/**
 * This folder has the records of the router: jobs, functions, abilities, peers, subscribers and links,
 * with what each field means. They decide nothing. Every room of the router but the containers may
 * import them, and they import only the containers and the protocol.
 *
 * @module
 */

import { EMPTY } from "../../protocol/buffer_pool.ts";
import { decodeName } from "../../protocol/mod.ts";
import type { FunctionQueue } from "./function_queue.ts";
import type { Advice } from "./function_rule.ts";
import {
  type FailureCause,
  JobState,
  type JobStateIndex,
  JobStorage,
  type JobStorageIndex,
  PRIORITY_NAMES,
  type PriorityIndex,
} from "./job_state.ts";
import type { Peer } from "./peer.ts";
import type { Subscriber } from "./subscriber.ts";
import type { Timer } from "./timer.ts";
import type { JobView } from "./views.ts";

/** The bytes of a job, as positions in a buffer; see `Submission`. */
export interface JobContent {
  /** The bytes that hold it, those of other jobs too. */
  body: Uint8Array;
  /** First byte of the unique. */
  uniqueStart: number;
  /** Byte after the unique. */
  uniqueEnd: number;
  /** The reducer begins after the NUL behind the unique; 0 without one. */
  reducerLength: number;
  /** First byte of the payload. */
  payloadStart: number;
  /** Byte after the payload. */
  payloadEnd: number;
}

/**
 * Places of jobs as their `heapIndex`: `PARKED` stands among parked ones, or behind them; `AWAY` is one
 * that is parked now, or a copy of it: the router has another object for it, or none.
 */
export const JobPlace = { PARKED: -2, AWAY: -3 } as const;

/** What a job asks the table of all jobs for, when a program looks at it. */
export interface JobHome {
  /** How many recipients wait for jobs that another one waits for, summed up over all jobs. */
  sharing: number;
  /** Its handle. */
  handleOf(job: Job): string;
  /** Its payload: a view that stays as it is. Throws if it is in the store only and cannot be read. */
  payloadOf(job: Job): Uint8Array;
  /** Its payload is in the store, and leaves memory. */
  leavePayload(job: Job): void;
  /** Does the job with this number live, in memory or not? */
  isLiveNumber(number: number): boolean;
}

/** How far a job is, as its worker counts. */
export interface JobProgress {
  readonly numerator: number;
  readonly denominator: number;
}

/** What went wrong with a job so far. Its runs are counted by both counts, and one more. */
export class JobTrouble {
  /** How many workers have lost it, or, where nothing else is said about that, took too long. */
  losses = 0;
  /** How many of its runs have failed, and were followed by another one. */
  failures = 0;
  /** Why its last run failed, since this router began; null if none has. */
  cause: FailureCause | null = null;
  /** Have clients got data or a warning of it? Where failed jobs run again, that tells. */
  hasSpoken = false;
  /** How long it may wait, as its client said, in milliseconds; 0 if that is for the policy to say. */
  ttl = 0;
  /** How many runs it may have, as its client said; 0 if that is for the policy to say. */
  attempts = 0;
  /** Who submitted it, where clients take turns: a client id, or an address. */
  client = "";
  /** How long after it is completed no other job with its unique runs, as its client said; 0 if that is for the policy to say. */
  uniqueWindow = 0;
  /** What the worker of its run has advised for the case that it fails. */
  advice: Advice | null = null;
  /** Does it go to no worker any more? */
  isDead = false;
  /** The dead job that it stands for, so that a worker of `<function>.dead` gets that; null for all others. */
  standsFor: Job | null = null;
  /** What its last failure said; empty if it said nothing. */
  error: Uint8Array = EMPTY;
  /** Its last runs, written down; empty if none was. */
  runs: Uint8Array = EMPTY;
}

/**
 * One piece of work.
 *
 * The router alone changes it; programs see a {@linkcode JobView}.
 */
export class Job implements JobView {
  /** Number of the job, from which its handle is made. */
  readonly number: number;
  /** Its function. */
  readonly func: FunctionQueue;
  /** Its priority, that of the first submit. */
  priorityIndex: PriorityIndex;
  /** Must it run even if no client listens? */
  background: boolean;
  /** Where it is. */
  state: JobStateIndex = JobState.QUEUED;
  /** Where its bytes are. */
  storage: JobStorageIndex = JobStorage.MEMORY;

  /**
   * @internal Unique, reducer and payload as they came in the packet, and those of other jobs: each
   * knows its positions, those of {@linkcode JobContent}. When the job has ended its bytes may be used
   * again for other jobs; who keeps a view must get it by {@linkcode payload}.
   */
  body: Uint8Array;
  /** @internal First byte of the unique. */
  uniqueStart: number;
  /** @internal Byte after the unique. */
  uniqueEnd: number;
  /** @internal The reducer begins after the NUL behind the unique; 0 without one. */
  reducerLength: number;
  /** @internal First byte of the payload. */
  payloadStart: number;
  /** @internal Byte after the payload. */
  payloadEnd: number;

  /** @internal What other submits can join it by. */
  key: JobKey | null = null;

  /** @internal The job before it in its queue while it waits, in its worker's list while it runs. */
  previous: Job | null = null;
  /** @internal The job after it there. */
  next: Job | null = null;
  /** @internal Its place among the jobs that workers lost, or -1, or one of {@linkcode JobPlace}. */
  heapIndex: number = -1;

  /** Number of the connection that submitted it; 0 for a program, and for a job from the store. */
  submitter = 0;
  /** The connection that runs it. */
  worker: Peer | null = null;
  /** @internal The first of those that are told what becomes of it. */
  firstSubscriber: Subscriber | null = null;
  /** @internal What went wrong with it; null if nothing did. */
  trouble: JobTrouble | null = null;
  /** @internal What its worker last said about how far it is. */
  progress: JobProgress | null = null;
  /** @internal Its timeout while it runs; before that, rings at its due time if it has one. */
  timer: Timer | null = null;

  /** @internal Made by the router, which has checked all sizes. */
  constructor(
    number: number,
    func: FunctionQueue,
    priorityIndex: PriorityIndex,
    background: boolean,
    content: JobContent,
  ) {
    this.number = number;
    this.func = func;
    this.priorityIndex = priorityIndex;
    this.background = background;
    this.body = content.body;
    this.uniqueStart = content.uniqueStart;
    this.uniqueEnd = content.uniqueEnd;
    this.reducerLength = content.reducerLength;
    this.payloadStart = content.payloadStart;
    this.payloadEnd = content.payloadEnd;
  }

  /** When it is due, in milliseconds since the Unix epoch; null if that is not to be waited for. */
  get due(): number | null {
    return this.timer === null || this.state === JobState.RUNNING ? null : this.timer.due;
  }

  /** How many workers have lost it. */
  get losses(): number {
    return this.trouble === null ? 0 : this.trouble.losses;
  }

  /** How many of its runs have failed, and were followed by another one. */
  get failures(): number {
    return this.trouble === null ? 0 : this.trouble.failures;
  }

  /** Does anybody still want it to run? */
  get isNeeded(): boolean {
    return this.background || this.firstSubscriber !== null;
  }

  /** How many submits wait for it: a client that joined it again counts again. */
  get subscriberCount(): number {
    const first = this.firstSubscriber;
    return first === null ? 0 : first.audience?.joins ?? first.joins;
  }

  /** Numerator of the last WORK_STATUS, 32 bits. */
  get numerator(): number {
    return this.progress === null ? 0 : this.progress.numerator;
  }

  /** Denominator of the last WORK_STATUS, 32 bits. */
  get denominator(): number {
    return this.progress === null ? 0 : this.progress.denominator;
  }

  /** Length of the unique in bytes. */
  get uniqueLength(): number {
    return this.uniqueEnd - this.uniqueStart;
  }

  /** Was it submitted with a reducer? */
  get hasReducer(): boolean {
    return this.reducerLength > 0;
  }

  /** Its handle, for example `H:web1:76453829112400000000000007`. */
  get handle(): string {
    return this.func.jobs.handleOf(this);
  }

  /** Name of its function. */
  get functionName(): string {
    return decodeName(this.func.name);
  }

  /** Its unique as submitted; `""` without one. */
  get unique(): string {
    return decodeName(this.body.subarray(this.uniqueStart, this.uniqueEnd));
  }

  /** Its reducer; `""` without one. */
  get reducer(): string {
    const start = this.uniqueEnd + 1;
    return this.hasReducer ? decodeName(this.body.subarray(start, start + this.reducerLength)) : "";
  }

  get payload(): Uint8Array {
    return this.func.jobs.payloadOf(this);
  }

  /** Its priority in words. */
  get priority(): "high" | "normal" | "low" {
    return PRIORITY_NAMES[this.priorityIndex];
  }

  /** Is a worker running it? */
  get isRunning(): boolean {
    return this.state === JobState.RUNNING;
  }

  /** Has it ended? */
  get isFinished(): boolean {
    if (this.heapIndex === JobPlace.AWAY) return !this.func.jobs.isLiveNumber(this.number);
    return this.state === JobState.FINISHED || this.state === JobState.DEAD;
  }
}

/** What others can join a live job by. Jobs without such a key have none of these. */
export class JobKey {
  /** Whose key it is. */
  readonly job: Job;
  /** Hash over the key alone. */
  readonly uniqueHash: number;
  /** The next one in its chain of keys by function and hash. */
  nextInBucket: JobKey | null = null;
  /**
   * The next newer one with this unique hash, in whatever function; of the newest, the next one in its
   * chain of the newest keys.
   */
  newer: JobKey | null = null;
  /** The next older one with this unique hash. */
  older: JobKey | null = null;

  constructor(job: Job, uniqueHash: number) {
    this.job = job;
    this.uniqueHash = uniqueHash;
  }

  /** Is the payload the key (unique `-`) rather than the unique? */
  get byPayload(): boolean {
    const { body, uniqueStart, uniqueEnd } = this.job;
    return isPayloadKey(body, uniqueStart, uniqueEnd);
  }

  /** Is it the newest one with its unique hash? */
  get isNewest(): boolean {
    return this.newer === null || this.newer.older !== this;
  }
}

/** `-` as a unique. */
const PAYLOAD_IS_KEY = 0x2d;

/** Is this unique `-`, which makes the payload the key? */
export function isPayloadKey(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 1 && bytes[start] === PAYLOAD_IS_KEY;
}
