import type { Clock } from "../clock.ts";

const MINUTE = 60_000;

/**
 * The time in whole milliseconds, looked at once in a round of the event loop: each job needs it three
 * times, and a look at the clock costs as much as a good part of a job.
 */
export class Moments {
  readonly #clock: Clock;
  readonly #atEndOfRound: (run: () => void) => void;
  #now = 0;
  #minute = 0;
  #isOld = true;
  readonly #grow = () => {
    this.#isOld = true;
  };

  /** @param clock what is read. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#atEndOfRound = clock.atEndOfRound ?? ((run) => run());
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

  #look(): void {
    this.#now = Math.floor(this.#clock.now());
    this.#minute = Math.floor(this.#now / MINUTE);
    this.#isOld = false;
    this.#atEndOfRound(this.#grow);
  }
}
