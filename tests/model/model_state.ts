/** What the model knows: plain data, looked through in full for every question. */

/** The options that the rules depend on. */
export interface Rules {
  readonly wakeup: number;
  /** Seconds. */
  readonly wakeupDelay: number;
  readonly jobRetries: number;
  readonly exceptions: boolean;
  /** Changes nothing that peers see. */
  readonly history: boolean;
  /** Rules of functions; none where there is nothing about one. */
  readonly policies?: Readonly<Record<string, ModelRule>>;
}

/** A rule as the router gets it too, without anything that is left to chance. */
export interface ModelRule {
  /** How long a further run waits, in seconds: `base` each time. */
  readonly retry?: { max: number; base: number; factor: 1; jitter: 0 };
  /** Seconds. */
  readonly ttl?: number;
  /** Seconds. */
  readonly runTimeout?: number;
  readonly maxRunning?: number;
  /** So many dead jobs are kept at most. */
  readonly dead?: { readonly count: number };
  /** Seconds. */
  readonly keepResult?: number;
}

export interface ModelAbility {
  readonly func: string;
  /** Milliseconds, 0 for none. */
  timeout: number;
}

export interface ModelPeer {
  readonly port: number;
  isOpen: boolean;
  /** It has shut its sending side down and waits for results. */
  isHalfClosed: boolean;
  wantsExceptions: boolean;
  wantsCancelNotices: boolean;
  /** Does it get no more jobs, as somebody has ordered? */
  isQuiet: boolean;
  /** In the order of CAN_DO. */
  abilities: ModelAbility[];
  /** Index of the ability that is next; null when the rules do not say; "first" before its first job. */
  turn: number | "first" | null;
  isSleeping: boolean;
  /** Functions it may have been sent a NOOP for, until it looks for a job. */
  wokenFor: string[];
  /** Those of them for whose jobs it still counts: others were woken in its place. */
  countsFor: string[];
  hasEverWorked: boolean;
  hasWorkedSinceSleep: boolean;
  /** Functions for which it is to be woken before those that never worked. */
  firstFor: string[];
  /** Jobs whose WORK_FAIL is to be swallowed. */
  exceptions: string[];
  /** Packets it must have received in this step. */
  expected: string[];
}

export interface ModelJob extends Omit<Submission, "due"> {
  readonly handle: string;
  /** Jobs are counted as they are submitted. */
  readonly number: number;
  state: "scheduled" | "waiting" | "running";
  background: boolean;
  /** A peer that submitted twice is in it twice. */
  listeners: ModelPeer[];
  worker: ModelPeer | null;
  /** Who had it last and took too long, until its next run begins. */
  lateWorker: ModelPeer | null;
  timesOutAt: number;
  losses: number;
  failures: number;
  /** Was it lost for the first time, so that it stands before those that came later? */
  isReturned: boolean;
  /** Has a client got data or a warning of it? */
  hasSpoken: boolean;
  /** Milliseconds on the wall. */
  due: number;
  expiresAt: number;
  /** When it began to wait for its due time, counted in such jobs. */
  scheduledAs: number;
  /** When its last run began, counted in runs. */
  startedAs: number;
  status: string;
  /** When it came into its queue, counted in jobs. */
  arrival: number;
}

/** A dead job is what it was when it died. */
export interface ModelDead extends ModelJob {
  readonly cause: string;
}

/** A result that is kept. */
export interface ModelResult {
  readonly func: string;
  /** Milliseconds on the wall. */
  readonly endedAt: number;
  readonly until: number;
  readonly total: number;
  readonly data: string;
}

export interface Submission {
  readonly func: string;
  readonly unique: string;
  readonly payload: string;
  readonly reducer: string;
  /** 0 high, 1 normal, 2 low. */
  readonly priority: number;
  readonly background: boolean;
  /** Milliseconds on the wall. */
  readonly due: number;
}

/** Limits of a function by priority; 0 is none. */
export type Limits = readonly [number, number, number];

export function isNeeded(job: ModelJob): boolean {
  return job.background || job.listeners.length > 0;
}

/** Does the submission join the job? The unique `-` makes the payload the key. */
export function isSameWork(job: ModelJob, submission: Submission): boolean {
  if (job.func !== submission.func || job.unique !== submission.unique) return false;
  if (job.unique === "-") return job.payload === submission.payload && job.payload !== "";
  return job.unique !== "";
}

/** Do the results of the worker for the job count? */
export function isDoneBy(worker: ModelPeer, job: ModelJob): boolean {
  return job.worker === worker || job.lateWorker === worker;
}
