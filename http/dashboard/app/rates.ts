/**
 * What the snapshots of the last minutes say together: rates, and lines of the totals.
 *
 * @module
 */
import type { ToldFunction, ToldSnapshot } from "../../api/told.ts";
import { encodedName } from "./text.ts";

/** How many snapshots rates are taken from, and lines are drawn of. */
const RATE_SPAN = 5;
const LINE_SPAN = 180;
const MINUTE = 60_000;

/** Sums of a function, or of all, at a moment; null where the server does not tell them. */
export interface Sums {
  readonly at: number;
  /** Live jobs. */
  readonly jobs: number;
  readonly submitted: number | null;
  readonly ended: number | null;
  /** Jobs that ended by WORK_FAIL or WORK_EXCEPTION. */
  readonly failed: number | null;
}

/** Jobs in a second; null where the server does not tell enough. */
export interface Rates {
  readonly submitted: number | null;
  readonly ended: number | null;
  readonly failed: number | null;
  /** Jobs that came minus jobs that went. */
  readonly change: number;
}

/** One second of all functions. */
export interface Second extends Rates {
  readonly at: number;
  readonly waiting: number;
  readonly running: number;
  readonly memoryBytes: number | null;
  readonly eventLoopDelaySeconds: number | null;
}

/** What is known of the last minutes. */
export class Past {
  readonly #functions = new Map<string, Sums[]>();
  #totals: Sums[] = [];
  /** The last seconds, oldest first. */
  seconds: readonly Second[] = [];

  /** Takes in a snapshot. */
  add({ at, functions, totals, server }: ToldSnapshot): void {
    const moment = Date.parse(at);
    const last = this.#totals.at(-1);
    // A server that is slow to tell is not asked each second.
    if (last?.at === moment) return;
    const { submittedTotal: submitted = null, endedTotal: ended = null } = totals;
    const { failedTotal: failed = null } = totals;
    // The server has started anew.
    if (submitted !== null && submitted < (last?.submitted ?? 0)) this.#clear();
    push(this.#totals, { at: moment, jobs: server.jobs, submitted, ended, failed });
    for (const func of functions) {
      const key = encodedName(func.name, func.nameBase64);
      const sums = this.#functions.get(key) ?? [];
      if (sums.length === 0) this.#functions.set(key, sums);
      push(sums, sumsOf(func, moment));
    }
    for (const [key, sums] of this.#functions) {
      if (sums.at(-1)!.at < moment - MINUTE) this.#functions.delete(key);
    }
    const rates = ratesOf(this.#totals);
    if (rates === null) return;
    this.seconds = [...this.seconds, {
      at: moment,
      ...rates,
      waiting: totals.waiting,
      running: totals.running,
      memoryBytes: server.memoryBytes ?? null,
      eventLoopDelaySeconds: server.eventLoopDelaySeconds ?? null,
    }].slice(-LINE_SPAN);
  }

  /** Rates of all functions together; null before the second snapshot. */
  rates(): Rates | null {
    return ratesOf(this.#totals);
  }

  /** Rates of a function, by its name as in a URL; null if there are not two snapshots of it. */
  ratesOf(key: string): Rates | null {
    return ratesOf(this.#functions.get(key) ?? []);
  }

  /** How many live jobs a function had, moment by moment in the last minute. */
  jobsOf(key: string): number[] {
    return (this.#functions.get(key) ?? []).map(({ jobs }) => jobs);
  }

  /** What ended in the last minute, as far as this page has seen it, and how much of it failed. */
  lastMinute(key: string): { ended: number; failed: number } {
    const sums = this.#functions.get(key) ?? [];
    const [first, last] = [sums[0], sums.at(-1)];
    if (first === undefined || last === undefined) return { ended: 0, failed: 0 };
    return {
      ended: difference(first.ended, last.ended) ?? 0,
      failed: difference(first.failed, last.failed) ?? 0,
    };
  }

  #clear(): void {
    this.#functions.clear();
    this.#totals = [];
    this.seconds = [];
  }
}

function sumsOf(func: ToldFunction, at: number): Sums {
  const { jobs, submittedTotal: submitted = null, completedTotal } = func;
  if (completedTotal === undefined) return { at, jobs, submitted, ended: null, failed: null };
  const { exceptionTotal = 0, lostTotal = 0, cancelledTotal = 0 } = func;
  const failed = (func.failedTotal ?? 0) + exceptionTotal;
  return {
    at,
    jobs,
    submitted,
    ended: completedTotal + failed + lostTotal + cancelledTotal,
    failed,
  };
}

function difference(first: number | null, last: number | null): number | null {
  return first === null || last === null ? null : last - first;
}

/** A function that was dropped and came again has counts that begin again. */
function push(sums: Sums[], next: Sums): void {
  if (next.submitted !== null && next.submitted < (sums.at(-1)?.submitted ?? 0)) sums.length = 0;
  sums.push(next);
  while (sums[0].at < next.at - MINUTE) sums.shift();
}

function ratesOf(all: readonly Sums[]): Rates | null {
  const sums = all.slice(-RATE_SPAN - 1);
  const [first, last] = [sums[0], sums.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return null;
  const seconds = (last.at - first.at) / 1000;
  const perSecond = (name: "submitted" | "ended" | "failed") => {
    const jobs = difference(first[name], last[name]);
    return jobs === null ? null : jobs / seconds;
  };
  return {
    submitted: perSecond("submitted"),
    ended: perSecond("ended"),
    failed: perSecond("failed"),
    change: (last.jobs - first.jobs) / seconds,
  };
}
