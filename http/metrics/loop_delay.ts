import type { Clock } from "../../router/mod.ts";

/** Upper bounds of the buckets, in seconds. */
export const DELAY_BOUNDS: readonly number[] = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
];
/** Between two looks, in milliseconds. */
const INTERVAL = 100;
/** So many looks are recent. */
const RECENT = 100;

/** How late the event loop is: how much later than it should a timer rings. */
export class LoopDelay {
  /** How many were how late; the last bucket has no bound. */
  readonly buckets: number[] = new Array(DELAY_BOUNDS.length + 1).fill(0);
  /** All delays together, in seconds. */
  sum = 0;
  /** How many there were. */
  count = 0;
  readonly #clock: Clock;
  readonly #recent: number[] = new Array(RECENT).fill(0);
  #callOff: () => void;

  /** Begins to measure. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#callOff = this.#next();
  }

  /** The longest one of the last 10 seconds, in seconds. */
  get recent(): number {
    return Math.max(...this.#recent);
  }

  #next(): () => void {
    const due = this.#clock.now() + INTERVAL;
    return this.#clock.after(INTERVAL, () => {
      this.#add(Math.max(0, this.#clock.now() - due) / 1000);
      this.#callOff = this.#next();
    });
  }

  #add(seconds: number): void {
    const bucket = DELAY_BOUNDS.findIndex((bound) => seconds <= bound);
    this.buckets[bucket < 0 ? DELAY_BOUNDS.length : bucket]++;
    this.sum += seconds;
    this.count++;
    this.#recent[this.count % RECENT] = seconds;
  }

  /** Ends the measurement. */
  stop(): void {
    this.#callOff();
  }
}
