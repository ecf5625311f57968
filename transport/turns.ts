import { inNextRound, type Schedule } from "./event_loop.ts";

/** So many have their turn in a round, between two looks at the sockets. */
const MOST_IN_A_ROUND = 2;

/** Something that goes on when others have had their turn. */
export interface TurnTaker {
  /** Does it wait for its turn? Only the queue changes it. */
  isInTurns: boolean;
  /** Goes on. It throws nothing, and returns false if it has nothing to do any more. */
  takeTurn(): boolean;
}

/**
 * Those with more to do than fits in a turn. They go on one after the other, a few in each round of
 * the event loop: so what a peer waits for that asks for little depends on neither how much others ask
 * for, nor on how many they are.
 */
export class Turns {
  readonly #inNextRound: Schedule;
  readonly #next = () => this.#takeTurns();
  #waiting: TurnTaker[] = [];
  #isScheduled = false;

  /** @param schedule calls a function in the next round. */
  constructor(schedule: Schedule) {
    this.#inNextRound = schedule;
  }

  /** Gives it a turn behind those that wait already. */
  add(item: TurnTaker): void {
    if (item.isInTurns) return;
    item.isInTurns = true;
    this.#waiting.push(item);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#inNextRound(this.#next);
  }

  #takeTurns(): void {
    this.#isScheduled = false;
    let looked = 0;
    const { length } = this.#waiting;
    for (let taken = 0; taken < MOST_IN_A_ROUND && looked < length; looked++) {
      const item = this.#waiting[looked];
      item.isInTurns = false;
      if (item.takeTurn()) taken++;
    }
    this.#waiting.splice(0, looked);
    if (this.#waiting.length > 0) this.#schedule();
  }
}

/** The turns of this process. */
export const turns: Turns = new Turns(inNextRound);

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
