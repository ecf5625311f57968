import type { Shared } from "./shared.ts";

/** What is written next, with the links whose output must not leave before. */
export interface Gathering {
  /** Is there nothing to be written? */
  readonly isEmpty: boolean;
  /** Links whose output waits for it. */
  readonly links: Set<object>;
}

/**
 * Writes one after the other what has been gathered while the last was being written; the first at the
 * end of the round of the event loop.
 */
export abstract class Gathered<Content extends Gathering> {
  protected readonly shared: Shared;
  protected next: Content;
  #inFlight: Content | null = null;
  #isScheduled = false;
  readonly #written: () => void;

  /** @param written called when something has been written: output may leave. */
  constructor(shared: Shared, next: Content, written: () => void) {
    this.shared = shared;
    this.next = next;
    this.#written = written;
  }

  /** Is something to be written, or being written? */
  get isWriting(): boolean {
    return this.#inFlight !== null || !this.next.isEmpty;
  }

  /** Output of a link must not leave before all is written that has been gathered so far. */
  follow(link: object): void {
    if (this.next.isEmpty) this.next.links.clear();
    this.next.links.add(link);
    // It may promise what is being written at the moment.
    this.#inFlight?.links.add(link);
  }

  /** Does output of a link wait? */
  mustWait(link: object): boolean {
    return this.#inFlight?.links.has(link) === true ||
      !this.next.isEmpty && this.next.links.has(link);
  }

  /** There is something to be written. */
  protected schedule(): void {
    if (this.#isScheduled || this.#inFlight !== null) return;
    this.#isScheduled = true;
    this.shared.options.later(() => {
      this.#isScheduled = false;
      void this.#write();
    });
  }

  async #write(): Promise<void> {
    if (this.#inFlight !== null) return;
    while (!this.next.isEmpty) {
      const content = this.#inFlight = this.take();
      const done = await this.write(content);
      this.#inFlight = null;
      done();
      this.#written();
    }
  }

  /** What is to be written now. */
  protected abstract take(): Content;

  /** Writes it, and returns what is to be done with the outcome; never rejects. */
  protected abstract write(content: Content): Promise<() => void>;
}
