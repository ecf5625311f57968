import { setImmediate } from "node:timers";

/** Answers wait for no more input than this, in bytes, */
const LONGEST = 16 * 1024 * 1024;
/** and no more bytes of them wait. */
const MOST_ANSWERS = 512 * 1024;
/** What the first burst of a peer has at least, in packets that are answered and in bytes. */
const MANY_PACKETS = 8;
const LONG = 64 * 1024;
/** A chunk of this length may have more behind it: the window of a new connection is not much longer. */
export const LONG_CHUNK = 32 * 1024;
/** How long the first burst may pause before it is over, in milliseconds. */
export const FIRST_PAUSE = 5;

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
  #length = 0;
  #isFirst = true;

  /** `count` bytes of it came in. */
  add(count: number): void {
    this.isOn = true;
    this.#length += count;
  }

  /** Nothing more has come. */
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

  /** Something is sent. */
  answered(): void {
    this.#isFirst = false;
    this.#length = 0;
  }
}

/** Looks for the end of bursts where a round of the event loop reads all that has come. */
export class BurstWatch {
  readonly #mayPause: () => boolean;
  readonly #end: () => void;
  readonly #look = () => this.#endUnlessMore();
  #chunks = 0;
  #chunksSeen = 0;
  #isLooking = false;
  #hasPaused = false;

  /**
   * @param mayPause may the burst pause for a moment?
   * @param end called when it is over.
   */
  constructor(mayPause: () => boolean, end: () => void) {
    this.#mayPause = mayPause;
    this.#end = end;
  }

  /** A chunk of a burst came in. */
  chunk(): void {
    this.#chunks++;
    if (this.#isLooking) return;
    this.#isLooking = true;
    setImmediate(this.#look);
  }

  /** Comes at the end of a round, when the sockets of the next one have not been looked at. */
  #endUnlessMore(): void {
    const hasMore = this.#chunks !== this.#chunksSeen;
    this.#chunksSeen = this.#chunks;
    if (hasMore) {
      this.#hasPaused = false;
      setImmediate(this.#look);
    } else if (!this.#hasPaused && this.#mayPause()) {
      this.#hasPaused = true;
      setTimeout(this.#look, FIRST_PAUSE);
    } else {
      this.#isLooking = false;
      this.#end();
    }
  }
}
