import { NumberTimes } from "./number_times.ts";

/** Times of a job in milliseconds of the clock. */
interface Times {
  readonly submitted: number;
  readonly ready: number;
}

/**
 * When the live jobs of a router were submitted: by their numbers, if that was here. Those that have come
 * from other servers, which are few at a time, are noted one by one.
 */
export class SubmitTimes extends NumberTimes {
  readonly #elsewhere = new Map<number, Times>();

  /** How many jobs from other servers are noted. */
  get jobsFromElsewhere(): number {
    return this.#elsewhere.size;
  }

  /** A job has come that was submitted so many milliseconds ago, and could run for so many. */
  came(number: number, age: number, wait: number): void {
    const now = this.now();
    this.#elsewhere.set(number, { submitted: now - age, ready: now - wait });
  }

  /** It is over, or elsewhere. */
  gone(number: number): void {
    if (this.#elsewhere.size > 0) this.#elsewhere.delete(number);
  }

  override timeOf(number: number): number | null {
    return this.#noted(number)?.submitted ?? super.timeOf(number);
  }

  /** Since when a job could run; null if that is not known. Of one that had a time here, it is not that. */
  readyTimeOf(number: number): number | null {
    return this.#noted(number)?.ready ?? super.timeOf(number);
  }

  #noted(number: number): Times | undefined {
    return this.#elsewhere.size === 0 ? undefined : this.#elsewhere.get(number);
  }
}
