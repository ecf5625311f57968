import type { FunctionQueue } from "../model/function_queue.ts";
import type { JobOutcome } from "../model/job_state.ts";
import { BUCKETS, Histogram, quantile } from "./histogram.ts";
import { MINUTE_COUNTS, type MinuteCounts, Minutes } from "./minutes.ts";
import { Moments } from "./moments.ts";
import type { Target } from "../options.ts";
import { TargetCounts, type Targets } from "./targets.ts";

/** Functions whose timings are kept. */
const MOST_FUNCTIONS = 1000;

/**
 * What is timed of jobs: how long they waited for a worker (since their submit, their due time, or their
 * last run), how long each run took, and how long it was from the submit or due time to the end.
 */
export const TIMED = ["waiting", "running", "total"] as const;

/** One of {@linkcode TIMED}. */
export type Timed = typeof TIMED[number];

/** Durations of the last hour, in seconds; each is null if there were none. */
export interface LastHour {
  /** How many there were. */
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** What happened to the jobs of a function in a minute. */
export interface MinutePoint extends Readonly<MinuteCounts> {
  /** When it began, in milliseconds since the Unix epoch. */
  readonly at: number;
}

const FIRST_BUCKETS = MINUTE_COUNTS.length;
const WIDTH = FIRST_BUCKETS + TIMED.length * BUCKETS;
const NO_ROW: Uint32Array = new Uint32Array(0);
const OUTCOMES = new Map(MINUTE_COUNTS.map((name, index) => [name as JobOutcome, index]));

/** How long the jobs of one function waited and took, and how many there were in each minute. */
export class FunctionTimings {
  /** The function. */
  readonly func: FunctionQueue;
  /** How long jobs waited for a worker. */
  readonly waiting: Histogram = new Histogram();
  /** How long runs took; those do not count whose worker has vanished, or whose job was cancelled. */
  readonly running: Histogram = new Histogram();
  /** How long it was from the submit to the result, or the failure. */
  readonly total: Histogram = new Histogram();
  /** What its jobs should keep to; null if nothing was said. */
  readonly target: Target | null;
  /** How many jobs waited, and not too long; counted if there is a target for it. */
  readonly waitTarget: TargetCounts = new TargetCounts();
  /** How many runs there were, and not too long ones; counted if there is a target for it. */
  readonly runTarget: TargetCounts = new TargetCounts();
  /** @internal Was it looked for since it was passed over? */
  isUsed = true;
  readonly #minutes = new Minutes(WIDTH);
  /** The row of the minute in which something happened last. */
  #latest = NO_ROW;
  #latestMinute = -1;
  readonly #moments: Moments;

  /** @internal Made by {@linkcode TimingTable}. */
  constructor(func: FunctionQueue, target: Target | null, moments: Moments) {
    this.func = func;
    this.target = target;
    this.#moments = moments;
  }

  /** @internal A job was submitted. */
  submitted(): void {
    this.#row()[0]++;
  }

  /** @internal A worker got a job that waited for so many milliseconds, if that is known. */
  started(waited: number | null): void {
    const row = this.#row();
    row[1]++;
    if (waited === null) return;
    row[FIRST_BUCKETS + this.waiting.add(waited)]++;
    const wait = this.target?.wait;
    if (wait !== undefined) this.waitTarget.add(waited, wait * 1000);
  }

  /** @internal A job waits again after a run. */
  requeued(): void {
    this.#row()[2]++;
  }

  /** @internal A run ended after so many milliseconds. */
  ran(milliseconds: number): void {
    this.#row()[FIRST_BUCKETS + BUCKETS + this.running.add(milliseconds)]++;
    const run = this.target?.run;
    if (run !== undefined) this.runTarget.add(milliseconds, run * 1000);
  }

  /** @internal A job ended; `total`, in milliseconds, is null if that is not to be counted. */
  ended(outcome: JobOutcome, total: number | null): void {
    const row = this.#row();
    row[OUTCOMES.get(outcome)!]++;
    if (total !== null) row[FIRST_BUCKETS + 2 * BUCKETS + this.total.add(total)]++;
  }

  /** Durations of the last 60 minutes, the one included that has not ended. */
  lastHour(timed: Timed): LastHour {
    const first = FIRST_BUCKETS + TIMED.indexOf(timed) * BUCKETS;
    const sums = new Float64Array(BUCKETS);
    for (const [, row] of this.#minutes.last(this.#moments.minute())) {
      if (row === null) continue;
      for (let bucket = 0; bucket < BUCKETS; bucket++) sums[bucket] += row[first + bucket];
    }
    return summary(sums);
  }

  /** Durations of each of the last 60 minutes, oldest first; the last one has not ended. */
  byMinute(timed: Timed): LastHour[] {
    const first = FIRST_BUCKETS + TIMED.indexOf(timed) * BUCKETS;
    const none = new Float64Array(BUCKETS);
    return Array.from(
      this.#minutes.last(this.#moments.minute()),
      ([, row]) => summary(row?.subarray(first, first + BUCKETS) ?? none),
    );
  }

  /** The last 60 minutes, oldest first; the last one has not ended. */
  minutes(): MinutePoint[] {
    const last = this.#minutes.last(this.#moments.minute());
    return Array.from(last, ([minute, row]) => this.#point(minute, row));
  }

  /** The last minute that has ended. */
  lastMinute(): MinutePoint {
    const minute = this.#moments.minute() - 1;
    return this.#point(minute, this.#minutes.find(minute));
  }

  #point(minute: number, row: Uint32Array | null): MinutePoint {
    const counts = MINUTE_COUNTS.map((name, index) => [name, row === null ? 0 : row[index]]);
    const at = Math.round(this.#moments.epochOf(Moments.startOf(minute)));
    return { at, ...Object.fromEntries(counts) as MinuteCounts };
  }

  #row(): Uint32Array {
    const minute = this.#moments.minute();
    if (minute === this.#latestMinute) return this.#latest;
    this.#latestMinute = minute;
    return this.#latest = this.#minutes.row(minute);
  }
}

/** How many durations are in some buckets, and what they are. */
function summary(buckets: ArrayLike<number>): LastHour {
  return {
    count: Array.from(buckets).reduce((sum, count) => sum + count, 0),
    p50: quantile(buckets, 0.5),
    p95: quantile(buckets, 0.95),
    p99: quantile(buckets, 0.99),
  };
}

/**
 * The timings of functions: of a limited number of them, as names may be made up at will. A further one
 * takes the place of one that nothing has happened in for long.
 */
export class TimingTable {
  /** How many functions have lost their timings to others. */
  forgotten = 0;
  readonly #moments: Moments;
  readonly #targets: Targets;
  readonly #most: number;
  readonly #byFunction = new Map<FunctionQueue, FunctionTimings>();
  readonly #all: FunctionTimings[] = [];
  /** Where the search for one that was not used goes on. */
  #hand = 0;
  /** Mostly the next job is of the same function. */
  #last: FunctionTimings | null = null;

  /** @param most functions whose timings are kept. */
  constructor(moments: Moments, targets: Targets, most: number = MOST_FUNCTIONS) {
    this.#moments = moments;
    this.#targets = targets;
    this.#most = most;
  }

  /** The timings of a function in which something happens. */
  of(func: FunctionQueue): FunctionTimings {
    if (this.#last?.func === func) return this.#last;
    const timings = this.#byFunction.get(func) ?? this.#add(func);
    timings.isUsed = true;
    this.#last = timings;
    return timings;
  }

  /** The timings of a function, to look at. */
  find(func: FunctionQueue): FunctionTimings | null {
    return this.#byFunction.get(func) ?? null;
  }

  /** The timings of all functions that have some. */
  values(): Iterable<FunctionTimings> {
    return this.#all;
  }

  #add(func: FunctionQueue): FunctionTimings {
    const timings = new FunctionTimings(func, this.#targets.of(func.name), this.#moments);
    this.#byFunction.set(func, timings);
    if (this.#all.length < this.#most) this.#all.push(timings);
    else this.#replace(timings);
    return timings;
  }

  /** Takes the place of the next one that was not used since the hand was there last. */
  #replace(timings: FunctionTimings): void {
    for (;; this.#hand++) {
      const index = this.#hand % this.#all.length;
      const other = this.#all[index];
      if (!other.isUsed) {
        this.#byFunction.delete(other.func);
        this.#all[index] = timings;
        this.#hand = index + 1;
        this.forgotten++;
        return;
      }
      other.isUsed = false;
    }
  }
}
