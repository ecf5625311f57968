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
  /** Those with output that counts; who has read last is last. */
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
