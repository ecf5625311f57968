import type { Clock } from "../clock.ts";

const MINUTE = 60_000;

/**
 * The time in whole milliseconds. Each job needs it three times, and a look at the clock costs as much as
 * a good part of a job: so there is one in a turn of a peer, which is short. Outside of turns all looks
 * are new ones.
 */
export class Moments {
  readonly #clock: Clock;
  readonly #turn: { readonly current: number };
  /** The turn of the last look. */
  #lookedIn = 0;
  #now = 0;
  #minute = 0;

  /**
   * @param clock what is read.
   * @param turn its `current` is the number of the turn, 0 outside of turns.
   */
  constructor(clock: Clock, turn: { readonly current: number }) {
    this.#clock = clock;
    this.#turn = turn;
  }

  /** Milliseconds of the clock. */
  now(): number {
    this.#look();
    return this.#now;
  }

  /** The number of the minute. */
  minute(): number {
    this.#look();
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
    const { current } = this.#turn;
    if (current !== 0 && current === this.#lookedIn) return;
    this.#lookedIn = current;
    this.#now = Math.floor(this.#clock.now());
    this.#minute = Math.floor(this.#now / MINUTE);
  }
}
