import type { StoreError } from "../../../store/store.ts";
import type { QueueClock } from "./engine.ts";

/** What lies between a member and the queue: calls and answers take their time, or do not come through. */
export class Link {
  /** How long a call travels, and its answer, in milliseconds. */
  delay = 0;
  readonly #clock: QueueClock;
  #cut: PromiseWithResolvers<void> | null = null;
  #failure: StoreError | null = null;
  #losesAnswer = false;

  constructor(clock: QueueClock) {
    this.#clock = clock;
  }

  /** Does nothing come through? */
  get isCut(): boolean {
    return this.#cut !== null;
  }

  /** Nothing comes through from now on. */
  cut(): void {
    this.#cut ??= Promise.withResolvers();
    // Nobody may be waiting.
    this.#cut.promise.catch(() => {});
  }

  /** The next call comes through, and its answer finds the link cut. */
  loseAnswer(): void {
    this.#losesAnswer = true;
  }

  /** All comes through again. */
  heal(): void {
    this.#cut?.resolve();
    this.#cut = null;
  }

  /** Whoever waits for it waits in vain. */
  fail(error: StoreError): void {
    this.#failure = error;
    this.#cut?.reject(error);
  }

  /** One way; false if nothing came through. */
  async travel(): Promise<boolean> {
    await this.pause(this.delay);
    return !this.isCut;
  }

  /** The way of an answer. */
  async answer(): Promise<boolean> {
    if (this.#losesAnswer) this.cut();
    this.#losesAnswer = false;
    return await this.travel();
  }

  /**
   * Resolves when the link is whole.
   *
   * @throws {StoreError} when that is not waited for any more.
   */
  async whole(): Promise<void> {
    while (this.#cut !== null) {
      if (this.#failure !== null) throw this.#failure;
      await this.#cut.promise;
    }
  }

  /** Resolves after so many milliseconds of the clock; in a moment without. */
  async pause(milliseconds: number): Promise<void> {
    if (milliseconds === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#clock.after(milliseconds, resolve);
    await promise;
  }
}
