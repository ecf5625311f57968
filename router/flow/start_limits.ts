import { decodeName } from "../../protocol/mod.ts";
import type { Clock } from "../clock.ts";
import { Closed, type FunctionQueue } from "../model/function_queue.ts";
import type { FunctionRule, RateRule } from "../model/function_rule.ts";
import type { Job } from "../model/job.ts";
import { type Bucket, type Lane, Lanes } from "../model/lanes.ts";
import type { Peer } from "../model/peer.ts";
import { Timer } from "../model/timer.ts";
import type { Timers } from "./timers.ts";
import type { WaitingJobs } from "./waiting.ts";
import type { WakeUps } from "./wake_ups.ts";

/** Parts of a start that are lost in calculating with fractions. */
const EPSILON = 1e-9;
const COLON = 0x3a;

/** The bucket of a function or a lane, which rings when there is one more start in it. */
interface RingingBucket extends Bucket {
  readonly timer: Timer;
}

/** What limits hold for: a function, or one of its lanes. */
type Limited = FunctionQueue | Lane;

/** What {@linkcode StartLimits} need. */
export interface StartLimitsParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly waiting: WaitingJobs;
  readonly wakeUps: WakeUps;
  /** Who runs jobs may be among them. */
  readonly connections: ReadonlyMap<number, Peer>;
}

/**
 * Keeps to the limits that the rules of functions set to how many of their jobs run, and how many start in
 * a time. A function that has come to a limit is closed: its jobs stay in their order, and no worker is
 * woken for them until it is opened. Where each value of a key has limits, its jobs stand in a lane that is
 * closed and opened; a function none of whose waiting jobs may start is closed as well.
 */
export class StartLimits {
  readonly #parts: StartLimitsParts;
  readonly #buckets = new Map<Limited, RingingBucket>();
  readonly #lanes = new Map<FunctionQueue, Lanes>();

  constructor(parts: StartLimitsParts) {
    this.#parts = parts;
  }

  /** This rule holds for a function from now on, or none. */
  rule(func: FunctionQueue, rule: FunctionRule | null): void {
    const before = func.rule;
    func.rule = rule;
    const isOther = before?.key !== rule?.key || before?.fair !== rule?.fair;
    if (func.hasLanes && isOther) this.#leaveLanes(func);
    // A rate that is as it was begins no new burst.
    const isSameRate = isSame(before?.rate, rule?.rate);
    for (const limited of [func, ...this.lanesOf(func)?.values() ?? []]) {
      const bucket = this.#buckets.get(limited);
      if (bucket === undefined) continue;
      if (isSameRate) bucket.starts = Math.min(bucket.starts, mostStarts(rule!, rule!.rate!));
      else this.#dropBucket(limited, bucket);
    }
    if (!func.hasLanes) this.#useLanes(func);
    else this.#lookAtAll(func, this.#lanes.get(func)!);
    if (isLimited(before) || isLimited(rule)) this.#look(func, 0);
  }

  /** The lanes of a function; null if its jobs stand in none. */
  lanesOf(func: FunctionQueue): Lanes | null {
    return func.hasLanes ? this.#lanes.get(func)! : null;
  }

  /** The jobs of the function stand in lanes, if its rule says so and none of them is parked. */
  #useLanes(func: FunctionQueue): void {
    const { rule, queues } = func;
    if (rule === null || rule.key === null && rule.fair === null) return;
    if (queues.some(({ parked }) => parked !== null)) return;
    const lanes = rule.key === null
      ? new Lanes(clientOf, true, Infinity)
      : new Lanes(keyOf, false, this.#mostRoom(rule));
    func.queues = lanes.queues;
    for (const queue of queues) {
      for (let job = queue.shift(); job !== null; job = queue.shift()) {
        lanes.queues[job.priorityIndex].push(job);
      }
    }
    for (const worker of this.#parts.connections.values()) {
      for (let job = worker.firstJob; job !== null; job = job.next) {
        if (job.func === func) lanes.of(job).running++;
      }
    }
    this.#lanes.set(func, lanes);
    func.hasLanes = true;
    const bucket = this.#buckets.get(func);
    if (rule.key !== null && bucket !== undefined) this.#dropBucket(func, bucket);
    this.#lookAtAll(func, lanes);
    this.laneChanged(func);
  }

  #leaveLanes(func: FunctionQueue): void {
    const lanes = this.#lanes.get(func)!;
    this.#dropBuckets(lanes);
    this.#lanes.delete(func);
    func.hasLanes = false;
    func.queues = lanes.plainQueues();
    this.#parts.waiting.ready.lanesChanged(func);
    func.room = Infinity;
    if ((func.closed & Closed.LIMITED) !== 0) this.#parts.waiting.open(func, Closed.LIMITED);
  }

  #mostRoom({ maxRunning, rate, burst }: FunctionRule): number {
    const toRun = maxRunning === 0 ? Infinity : maxRunning;
    return rate === null ? toRun : Math.min(toRun, burst > 0 ? burst : rate.count);
  }

  /** A job begins to run. */
  started(job: Job): void {
    const { func } = job;
    const rule = func.rule!;
    const lanes = this.lanesOf(func);
    if (lanes !== null) {
      const lane = lanes.of(job);
      lane.running++;
      if (rule.key !== null) return this.#startedIn(func, lane, rule);
      lanes.changed(lane);
    }
    if (isLimited(rule)) {
      if (rule.rate !== null) {
        this.#filled(func, rule, rule.rate, () => this.#look(func, 0)).starts--;
      }
      this.#look(func, 0);
    }
    if (!func.hasLanes) this.#useLanes(func);
    else this.laneChanged(func);
  }

  #startedIn(func: FunctionQueue, lane: Lane, rule: FunctionRule): void {
    if (rule.rate !== null) this.#bucketOf(func, lane, rule, rule.rate).starts--;
    this.#lookAt(func, lane, 0);
  }

  /** One does not run any more; mostly its worker looks for the next one at once. */
  ended(job: Job): void {
    const { func } = job;
    const lanes = this.lanesOf(func);
    if (lanes !== null) {
      const lane = lanes.of(job);
      lane.running--;
      if (func.rule!.key !== null) return this.#lookAt(func, lane, 1);
      lanes.changed(lane);
    }
    if (isLimited(func.rule)) this.#look(func, 1);
  }

  /**
   * Jobs have come to lanes of the function, or have left them.
   *
   * @returns are workers woken for those that may start?
   */
  laneChanged(func: FunctionQueue, expected = 0): boolean {
    const { waiting: { ready }, wakeUps } = this.#parts;
    ready.lanesChanged(func);
    if (func.rule!.key === null) return false;
    const before = func.room;
    func.room = this.#lanes.get(func)!.room;
    if (func.room === 0 && func.waiting > 0) this.#parts.waiting.close(func, Closed.LIMITED);
    else if ((func.closed & Closed.LIMITED) !== 0) {
      this.#parts.waiting.open(func, Closed.LIMITED, expected);
    } else if (func.room > before && func.hasWork) wakeUps.wakeFor(func, expected);
    return true;
  }

  #lookAtAll(func: FunctionQueue, lanes: Lanes): void {
    const rule = func.rule!;
    if (rule.key === null) return;
    lanes.mostRoom = this.#mostRoom(rule);
    for (const lane of [...lanes.values()]) this.#setRoom(func, lane);
    this.laneChanged(func);
  }

  #lookAt(func: FunctionQueue, lane: Lane, expected: number): void {
    this.#setRoom(func, lane);
    this.laneChanged(func, expected);
  }

  #setRoom(func: FunctionQueue, lane: Lane): void {
    const rule = func.rule!;
    const bucket = this.#buckets.get(lane);
    lane.room = roomOf(rule, lane.running, bucket?.starts ?? Infinity);
    if (bucket !== undefined && rule.rate !== null) {
      const { starts } = this.#bucketOf(func, lane, rule, rule.rate);
      lane.room = roomOf(rule, lane.running, starts);
      if (starts + EPSILON >= mostStarts(rule, rule.rate)) this.#dropBucket(lane, bucket);
      else this.#ring(bucket, rule.rate);
    }
    lane.bucket = this.#buckets.get(lane) ?? null;
    this.#lanes.get(func)!.changed(lane);
  }

  #bucketOf(func: FunctionQueue, lane: Lane, rule: FunctionRule, rate: RateRule): RingingBucket {
    return this.#filled(lane, rule, rate, () => {
      if (func.hasLanes) this.#lookAt(func, lane, 0);
    });
  }

  /** Until when no job starts by its rate, in milliseconds of the clock; null if some may. */
  closedUntil(limited: Limited, rule: FunctionRule | null): number | null {
    const rate = rule?.rate ?? null;
    const bucket = rate === null ? undefined : this.#buckets.get(limited);
    if (bucket === undefined) return null;
    this.#fill(bucket, rule!, rate!);
    const { starts } = bucket;
    return starts + EPSILON >= 1 ? null : bucket.filledAt + (1 - starts) * interval(rate!);
  }

  /** Lets go of a function that is dropped. */
  forget(func: FunctionQueue): void {
    const bucket = this.#buckets.get(func);
    if (bucket !== undefined) this.#dropBucket(func, bucket);
    const lanes = this.lanesOf(func);
    if (lanes !== null) this.#dropBuckets(lanes);
    this.#lanes.delete(func);
  }

  #dropBuckets(lanes: Lanes): void {
    for (const lane of lanes.values()) {
      const bucket = this.#buckets.get(lane);
      if (bucket !== undefined) this.#dropBucket(lane, bucket);
    }
  }

  #dropBucket(limited: Limited, bucket: RingingBucket): void {
    this.#parts.timers.clearDelay(bucket.timer);
    this.#buckets.delete(limited);
  }

  /** Closes the function, or opens it and wakes workers for as many jobs as may start. */
  #look(func: FunctionQueue, expected: number): void {
    if (func.hasLanes && func.rule?.key) return;
    const { waiting, wakeUps } = this.#parts;
    const before = func.room;
    func.room = this.#roomOf(func);
    if (func.room === 0) return waiting.close(func, Closed.LIMITED);
    if ((func.closed & Closed.LIMITED) !== 0) {
      waiting.open(func, Closed.LIMITED, expected);
    } else if (func.room > before && func.hasWork) wakeUps.wakeAll(func, expected);
  }

  #roomOf(func: FunctionQueue): number {
    const { rule } = func;
    if (rule === null) return Infinity;
    const { rate } = rule;
    if (rate === null) return roomOf(rule, func.running, Infinity);
    const bucket = this.#filled(func, rule, rate, () => this.#look(func, 0));
    if (bucket.starts < mostStarts(rule, rate)) this.#ring(bucket, rate);
    return roomOf(rule, func.running, bucket.starts);
  }

  #ring({ timer, starts }: RingingBucket, rate: RateRule): void {
    if (timer.isSet) return;
    const missing = 1 - starts % 1;
    this.#parts.timers.setDelay(timer, Math.max(1, missing * interval(rate)));
  }

  /** The bucket of a function or a lane, filled up to now. A new one is full. */
  #filled(
    limited: Limited,
    rule: FunctionRule,
    rate: RateRule,
    isOneMore: () => void,
  ): RingingBucket {
    let bucket = this.#buckets.get(limited);
    if (bucket === undefined) {
      const filledAt = this.#parts.clock.now();
      bucket = { starts: mostStarts(rule, rate), filledAt, timer: new Timer(isOneMore) };
      this.#buckets.set(limited, bucket);
    }
    this.#fill(bucket, rule, rate);
    return bucket;
  }

  #fill(bucket: Bucket, rule: FunctionRule, rate: RateRule): void {
    const now = this.#parts.clock.now();
    const filled = bucket.starts + (now - bucket.filledAt) / interval(rate);
    bucket.starts = Math.min(mostStarts(rule, rate), filled);
    bucket.filledAt = now;
  }
}

/** The value of the key of a job: its unique up to the first colon. */
function keyOf({ body, uniqueStart, uniqueEnd }: Job): string {
  const unique = body.subarray(uniqueStart, uniqueEnd);
  const colon = unique.indexOf(COLON);
  return decodeName(colon < 0 ? unique : unique.subarray(0, colon));
}

/** Who submitted a job: a client id, or an address. */
function clientOf({ trouble }: Job): string {
  return trouble === null ? "" : trouble.client;
}

function roomOf({ maxRunning }: FunctionRule, running: number, starts: number): number {
  const toRun = maxRunning === 0 ? Infinity : Math.max(0, maxRunning - running);
  return Math.min(toRun, Math.max(0, Math.floor(starts + EPSILON)));
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
