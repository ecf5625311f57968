import type { FailureCause, PriorityIndex } from "./job_state.ts";

/**
 * What a policy says of the jobs of some functions. It never changes: after a reload, functions have
 * another one.
 */
export interface FunctionRule {
  /** What the names of those functions are like. */
  readonly pattern: string;
  /** How failed jobs run again; null for as in gearmand. */
  readonly retry: RetryRule | null;
  /** How many of its dead jobs are kept; null if jobs that have failed for good just end. */
  readonly dead: DeadRule | null;
  /** Do workers of `<function>.dead` get them? */
  readonly deadFunction: boolean;
  /** How long nothing may come from the worker of a job, in milliseconds; 0 for as long as it is connected. */
  readonly lease: number;
  /** How long a run may take, in milliseconds; 0 for as long as it takes. */
  readonly runTimeout: number;
  /** How long a job may wait, in milliseconds since it was submitted or due; 0 for ever. */
  readonly ttl: number;
  /** How long the result of a background job is kept, in milliseconds; 0 if it is not. */
  readonly keepResult: number;
  /** Reads what a worker advises the server to do with its job; null if none may. */
  readonly advice: ((text: string) => Advice | null) | null;
  /**
   * Reads what stands behind a question mark in the name of the function that a client gives, or says what is
   * wrong with it; null if that is a part of the name.
   */
  readonly optionsInName: ((text: string) => JobOptions | string) | null;
  /** For how long it may have neither jobs nor workers, in milliseconds; 0 for ever. */
  readonly forgetAfter: number;
  /** How many jobs may run at once; 0 for any number. */
  readonly maxRunning: number;
  /** How many jobs may start in a time; null for any number. */
  readonly rate: RateRule | null;
  /** How many of them may start at once after a pause; 0 for as many as in the time of the rate. */
  readonly burst: number;
  /** Do the limits hold for each value of the unique up to the first colon? */
  readonly key: "unique:prefix" | null;
  /** Do clients take turns? */
  readonly fair: "client" | null;
  /** What becomes of a submit whose unique another job holds; null for as in gearmand. */
  readonly dedupe: DedupeRule | null;
}

/**
 * What becomes of a submit whose unique another job holds. `join`: it waits for that one. `drop`: the same,
 * and after its end it is answered with its handle. `replace`: a job that waits gets its payload, and waits
 * anew. `keep-last`: the same, but a job that waits is as soon as it was.
 */
export type DedupeMode = "join" | "drop" | "replace" | "keep-last";

/** What becomes of submits whose unique another job holds, or has held. */
export interface DedupeRule {
  /** See {@linkcode DedupeMode}. */
  readonly mode: DedupeMode;
  /** For how long after a job is completed no other one with its unique runs, in milliseconds. */
  readonly window: number;
}

/** So many jobs may start in a period, evenly spread but for a burst. */
export interface RateRule {
  readonly count: number;
  /** In milliseconds. */
  readonly period: number;
}

/**
 * What a worker advises for the case that its run fails: a further one after so many milliseconds, none, or
 * that the job is dead. `touch` says that it is still at work.
 */
export type Advice = "dead" | "no-retry" | "touch" | { readonly retryAfter: number };

/** How many dead jobs of a function are kept, and what becomes of more. */
export interface DeadRule {
  /** So many at most. */
  readonly count: number;
  /** So many bytes at most: each counts for its payload, its runs and 512. */
  readonly bytes: number;
  /** For so long, in milliseconds. */
  readonly age: number;
  /** With too many, `oldest` goes, or jobs go on to be tried and do not die. */
  readonly full: "oldest" | "block";
  /** Are jobs that expire kept, too? */
  readonly expired: boolean;
}

/** What a client says of a job in the name of its function; what it does not say is left out. */
export interface JobOptions {
  /** How long until it may run, in milliseconds. */
  readonly delay?: number;
  /** How long it may wait then, in milliseconds. */
  readonly ttl?: number;
  /** How many runs it may have. */
  readonly attempts?: number;
  /** Its priority, whatever the packet says. */
  readonly priority?: PriorityIndex;
  /** For how long after it is completed no other job with its unique runs, in milliseconds. */
  readonly uniqueWindow?: number;
}

/** After which failures a job runs again, how often, and when. */
export interface RetryRule {
  /** After so many further runs it is over. */
  readonly max: number;
  /** The failures that it is about. */
  readonly on: ReadonlySet<FailureCause>;
  /** How long any further run is waited for at most, in milliseconds. */
  readonly longest: number;
  /**
   * How long a job waits for a further run, in milliseconds.
   *
   * @param retry 1 for the first further run.
   * @param random gives numbers from 0 to below 1.
   */
  delay(retry: number, random: () => number): number;
}

/** What holds for the dead jobs of a function whose rule says nothing else. */
export const USUAL_DEAD_RULE: DeadRule = {
  count: 10_000,
  bytes: 64 * 2 ** 20,
  age: 180 * 24 * 3600 * 1000,
  full: "oldest",
  expired: false,
};
