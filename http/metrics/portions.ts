import type { Clock } from "../../router/mod.ts";
import { nextRound } from "../../transport/event_loop.ts";

/** How long one portion of work may take while others wait, in milliseconds. */
const LONGEST = 1;

/** Does a long work in portions: between two of them, all else has its turn. */
export class Portions {
  readonly #clock: Clock;
  #began: number;

  /** The first one begins. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#began = clock.now();
  }

  /** Is it time for others? */
  get isOver(): boolean {
    return this.#clock.now() - this.#began >= LONGEST;
  }

  /** Lets others have their turn. */
  async next(): Promise<void> {
    await nextRound();
    this.#began = this.#clock.now();
  }
}
