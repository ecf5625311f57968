import type { Turns, TurnTaker } from "./turns.ts";

/** The most input that answers wait for, in bytes, */
const LONGEST = 16 * 1024 * 1024;
/** and the most bytes of answers that wait. */
const MOST_ANSWERS = 512 * 1024;
/** What the first burst of a peer has at least, in packets that are answered and in bytes. */
const MANY_PACKETS = 8;
const LONG = 64 * 1024;
/** A chunk of this length may have more behind it: the window of a new connection is not much longer. */
export const LONG_CHUNK = 32 * 1024;
/** How long the first burst may pause before it is over, in milliseconds. */
export const FIRST_PAUSE = 5;

/** A link of which bursts are watched. */
export interface Bursting {
  /** Does it wait for its turn? Then it has not read on. */
  readonly isInTurns: boolean;
  /** May the burst pause for a moment? */
  readonly mayPause: boolean;
  /** The burst is over. */
  endBurst(): void;
}

/**
 * A burst of input: more has come, or is on its way, when some has been dealt with. Answers wait for
 * the end of it.
 *
 * A producer that submits many jobs and closes without reading loses what has not arrived by then, if
 * an answer has: its system resets the connection. If none has, all arrives. So the first burst of a
 * peer, which nothing was sent to yet, may even pause for a moment.
 */
export class Burst {
  /** Is there one? */
  isOn = false;
  readonly #link: Bursting;
  readonly #turns: Turns;
  #watch: BurstWatch | null = null;
  #length = 0;
  #isFirst = true;

  constructor(link: Bursting, turns: Turns) {
    this.#link = link;
    this.#turns = turns;
  }

  /** `count` bytes of it come in. */
  add(count: number): void {
    this.isOn = true;
    this.#length += count;
    this.#watch ??= new BurstWatch(this.#link, this.#turns);
    this.#watch.chunk();
  }

  /** No more input has come. */
  end(): void {
    this.isOn = false;
    this.#length = 0;
  }

  /** May it pause, when so many packets wait? */
  mayPause(packets: number): boolean {
    return this.#isFirst && packets >= MANY_PACKETS && this.#length >= LONG;
  }

  /** Do so many bytes of answers wait for the end of it, where no more than `most` may wait? */
  delays(size: number, most: number): boolean {
    return size <= Math.min(most, MOST_ANSWERS) && this.#length <= LONGEST;
  }

  /** Something is sent to the peer. */
  answered(): void {
    this.#isFirst = false;
    this.#length = 0;
  }
}

/** Looks for the end of bursts: a round of the event loop that brings nothing. */
class BurstWatch implements TurnTaker {
  isInTurns = false;
  readonly #link: Bursting;
  readonly #turns: Turns;
  #chunks = 0;
  #chunksSeen = 0;
  #isPausing = false;
  #hasPaused = false;

  constructor(link: Bursting, turns: Turns) {
    this.#link = link;
    this.#turns = turns;
  }

  /** A chunk of a burst came in. */
  chunk(): void {
    this.#chunks++;
    if (!this.#isPausing) this.#turns.add(this);
  }

  /** Comes behind the link's own turn, if that waits for one. Never counts as one itself. */
  takeTurn(): boolean {
    const hasMore = this.#chunks !== this.#chunksSeen || this.#link.isInTurns;
    this.#chunksSeen = this.#chunks;
    if (hasMore) {
      this.#hasPaused = false;
      this.#turns.add(this);
    } else if (!this.#hasPaused && this.#link.mayPause) {
      this.#hasPaused = true;
      this.#pause();
    } else {
      this.#link.endBurst();
    }
    return false;
  }

  #pause(): void {
    this.#isPausing = true;
    setTimeout(() => {
      this.#isPausing = false;
      this.#turns.add(this);
    }, FIRST_PAUSE);
  }
}
