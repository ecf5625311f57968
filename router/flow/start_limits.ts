import type { Clock } from "../clock.ts";
import { Closed, type FunctionQueue } from "../model/function_queue.ts";
import type { FunctionRule, RateRule } from "../model/function_rule.ts";
import { Timer } from "../model/timer.ts";
import type { Timers } from "./timers.ts";
import type { WaitingJobs } from "./waiting.ts";
import type { WakeUps } from "./wake_ups.ts";

/** Parts of a start that are lost in calculating with fractions. */
const EPSILON = 1e-9;

/** How many jobs of a function may still start by its rate: a bucket that fills evenly. */
interface Bucket {
  starts: number;
  /** When it was filled last, in milliseconds of the clock. */
  filledAt: number;
  /** Rings when there is one more start in it. */
  readonly timer: Timer;
}

/**
 * Keeps to the limits that the rules of functions set to how many of their jobs run, and how many start in
 * a time. A function that has come to a limit is closed: its jobs stay in their order, and no worker is
 * woken for them until it is opened.
 */
export class StartLimits {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #waiting: WaitingJobs;
  readonly #wakeUps: WakeUps;
  readonly #buckets = new Map<FunctionQueue, Bucket>();

  constructor(clock: Clock, timers: Timers, waiting: WaitingJobs, wakeUps: WakeUps) {
    this.#clock = clock;
    this.#timers = timers;
    this.#waiting = waiting;
    this.#wakeUps = wakeUps;
  }

  /** This rule holds for a function from now on, or none. */
  rule(func: FunctionQueue, rule: FunctionRule | null): void {
    const before = func.rule;
    func.rule = rule;
    // A rate that is as it was begins no new burst.
    const bucket = this.#buckets.get(func);
    if (bucket !== undefined && !isSame(before?.rate, rule?.rate)) this.forget(func);
    else if (bucket !== undefined) {
      bucket.starts = Math.min(bucket.starts, mostStarts(rule!, rule!.rate!));
    }
    if (isLimited(before) || isLimited(rule)) this.#look(func, 0);
  }

  /** A job of the function begins to run. */
  started(func: FunctionQueue): void {
    const rule = func.rule!;
    if (!isLimited(rule)) return;
    if (rule.rate !== null) this.#filled(func, rule, rule.rate).starts--;
    this.#look(func, 0);
  }

  /** One does not run any more; mostly its worker looks for the next one at once. */
  ended(func: FunctionQueue): void {
    if (isLimited(func.rule)) this.#look(func, 1);
  }

  /** Until when no job of the function starts by its rate, in milliseconds of the clock; null if some may. */
  closedUntil(func: FunctionQueue): number | null {
    const rate = func.rule?.rate ?? null;
    const bucket = rate === null ? undefined : this.#buckets.get(func);
    if (bucket === undefined) return null;
    const { starts } = this.#filled(func, func.rule!, rate!);
    return starts + EPSILON >= 1 ? null : bucket.filledAt + (1 - starts) * interval(rate!);
  }

  /** Lets go of a function that is dropped. */
  forget(func: FunctionQueue): void {
    const bucket = this.#buckets.get(func);
    if (bucket === undefined) return;
    this.#timers.clearDelay(bucket.timer);
    this.#buckets.delete(func);
  }

  /** Closes the function, or opens it and wakes workers for as many jobs as may start. */
  #look(func: FunctionQueue, expected: number): void {
    const before = func.room;
    func.room = this.#roomOf(func);
    if (func.room === 0) return this.#waiting.close(func, Closed.LIMITED);
    if ((func.closed & Closed.LIMITED) !== 0) {
      this.#waiting.open(func, Closed.LIMITED, expected);
    } else if (func.room > before && func.hasWork) this.#wakeUps.wakeAll(func, expected);
  }

  #roomOf(func: FunctionQueue): number {
    const { rule } = func;
    if (rule === null) return Infinity;
    const { maxRunning, rate } = rule;
    const toRun = maxRunning === 0 ? Infinity : Math.max(0, maxRunning - func.running);
    if (rate === null) return toRun;
    const bucket = this.#filled(func, rule, rate);
    if (bucket.starts < mostStarts(rule, rate) && !bucket.timer.isSet) {
      const missing = 1 - bucket.starts % 1;
      this.#timers.setDelay(bucket.timer, Math.max(1, missing * interval(rate)));
    }
    return Math.min(toRun, Math.max(0, Math.floor(bucket.starts + EPSILON)));
  }

  /** The bucket of a function, filled up to now. A new one is full. */
  #filled(func: FunctionQueue, rule: FunctionRule, rate: RateRule): Bucket {
    const now = this.#clock.now();
    const most = mostStarts(rule, rate);
    let bucket = this.#buckets.get(func);
    if (bucket === undefined) {
      const timer = new Timer(() => this.#look(func, 0));
      this.#buckets.set(func, bucket = { starts: most, filledAt: now, timer });
    }
    bucket.starts = Math.min(most, bucket.starts + (now - bucket.filledAt) / interval(rate));
    bucket.filledAt = now;
    return bucket;
  }
}

function isLimited(rule: FunctionRule | null): boolean {
  return rule !== null && (rule.maxRunning > 0 || rule.rate !== null);
}

function isSame(one: RateRule | null | undefined, other: RateRule | null | undefined): boolean {
  return one?.count === other?.count && one?.period === other?.period;
}

function mostStarts({ burst }: FunctionRule, { count }: RateRule): number {
  return burst > 0 ? burst : count;
}

/** Between two starts, in milliseconds. */
function interval({ count, period }: RateRule): number {
  return period / count;
}
