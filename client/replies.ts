import type { PacketName } from "../protocol/mod.ts";
import type { Clock } from "../router/mod.ts";
import type { ReceivedPacket } from "./received_packet.ts";

/** A request that the server owes an answer. */
export interface Owed {
  /** The type of the answer; ERROR is another one. */
  readonly reply: PacketName;
  /** Called with the answer before the next packet is looked at. */
  answer(packet: ReceivedPacket): void;
  /** No answer comes any more. */
  fail(error: Error): void;
}

/**
 * The requests of a connection that are not answered yet. Servers answer in the order of the
 * requests, an ERROR in place of the answer.
 */
export class Replies {
  readonly #clock: Clock;
  #owed: Owed[] = [];
  #next = 0;
  /** When the oldest became the oldest. */
  #since = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many there are. */
  get size(): number {
    return this.#owed.length - this.#next;
  }

  /** For how many milliseconds the oldest has been that. */
  get age(): number {
    return this.size === 0 ? 0 : this.#clock.now() - this.#since;
  }

  /** A request is sent. */
  add(owed: Owed): void {
    if (this.size === 0) this.touch();
    this.#owed.push(owed);
  }

  /** The server shows that it goes on. */
  touch(): void {
    this.#since = this.#clock.now();
  }

  /** An answer came; false when it answers nothing. */
  answer(packet: ReceivedPacket): boolean {
    const owed = this.#owed[this.#next];
    if (owed === undefined) return false;
    if (packet.name !== owed.reply && packet.name !== "ERROR") return false;
    this.touch();
    if (++this.#next === this.#owed.length) {
      this.#owed = [];
      this.#next = 0;
    } else if (this.#next > 1000 && 2 * this.#next > this.#owed.length) {
      this.#owed = this.#owed.slice(this.#next);
      this.#next = 0;
    }
    owed.answer(packet);
    return true;
  }

  /** The connection is gone. */
  clear(error: Error): void {
    const owed = this.#owed.slice(this.#next);
    this.#owed = [];
    this.#next = 0;
    for (const one of owed) one.fail(error);
  }
}
