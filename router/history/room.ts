/** So many are kept at once, and so many in a second for as long as there are more. */
const MOST = 1000;
const IN_A_MILLISECOND = 1;

/**
 * How many ended jobs are still to be kept of those that end now. At 100,000 in a second the last 1,000
 * are those of a moment that is over before anybody looks, and keeping each would take time from jobs.
 */
export class Room {
  #left = MOST;
  #at = 0;

  /** Is one more to be kept, at this time in milliseconds? */
  take(now: number): boolean {
    if (now !== this.#at) {
      this.#left = Math.min(MOST, this.#left + (now - this.#at) * IN_A_MILLISECOND);
      this.#at = now;
    }
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
