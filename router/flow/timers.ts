import { type Clock, MAX_TIMER_DELAY } from "../clock.ts";
import { IndexedHeap } from "../containers/indexed_heap.ts";
import type { Timer } from "../model/timer.ts";

/** The most timers that fire before peers have their turn: a million jobs may be due at one second. */
const MOST_AT_ONCE = 4096;

const earlier = (a: Timer, b: Timer) => a.due < b.due || (a.due === b.due && a.order < b.order);

/**
 * All timers of one router over a single timer of the clock: delays counted from now, and due times
 * on the wall, which move when somebody sets the wall clock.
 */
export class Timers {
  readonly #clock: Clock;
  readonly #holdsDueTimes: () => boolean;
  readonly #delays = new IndexedHeap<Timer>(earlier);
  readonly #dueTimes = new IndexedHeap<Timer>(earlier);
  #callOff: (() => void) | null = null;
  /** When the clock's timer rings; Infinity when it is not set. */
  #armedFor = Infinity;
  #firing = false;
  #lastOrder = 0;

  /**
   * No timer is set yet.
   *
   * @param holdsDueTimes does nothing fire at its due time at the moment? When that ends,
   * {@linkcode fireHeld} is to be called.
   */
  constructor(clock: Clock, holdsDueTimes: () => boolean = () => false) {
    this.#clock = clock;
    this.#holdsDueTimes = holdsDueTimes;
  }

  /** How many timers are set. */
  get size(): number {
    return this.#delays.size + this.#dueTimes.size;
  }

  /** Sets a timer that is not set to fire `delay` milliseconds from now. */
  setDelay(timer: Timer, delay: number): void {
    timer.due = this.#clock.now() + delay;
    timer.order = ++this.#lastOrder;
    this.#delays.push(timer);
    if (timer.due < this.#armedFor) this.#arm();
  }

  /** Sets a timer that is not set to fire when the wall shows `epoch` (milliseconds). */
  setDueTime(timer: Timer, epoch: number): void {
    timer.due = epoch;
    timer.order = ++this.#lastOrder;
    this.#dueTimes.push(timer);
    this.#arm();
  }

  /**
   * Sets one that just fired for a further due time, as if it had been set with the former one: what
   * of it is due already fires in the same round, in the order of due times among all timers.
   */
  setNextDueTime(timer: Timer, epoch: number): void {
    timer.due = epoch;
    this.#dueTimes.push(timer);
    this.#arm();
  }

  /** Calls a timer off, if it is set as a delay. */
  clearDelay(timer: Timer): void {
    if (timer.isSet) this.#delays.remove(timer);
  }

  /** Calls a timer off, if it is set for a due time. */
  clearDueTime(timer: Timer): void {
    if (timer.isSet) this.#dueTimes.remove(timer);
  }

  /** Fires what came due while due times were held, the first of it now. */
  fireHeld(): void {
    if (this.#armedFor === -Infinity) return;
    this.#callOff?.();
    this.#ring();
  }

  /** Lets go of the clock; nothing fires any more. */
  stop(): void {
    this.#callOff?.();
    this.#callOff = null;
    this.#armedFor = -Infinity;
  }

  #arm(): void {
    if (this.#firing) return;
    const wait = this.#untilNext();
    if (wait === Infinity) return;
    const due = this.#clock.now() + wait;
    if (due >= this.#armedFor) return;
    this.#callOff?.();
    this.#armedFor = due;
    this.#callOff = this.#clock.after(wait, () => this.#ring());
  }

  #untilNext(): number {
    const delay = (this.#delays.peek()?.due ?? Infinity) - this.#clock.now();
    const nextDueTime = this.#holdsDueTimes() ? undefined : this.#dueTimes.peek()?.due;
    const dueTime = (nextDueTime ?? Infinity) - this.#clock.epoch();
    const wait = Math.min(delay, dueTime);
    return wait === Infinity ? wait : Math.min(Math.max(0, wait), MAX_TIMER_DELAY);
  }

  #ring(): void {
    this.#callOff = null;
    this.#armedFor = Infinity;
    // What a fired timer sets without a delay waits for the next round: peers have their turn.
    this.#firing = true;
    const last = this.#lastOrder;
    try {
      fireUpTo(this.#delays, this.#clock.now(), last);
      if (!this.#holdsDueTimes()) fireUpTo(this.#dueTimes, this.#clock.epoch(), last);
    } finally {
      this.#firing = false;
    }
    this.#arm();
  }
}

/** Fires what is due, but not all at once, and nothing that was set after the one with order `last`. */
function fireUpTo(heap: IndexedHeap<Timer>, now: number, last: number): void {
  for (let count = 0; count < MOST_AT_ONCE; count++) {
    const timer = heap.peek();
    if (timer === undefined || timer.due > now || timer.order > last) return;
    heap.remove(timer);
    timer.fire();
  }
}
