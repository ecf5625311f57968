import type { Clock } from "../clock.ts";

/** Time between two entries, in milliseconds, if nobody needs to know more; and if somebody does. */
const STEP = 1000;
const SHORT_STEP = 1;
/** At so many entries some old ones are dropped. About 2,700 are left of a year, at most. */
const MOST_ENTRIES = 4096;
/** Entries are dropped only where the gap between those that are left is below this part of their age. */
const PART_OF_AGE = 1 / 100;

/**
 * When a number was reached that only grows: that of the last job, which tells when each was submitted, or
 * how many bytes have come in, which tells when a peer last sent some. Times are exact to a step (a second)
 * or a hundredth of their age, whichever is longer. A list of (number, time) with an entry a step takes the
 * place of a field in each of a million jobs. The clock is read once a step, or a round, not for each
 * number: a look at it costs as much as a good part of a submit.
 */
export class NumberTimes {
  readonly #clock: Clock;
  readonly #moments: { now(): number } | null;
  /** The first number of each entry. */
  #numbers: number[] = [];
  /** When that number was reached, in milliseconds of the clock. */
  #times: number[] = [];
  /** The first number of the block that is being used, */
  #firstNumber = 0;
  /** and the last. */
  #lastNumber = Infinity;
  /** May the next number make an entry? */
  #isDue = true;
  /** Calls off the timer after which it does. */
  #callOff: (() => void) | null = null;

  /** @param moments tells the time if a step is to be a millisecond. */
  constructor(clock: Clock, moments: { now(): number } | null = null) {
    this.#clock = clock;
    this.#moments = moments;
  }

  /** The time, as entries have it. */
  protected now(): number {
    return (this.#moments ?? this.#clock).now();
  }

  /** How many entries there are. */
  get size(): number {
    return this.#times.length;
  }

  /** Notes that a number is reached now. */
  note(number: number): void {
    if (this.#isDue) this.#enter(number);
  }

  /**
   * How long ago a number was reached, in milliseconds; null for one from before the first, or from
   * between two blocks.
   */
  ageOf(number: number): number | null {
    const time = this.timeOf(number);
    return time === null ? null : this.#clock.now() - time;
  }

  /** When a number was reached, in milliseconds of the clock; null likewise. */
  timeOf(number: number): number | null {
    if (number > this.#lastNumber) return null;
    const time = this.#entryOf(number);
    return Number.isNaN(time) ? null : time;
  }

  /** As {@linkcode NumberTimes.timeOf}, but NaN in place of null. */
  #entryOf(number: number): number {
    const last = this.#numbers.length - 1;
    // Mostly it is one of the newest.
    if (last >= 0 && this.#numbers[last] <= number) return this.#times[last];
    let high = this.#numbers.length;
    let back = 1;
    while (high > back && this.#numbers[high - back] > number) {
      high -= back;
      back *= 2;
    }
    let low = Math.max(0, high - back);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#numbers[middle] <= number) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? NaN : this.#times[low - 1];
  }

  /** These numbers are reached next: those between them and the last ones are reached elsewhere. */
  beginBlock(first: number, count: number): void {
    if (this.#lastNumber !== Infinity) {
      this.#numbers.push(this.#lastNumber + 1);
      this.#times.push(NaN);
      if (this.#times.length === MOST_ENTRIES) this.#thinOut(this.#clock.now());
    }
    this.#firstNumber = first;
    this.#lastNumber = first + count - 1;
    this.stop();
    this.#isDue = true;
  }

  /** Lets go of the clock. */
  stop(): void {
    this.#callOff?.();
    this.#callOff = null;
  }

  #enter(number: number): void {
    // The last one of a block is noted when the next block has begun.
    if (number < this.#firstNumber) return;
    const now = this.now();
    if (this.#moments === null) this.#wait();
    else if (now - this.#times[this.#times.length - 1] < SHORT_STEP) return;
    if (this.#times.length >= MOST_ENTRIES) this.#thinOut(now);
    this.#numbers.push(number);
    this.#times.push(now);
  }

  #wait(): void {
    this.#isDue = false;
    this.#callOff = this.#clock.after(STEP, () => {
      this.#isDue = true;
      this.#callOff = null;
    });
  }

  /** Drops entries whose neighbours lie close together, compared with their age. */
  #thinOut(now: number): void {
    const numbers: number[] = [];
    const times: number[] = [];
    const count = this.#times.length;
    for (let index = 0; index < count; index++) {
      const next = index + 1 < count ? this.#times[index + 1] : now;
      if (index > 0 && next - times[times.length - 1] < (now - next) * PART_OF_AGE) continue;
      numbers.push(this.#numbers[index]);
      times.push(this.#times[index]);
    }
    this.#numbers = numbers;
    this.#times = times;
  }
}
