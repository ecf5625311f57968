/**
 * What the snapshots of the last minutes say together: rates, and lines of the totals.
 *
 * @module
 */
import type { FunctionAnswer, SnapshotAnswer } from "../../api/types.ts";
import { encodedName } from "./text.ts";

/** How many snapshots rates are taken from, and lines are drawn of. */
const RATE_SPAN = 5;
const LINE_SPAN = 180;
const MINUTE = 60_000;

/** Sums of a function, or of all, at a moment. */
export interface Sums {
  readonly at: number;
  readonly submitted: number;
  readonly ended: number;
  /** Failures and exceptions. */
  readonly failed: number;
}

/** Jobs in a second. */
export interface Rates {
  readonly submitted: number;
  readonly ended: number;
  readonly failed: number;
}

/** One second of all functions. */
export interface Second extends Rates {
  readonly at: number;
  readonly waiting: number;
  readonly running: number;
  readonly memoryBytes: number;
  readonly eventLoopDelaySeconds: number;
}

/** What is known of the last minutes. */
export class Past {
  readonly #functions = new Map<string, Sums[]>();
  #totals: Sums[] = [];
  /** Oldest first. */
  seconds: readonly Second[] = [];

  /** Takes in a snapshot. */
  add({ at, functions, totals, server }: SnapshotAnswer): void {
    const moment = Date.parse(at);
    const last = this.#totals.at(-1);
    // The server has started anew.
    if (last !== undefined && totals.submittedTotal < last.submitted) this.#clear();
    const { submittedTotal: submitted, endedTotal: ended, failedTotal: failed } = totals;
    push(this.#totals, { at: moment, submitted, ended, failed });
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
      memoryBytes: server.memoryBytes,
      eventLoopDelaySeconds: server.eventLoopDelaySeconds,
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

  /** What ended in the last minute, as far as this page has seen it, and how much of it failed. */
  lastMinute(key: string): { ended: number; failed: number } {
    const sums = this.#functions.get(key) ?? [];
    const [first, last] = [sums[0], sums.at(-1)];
    if (first === undefined || last === undefined) return { ended: 0, failed: 0 };
    return { ended: last.ended - first.ended, failed: last.failed - first.failed };
  }

  #clear(): void {
    this.#functions.clear();
    this.#totals = [];
    this.seconds = [];
  }
}

function sumsOf(func: FunctionAnswer, at: number): Sums {
  const failed = func.failedTotal + func.exceptionTotal;
  const ended = func.completedTotal + failed + func.lostTotal + func.cancelledTotal;
  return { at, submitted: func.submittedTotal, ended, failed };
}

/** A function that was dropped and came again has counts that begin again. */
function push(sums: Sums[], next: Sums): void {
  if (next.submitted < (sums.at(-1)?.submitted ?? 0)) sums.length = 0;
  sums.push(next);
  while (sums[0].at < next.at - MINUTE) sums.shift();
}

function ratesOf(all: readonly Sums[]): Rates | null {
  const sums = all.slice(-RATE_SPAN - 1);
  const [first, last] = [sums[0], sums.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return null;
  const seconds = (last.at - first.at) / 1000;
  return {
    submitted: (last.submitted - first.submitted) / seconds,
    ended: (last.ended - first.ended) / seconds,
    failed: (last.failed - first.failed) / seconds,
  };
}
