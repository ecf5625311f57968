import type { Clock } from "../clock.ts";
import type { ReceiveBudget } from "../../protocol/receive_budget.ts";
import { Timer } from "../model/timer.ts";
import type { Timers } from "./timers.ts";

/** The most packets and lines of one peer that are dealt with in a turn. */
const MOST_PACKETS = 2048;
/** The longest that a turn takes, in milliseconds. */
const LONGEST = 0.5;
/** The clock is asked once in this number of packets: asking takes as long as a small packet. */
const PACKETS_BETWEEN_LOOKS = 32;

/**
 * How much of what a peer has sent is dealt with before others have their turn. A chunk may hold tens
 * of thousands of small packets, and one line may cost more than all of them: so both their number and
 * the time that they take are limited.
 */
export class Turn {
  readonly #clock: Clock;
  /** Which turn it is; 0 outside of turns. */
  current = 0;
  #turns = 0;
  /** How many packets and lines were dealt with in this turn, or cost as much. Whoever hands them on counts. */
  count = 0;
  /** {@linkcode Turn.isOver} is to be asked before the packet with this number. */
  nextLook = PACKETS_BETWEEN_LOOKS;
  /** When the turn is over, in milliseconds of the clock; 0 until the clock is looked at. */
  #end = 0;

  /** @param clock tells how long it takes. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A peer has its turn. */
  begin(): void {
    this.current = ++this.#turns;
    this.count = 0;
    this.nextLook = PACKETS_BETWEEN_LOOKS;
    this.#end = 0;
  }

  /** It has had it. */
  end(): void {
    this.current = 0;
  }

  /** What is being dealt with costs as much as so many packets more. */
  spend(packets: number): void {
    this.count += packets;
  }

  /**
   * Is it over before the next packet or line? Asked when {@linkcode Turn.count} is at
   * {@linkcode Turn.nextLook}, and before each line, as one line may cost much. Never true for the first.
   */
  isOver(): boolean {
    this.nextLook = this.count + PACKETS_BETWEEN_LOOKS;
    const now = this.#clock.now();
    if (this.#end === 0) this.#end = now + LONGEST;
    return now >= this.#end || this.count >= MOST_PACKETS;
  }
}

/** Time between two looks at the packet that has its turn, in milliseconds. */
const BETWEEN_LOOKS = 10_000;

/** Sees to it that nobody keeps the turn to receive a packet who does not send it. */
export function watchTurns(budget: ReceiveBudget, timers: Timers): void {
  const timer = new Timer(() => {
    if (budget.look()) timers.setDelay(timer, BETWEEN_LOOKS);
  });
  budget.onTurn = () => {
    if (!timer.isSet) timers.setDelay(timer, BETWEEN_LOOKS);
  };
}
