/** What may be read from one peer in a turn, in bytes: large payloads are work for the kernel. */
const MOST_IN_A_TURN = 2 * 1024 * 1024;
/** How long the handler may take for what was read in a turn, in milliseconds. */
const LONGEST_TURN = 0.5;

/** What a link has read in a turn, without a look of the event loop at other sockets. */
export class Incoming {
  /** Is nothing more to be read in this turn? */
  isTurnOver = false;
  #bytes = 0;
  #milliseconds = 0;

  /** So many bytes were read, and dealt with in so many milliseconds. */
  add(bytes: number, milliseconds: number): void {
    this.#bytes += bytes;
    this.#milliseconds += milliseconds;
    this.isTurnOver = this.#bytes >= MOST_IN_A_TURN || this.#milliseconds >= LONGEST_TURN;
  }

  /** Others have had their turn. */
  beginTurn(): void {
    this.isTurnOver = false;
    this.#bytes = this.#milliseconds = 0;
  }
}
