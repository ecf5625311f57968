import type { Clock } from "../clock.ts";
import { DueHeap } from "../containers/due_heap.ts";
import type { Job } from "../model/job.ts";
import { JobState } from "../model/job_state.ts";
import { Timer } from "../model/timer.ts";
import type { JobTable } from "./job_table.ts";
import { numberIn, type Records } from "./records.ts";
import type { Timers } from "./timers.ts";

/** So many jobs end in one turn. */
const ENDED_IN_A_TURN = 1024;
/** When one that is being written is looked at again, in milliseconds. */
const LOOK_AGAIN = 100;
/** Of the jobs that are noted so many more than live may have ended. */
const MOST_ENDED = 1024;
/** Records of when a stored job expires, by its number. */
const KIND = "expires";

/** What {@linkcode Expiry} needs. */
export interface ExpiryParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly jobs: JobTable;
  /** Ends one. */
  readonly endings: { expire(job: Job): void };
  readonly records: Records;
}

/**
 * Ends jobs that have waited for longer than the rule of their function allows. Of each job there are 16
 * bytes here until its time has come, or so many others have ended; running ones end when their run has
 * failed and they would wait again.
 */
export class Expiry {
  readonly #parts: ExpiryParts;
  readonly #times = new DueHeap();
  readonly #timer = new Timer(() => this.#ring());
  /** Numbers of jobs whose time has come while they run. */
  readonly #late = new Set<number>();
  /** When those expire that were moved to another due time since. */
  readonly #moved = new Map<number, number>();
  /** When stored jobs expire that are not here yet, by their numbers. */
  readonly #stored = new Map<number, number>();

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
    parts.records.restore(KIND, (key, value) => {
      if (value !== null) this.#stored.set(numberIn(key), numberIn(value));
    });
  }

  /** How many jobs are noted. */
  get size(): number {
    return this.#times.size;
  }

  /** A job of a function whose jobs expire has come in. Its time begins now, or when it is due. */
  begin(job: Job, ttl: number): void {
    const { records } = this.#parts;
    const time = this.#timeOf(job, ttl);
    this.#note(job.number, time);
    if (job.background) records.setOfJob(KIND, job.number, time);
  }

  /** A job is to wait for another time, and its own begins anew. */
  moved(job: Job, ttl: number): void {
    this.begin(job, ttl);
    this.#moved.set(job.number, this.#timeOf(job, ttl));
  }

  #timeOf(job: Job, ttl: number): number {
    return Math.max(this.#parts.clock.epoch(), job.due ?? 0) + ttl;
  }

  /**
   * A job is back from the store; `ttl` is 0 if jobs of its function do not expire.
   *
   * @returns how long it may wait still, if that was not by such a rule; else 0.
   */
  restored(number: number, due: number, ttl: number): number {
    const { clock, records } = this.#parts;
    const known = this.#stored.get(number);
    if (known !== undefined) {
      this.#stored.delete(number);
      this.#note(number, known);
      return ttl === 0 ? Math.max(1, known - Math.max(clock.epoch(), due)) : 0;
    }
    if (ttl === 0) return 0;
    // The rule is newer than the job.
    const time = Math.max(clock.epoch(), due) + ttl;
    this.#note(number, time);
    records.setOfJob(KIND, number, time);
    return 0;
  }

  /**
   * A job of a queue that servers share has come here, and may wait for so long still.
   *
   * @returns that time, if it is not by a rule; else 0.
   */
  claimed(number: number, timeLeft: number, ttl: number): number {
    this.#note(number, this.#parts.clock.epoch() + timeLeft);
    return ttl === 0 ? Math.max(1, timeLeft) : 0;
  }

  /** All stored jobs are back: what is left was of others. */
  loaded(): void {
    for (const number of this.#stored.keys()) this.#parts.records.removeOfJob(KIND, number);
    this.#stored.clear();
  }

  /** A run of the job has failed: is it too late for a further one? */
  isLate(job: Job): boolean {
    return this.#late.size > 0 && this.#late.has(job.number) && ttlOf(job) > 0;
  }

  /** A job that expires has ended. */
  forget({ number, background }: Job): void {
    this.#late.delete(number);
    this.#moved.delete(number);
    if (background) this.#parts.records.removeOfJob(KIND, number);
  }

  #note(number: number, time: number): void {
    const { jobs } = this.#parts;
    if (this.#times.size > 2 * jobs.size + MOST_ENDED) {
      this.#times.retain((other) => jobs.isLiveNumber(other));
    }
    this.#times.push(time, number);
    if (this.#timer.isSet && this.#timer.due <= time) return;
    this.#arm();
  }

  #arm(): void {
    const { timers } = this.#parts;
    timers.clearDueTime(this.#timer);
    if (this.#times.size > 0) timers.setDueTime(this.#timer, this.#times.due);
  }

  #ring(): void {
    const now = this.#parts.clock.epoch();
    for (let count = 0; count < ENDED_IN_A_TURN && this.#times.due <= now; count++) {
      const { number } = this.#times;
      this.#times.pop();
      this.#isOver(number, now);
    }
    this.#arm();
  }

  #isOver(number: number, now: number): void {
    const { jobs, endings } = this.#parts;
    const job = jobs.parked?.visit(number) ?? jobs.get(number);
    // Not if the rule is gone by now.
    if (job === undefined || ttlOf(job) === 0) return;
    // It was noted once more, with its new time.
    if ((this.#moved.get(number) ?? 0) > now) return;
    if (job.state === JobState.RUNNING) this.#late.add(number);
    else if (job.state === JobState.STORING) this.#times.push(now + LOOK_AGAIN, number);
    else if (job.state !== JobState.KEPT) endings.expire(job);
  }
}

/**
 * How long a job may wait, as its client has said, or by the rule of its function; 0 for ever, as one may
 * that stands for a dead job.
 */
export function ttlOf({ func: { rule }, trouble }: Job): number {
  if (trouble !== null && trouble.standsFor !== null) return 0;
  return trouble !== null && trouble.ttl > 0 ? trouble.ttl : rule === null ? 0 : rule.ttl;
}
