import type { Clock } from "../clock.ts";

/** The clock is read again after this time, in milliseconds. */
const STEP = 1;
const MINUTE = 60_000;

/**
 * The time to a millisecond, or to a round of the event loop if that takes longer. Each job needs it
 * three times, and a look at the clock costs as much as a good part of a job.
 */
export class Moments {
  readonly #clock: Clock;
  #now = 0;
  #minute = 0;
  #isOld = true;
  #callOff: (() => void) | null = null;

  /** @param clock what is read. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds of the clock. */
  now(): number {
    if (this.#isOld) this.#look();
    return this.#now;
  }

  /** The number of the minute. */
  minute(): number {
    if (this.#isOld) this.#look();
    return this.#minute;
  }

  /** When a minute with this number begins, in milliseconds of the clock. */
  static startOf(minute: number): number {
    return minute * MINUTE;
  }

  /** A time of the clock as milliseconds since the Unix epoch. */
  epochOf(time: number): number {
    return this.#clock.epoch() - (this.#clock.now() - time);
  }

  /** Lets go of the clock. */
  stop(): void {
    this.#callOff?.();
    this.#callOff = null;
  }

  #look(): void {
    this.#now = this.#clock.now();
    this.#minute = Math.floor(this.#now / MINUTE);
    this.#isOld = false;
    this.#callOff = this.#clock.after(STEP, () => {
      this.#isOld = true;
      this.#callOff = null;
    });
  }
}
