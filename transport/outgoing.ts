import type { OutputBuffer, Segment } from "../protocol/mod.ts";
import type { LinkHandler } from "../router/mod.ts";

/**
 * How much is written to one peer in a turn, in bytes. The kernel would take several megabytes at
 * once, for which the small jobs of others would wait: their 99th percentile doubles without this.
 */
const MOST_IN_A_TURN = 1024 * 1024;
/** Output that is worth a write of its own, however many there are to do: in bytes and in packets. */
const LONG = 64 * 1024;
const MANY_PACKETS = 8;

/** Takes the output of a link. */
export interface Outlet {
  /**
   * Writes `bytes[start..end)`, or begins to; the bytes stay as they are until all are written.
   *
   * @returns how many are written by now. If that is not all, {@linkcode Outgoing.wrote} is called
   * when more are, or when more can be.
   */
  write(bytes: Uint8Array, start: number, end: number): number;
  /** Can nothing be written any more? */
  readonly isUnwritable: boolean;
}

/** The output of a link: what waits, and what is being sent, segment by segment. */
export class Outgoing {
  /** How often output was added since it was sent last. */
  packets = 0;
  readonly #outlet: Outlet;
  /** Is there an answer among it, for which the peer waits? */
  #isUrgent = false;
  /** What is being sent, and how far. */
  #segment: Segment | undefined = undefined;
  #position = 0;
  #isWriting = false;
  /** What may still be written in this turn. */
  #room = MOST_IN_A_TURN;
  /** Output that was dropped because there was too much. */
  #dropped = 0;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** Output was added, which may wait or not; true if none of it may wait any more. */
  added(mayWait: boolean): boolean {
    this.packets++;
    if (mayWait || this.#isUrgent) return false;
    return this.#isUrgent = true;
  }

  /** May what was added wait for more of it? */
  mayWait({ mayWait, out }: LinkHandler): boolean {
    return !this.#isUrgent && mayWait && this.packets < MANY_PACKETS && out.size < LONG;
  }

  /** What was added is about to be sent. */
  begin(): void {
    this.packets = 0;
    this.#isUrgent = false;
  }

  /** Is a segment on its way? */
  get isUnderWay(): boolean {
    return this.#segment !== undefined;
  }

  /** Is there more to write than fits in a turn? */
  get isTurnOver(): boolean {
    return this.#isWriting && this.#room === 0;
  }

  /** How much has not been sent, in bytes. */
  unsent(out: OutputBuffer): number {
    const inFlight = this.#segment === undefined ? 0 : this.#segment.end - this.#position;
    return this.#dropped + inFlight + out.size;
  }

  /** Writes until the socket is full, or the turn is over. */
  write(out: OutputBuffer): void {
    if (this.#isWriting || this.#dropped > 0) return;
    for (;;) {
      const segment = this.#segment ?? out.take();
      if (segment === undefined) return;
      if (this.#segment === undefined) {
        this.#segment = segment;
        this.#position = segment.start;
      }
      const end = Math.min(segment.end, this.#position + this.#room);
      const count = this.#room > 0 ? this.#outlet.write(segment.bytes, this.#position, end) : 0;
      if (this.#outlet.isUnwritable) return;
      this.#position += count;
      this.#room -= count;
      if (this.#position < segment.end) {
        this.#isWriting = true;
        return;
      }
      this.#segment = undefined;
      out.recycle(segment);
    }
  }

  /** So many more bytes are written; false if that was awaited by nobody. */
  wrote(count: number, out: OutputBuffer): boolean {
    const segment = this.#segment;
    if (!this.#isWriting || segment === undefined) return false;
    this.#isWriting = false;
    this.#position += count;
    this.#room -= count;
    if (this.#position < segment.end) return true;
    out.recycle(segment);
    this.#segment = undefined;
    return true;
  }

  /** Others have had their turn. True if more is to be written now. */
  beginTurn(): boolean {
    const { isTurnOver } = this;
    this.#room = MOST_IN_A_TURN;
    if (isTurnOver) this.#isWriting = false;
    return isTurnOver;
  }

  /** Drops what waits: there is too much, and the peer will be cut off. */
  drop(out: OutputBuffer): void {
    this.#dropped += out.size;
    out.clear();
  }

  /** Nobody will get it. A write that was not finished may still hold on to its bytes. */
  abandon(): void {
    this.#segment = undefined;
    this.#isWriting = false;
    this.#dropped = 0;
  }
}

/** Output of a peer that is less than this does not count, in bytes. */
const LITTLE = 64 * 1024;

/** A link whose peer may leave output unread. */
export interface Unreader {
  /** What counts of its output now; only {@linkcode UnreadOutput} changes it. */
  unread: number;
  /** All peers together leave so many bytes unread, and this one has read nothing for longest. */
  cutOff(all: number): void;
}

/**
 * What all peers of a server leave unread takes bounded memory. Beyond it those are cut off that have
 * read nothing for longest, however much they leave; the one that has read last never is.
 */
export class UnreadOutput {
  readonly #limit: number;
  #all = 0;
  /** The links with output that counts; the one that has read last is the last one. */
  readonly #links = new Set<Unreader>();

  /** @param limit in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many bytes count. */
  get size(): number {
    return this.#all;
  }

  /** So many bytes wait for a link's peer now, and the peer has read some since the last time or not. */
  note(link: Unreader, bytes: number, hasRead: boolean): void {
    // Most links have little output, at all times.
    if (bytes < LITTLE && link.unread === 0) return;
    const counted = bytes < LITTLE ? 0 : bytes;
    this.#all += counted - link.unread;
    const isNew = link.unread === 0;
    link.unread = counted;
    if (counted === 0 || hasRead) this.#links.delete(link);
    if (counted > 0 && (hasRead || isNew)) this.#links.add(link);
    if (this.#all > this.#limit) this.#cutOff();
  }

  #cutOff(): void {
    for (const link of this.#links) {
      if (this.#all <= this.#limit || this.#links.size === 1) return;
      const all = this.#all;
      this.note(link, 0, false);
      link.cutOff(all);
    }
  }
}
