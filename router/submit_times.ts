import type { Clock } from "./clock.ts";

/** Shortest time between two entries, in milliseconds. */
const STEP = 1000;
/** Above so many entries old ones are joined: those of a year are at most some 2,700 then. */
const MOST_ENTRIES = 4096;
/** When entries were joined, those that are left lie no further apart than this part of their age. */
const PART_OF_AGE = 1 / 100;

/**
 * When jobs were submitted, to a second or a hundredth of their age, whichever is longer. Numbers of
 * jobs only grow, so a list of (number, time) with an entry a second knows the times of all jobs: it
 * takes the place of a field in each of a million jobs, and of a look at the clock for each submit.
 */
export class SubmitTimes {
  readonly #clock: Clock;
  /** The first job of each entry. */
  #numbers: number[] = [];
  /** When that was submitted, in milliseconds of the clock. */
  #times: number[] = [];
  /** Must the next submit look at the clock? */
  #isStale = true;

  /** No job was submitted yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many entries there are. */
  get size(): number {
    return this.#times.length;
  }

  /** What is submitted from now on came in later than what was before. */
  begin(): void {
    this.#isStale = true;
  }

  /** A job with this number, above those before, is submitted. */
  note(number: number): void {
    if (this.#isStale) this.#look(number);
  }

  /** How long ago a job was submitted, in milliseconds; null for one from before the first. */
  ageOf(number: number): number | null {
    let low = 0;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#numbers[middle] <= number) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? null : this.#clock.now() - this.#times[low - 1];
  }

  #look(number: number): void {
    this.#isStale = false;
    const now = this.#clock.now();
    const { length } = this.#times;
    if (length > 0 && now - this.#times[length - 1] < STEP) return;
    if (length === MOST_ENTRIES) this.#join(now);
    this.#numbers.push(number);
    this.#times.push(now);
  }

  /** Leaves out each entry whose neighbours lie close together, for their age. */
  #join(now: number): void {
    const numbers: number[] = [];
    const times: number[] = [];
    for (let index = 0; index < MOST_ENTRIES; index++) {
      const next = index + 1 < MOST_ENTRIES ? this.#times[index + 1] : now;
      if (index > 0 && next - times[times.length - 1] < (now - next) * PART_OF_AGE) continue;
      numbers.push(this.#numbers[index]);
      times.push(this.#times[index]);
    }
    this.#numbers = numbers;
    this.#times = times;
  }
}
