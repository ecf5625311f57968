import type { Clock } from "../router/mod.ts";
import { nextRound } from "../transport/event_loop.ts";

/** A portion takes so long at most, in milliseconds, but for the item that it is at. */
const LONGEST = 2;
/** It has so many items at most. */
const MOST_ITEMS = 4096;
/** The time is looked at once in so many items. */
const ITEMS_BETWEEN_LOOKS = 32;

/**
 * Lets others have their turn between two portions of long work, however many such works there are: one
 * portion of one of them in each round of the event loop.
 */
export class Portions {
  readonly #clock: Pick<Clock, "now">;
  readonly #waiting: (() => void)[] = [];
  #isServing = false;

  /** @param clock tells how long a portion takes. */
  constructor(clock: Pick<Clock, "now"> = performance) {
    this.#clock = clock;
  }

  /** Resolves when the next portion may begin. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (!this.#isServing) void this.#serve();
    });
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    while (this.#waiting.length > 0) {
      await nextRound();
      this.#waiting.shift()!();
    }
    this.#isServing = false;
  }

  /**
   * Goes through items in portions.
   *
   * @param look is called with each. It returns false to end it, or how many items this one is worth,
   * if it costs more than others.
   * @param signal ends it too.
   */
  async each<Item>(
    items: Iterable<Item>,
    look: (item: Item) => boolean | number | void,
    signal?: AbortSignal,
  ): Promise<void> {
    const portions = this.portions(items, look, signal);
    while (!(await portions.next()).done);
  }

  /** The same for who has something to do between two portions, whenever this yields. */
  async *portions<Item>(
    items: Iterable<Item>,
    look: (item: Item) => boolean | number | void,
    signal?: AbortSignal,
  ): AsyncGenerator<void> {
    await this.next();
    let end = this.#clock.now() + LONGEST;
    let [count, sinceLook] = [0, 0];
    for (const item of items) {
      const worth = look(item);
      if (worth === false) return;
      sinceLook += typeof worth === "number" ? worth : 1;
      if (sinceLook < ITEMS_BETWEEN_LOOKS) continue;
      count += sinceLook;
      sinceLook = 0;
      if (count < MOST_ITEMS && this.#clock.now() < end) continue;
      yield;
      await this.next();
      count = 0;
      signal?.throwIfAborted();
      end = this.#clock.now() + LONGEST;
    }
  }
}
