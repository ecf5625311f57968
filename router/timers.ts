import { type Clock, MAX_TIMER_DELAY } from "./clock.ts";
import { type HeapItem, IndexedHeap } from "./indexed_heap.ts";

/** Something that happens at a time. Setting and calling off cost O(log n) in the set timers. */
export class Timer implements HeapItem {
  /** Its place in the heap, or -1. */
  heapIndex: number = -1;
  /** When, in milliseconds of the clock it was set on. */
  due = 0;
  /** Timers that are due at the same time fire in the order in which they were set. */
  order = 0;
  /** What happens. */
  readonly fire: () => void;

  /** A timer that is not set. */
  constructor(fire: () => void) {
    this.fire = fire;
  }

  /** Is it set? */
  get isSet(): boolean {
    return this.heapIndex >= 0;
  }
}

const earlier = (a: Timer, b: Timer) => a.due < b.due || (a.due === b.due && a.order < b.order);

/**
 * All timers of one router over a single timer of the clock: delays counted from now, and due times
 * on the wall, which move when somebody sets the wall clock.
 */
export class Timers {
  readonly #clock: Clock;
  readonly #delays = new IndexedHeap<Timer>(earlier);
  readonly #dueTimes = new IndexedHeap<Timer>(earlier);
  #callOff: (() => void) | null = null;
  /** When the clock's timer rings; Infinity when it is not set. */
  #armedFor = Infinity;
  #firing = false;
  #lastOrder = 0;

  /** No timers yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
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

  /** Calls a timer off, if it is set as a delay. */
  clearDelay(timer: Timer): void {
    if (timer.isSet) this.#delays.remove(timer);
  }

  /** Calls a timer off, if it is set for a due time. */
  clearDueTime(timer: Timer): void {
    if (timer.isSet) this.#dueTimes.remove(timer);
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
    const dueTime = (this.#dueTimes.peek()?.due ?? Infinity) - this.#clock.epoch();
    const wait = Math.min(delay, dueTime);
    return wait === Infinity ? wait : Math.min(Math.max(0, wait), MAX_TIMER_DELAY);
  }

  #ring(): void {
    this.#callOff = null;
    this.#armedFor = Infinity;
    // What a fired timer sets for now waits for the next round: the server stays responsive.
    this.#firing = true;
    try {
      fireUpTo(this.#delays, this.#clock.now());
      fireUpTo(this.#dueTimes, this.#clock.epoch());
    } finally {
      this.#firing = false;
    }
    this.#arm();
  }
}

/** Fires what is due, but not what the firing itself adds. */
function fireUpTo(heap: IndexedHeap<Timer>, now: number): void {
  let left = heap.size;
  for (let timer = heap.peek(); timer !== undefined && timer.due <= now && left > 0; left--) {
    heap.remove(timer);
    timer.fire();
    timer = heap.peek();
  }
}
