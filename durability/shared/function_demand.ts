import type { FunctionQueue, PriorityIndex } from "../../router/mod.ts";
import type { Demand } from "../../store/shared_queue.ts";

/**
 * Over such a time it is counted how many jobs start, in milliseconds: so many are claimed ahead. A claim
 * takes some milliseconds; with 5 here, Deno did a quarter fewer jobs a second (measured).
 */
const WINDOW = 20;
/** So many are claimed ahead at most. */
const MOST_AHEAD = 256;
/** So many urgent jobs are claimed though those behind them fill the place. */
const MOST_URGENT = 16;
/** A worker that was woken counts as hung when it has not looked after so many looks of ours. */
const MOST_LOOKS = 15;
/** The shared queue may have jobs of each priority. */
const ALL = 7;

/** What the workers of this server want of one function. */
export class FunctionDemand {
  readonly func: FunctionQueue;
  /** How many of its workers have found nothing to do. */
  idle = 0;
  /** How many jobs that are being written are to be this server's. */
  born = 0;
  /** What other servers were told. */
  told: Demand;
  /** Of which priorities the shared queue may have jobs, as bits. */
  #maybe = ALL;
  #windowBegin = 0;
  #started = 0;
  #startedBefore = 0;
  /** How many jobs had started when that was looked at last. */
  #startsSeen = -1;
  /** How often that was the same while jobs waited. */
  #standstill = 0;

  constructor(func: FunctionQueue) {
    this.func = func;
    this.told = { functionName: func.name, workers: 0, running: 0, hungry: -1 };
  }

  /** The shared queue may have jobs, of this priority or of any. */
  mayHave(priority?: PriorityIndex): void {
    this.#maybe |= priority === undefined ? ALL : 1 << priority;
  }

  /** It has none of this priority. */
  hasNone(priority: PriorityIndex): void {
    this.#maybe &= ~(1 << priority);
  }

  /** May the shared queue have jobs of this priority? */
  mayHaveOf(priority: PriorityIndex): boolean {
    return (this.#maybe & 1 << priority) !== 0;
  }

  /** May it have jobs that go before a new one of this priority? */
  mayHaveBefore(priority: PriorityIndex): boolean {
    return (this.#maybe & (2 << priority) - 1) !== 0;
  }

  /** May it have any? */
  get mayHaveAny(): boolean {
    return this.#maybe !== 0;
  }

  /** A job has started. */
  started(now: number): void {
    const age = now - this.#windowBegin;
    if (age >= WINDOW) {
      this.#startedBefore = age < 2 * WINDOW ? this.#started : 0;
      this.#started = 0;
      this.#windowBegin = now;
    }
    this.#started++;
  }

  /** So many jobs may wait here for workers that will be free soon. */
  ahead(now: number): number {
    const age = now - this.#windowBegin;
    if (age >= 2 * WINDOW) return 0;
    const before = age < WINDOW ? this.#startedBefore : 0;
    return Math.min(MOST_AHEAD, Math.max(before, this.#started));
  }

  /** How many jobs of a priority are to be claimed. */
  wants(priority: PriorityIndex, ahead: number): number {
    const { queues, waiting } = this.func;
    let before = 0;
    for (let index = 0; index <= priority; index++) before += queues[index].length;
    const urgent = Math.min(waiting - before, MOST_URGENT);
    // Half of those ahead are used before there is a further claim.
    if (this.idle === 0 && before > ahead / 2 && before >= urgent) return 0;
    return Math.max(0, Math.max(this.idle + ahead, urgent) - before);
  }

  /** Is there room for one that is to be this server's from the start? */
  hasRoom(now: number): boolean {
    return this.idle + this.ahead(now) > this.func.waiting + this.born;
  }

  /** What other servers should know now. */
  demand(): Demand {
    const { name, workers, running } = this.func;
    return { functionName: name, workers, running, hungry: this.#hungry() };
  }

  #hungry(): Demand["hungry"] {
    if (this.func.workers === 0) return -1;
    if (this.idle > 0) return 2;
    const best = this.func.queues.findIndex(({ length }) => length > 0);
    return Math.max(best, 0) - 1 as Demand["hungry"];
  }

  /** Is what others were told out of date? */
  get isNews(): boolean {
    const { workers, running, hungry } = this.demand();
    const { told } = this;
    return workers !== told.workers || running !== told.running || hungry !== told.hungry;
  }

  /**
   * To be asked every 200 milliseconds: do jobs wait here in vain? All workers are busy for longer, or one
   * that was woken has not looked for three seconds.
   */
  standsStill(): boolean {
    const { waiting, counts } = this.func;
    const isStill = waiting > 0 && counts.started === this.#startsSeen;
    this.#startsSeen = counts.started;
    this.#standstill = isStill ? this.#standstill + 1 : 0;
    return this.#standstill >= (this.idle > 0 ? MOST_LOOKS : 1);
  }
}
