import { Doorbell } from "./doorbell.ts";

const NOTHING = new Uint8Array(0);

/**
 * The rounds of Deno's event loop in which it looks at its sockets. It runs up to sixty immediates, or
 * whatever else is ready, before it does, and a timer takes a millisecond. A {@linkcode Doorbell} takes
 * 7 microseconds. It is two sockets more, so there is one only while this process listens, and when
 * somebody has asked for a round.
 */
class DenoRounds {
  #listeners = 0;
  #bell: Doorbell | null = null;
  #isRinging = false;
  /** Those for whom the bell has not been rung yet. */
  #waiting: (() => void)[] = [];
  #isOpening = false;

  /** A socket listens. */
  listens(): void {
    this.#listeners++;
  }

  /** It does not any more. */
  hasClosed(): void {
    if (--this.#listeners === 0) this.#removeBell();
  }

  /** Calls a function in the next round. */
  next(run: () => void): void {
    const bell = this.#bell;
    if (bell === null) {
      if (this.#listeners > 0 && !this.#isOpening) void this.#openBell();
      return hashNothing(run);
    }
    this.#waiting.push(run);
    if (!this.#isRinging) void this.#ring(bell);
  }

  /** One ring at a time: two would be heard as one. Who comes during one waits for the next. */
  async #ring(bell: Doorbell): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#isRinging = true;
    const hasRung = await bell.ring();
    this.#isRinging = false;
    if (!hasRung && bell === this.#bell) this.#removeBell();
    const late = this.#waiting;
    this.#waiting = [];
    for (const run of late) this.next(run);
    // What one of them throws keeps no other from its round.
    for (const run of waiting) hasRung ? queueMicrotask(run) : hashNothing(run);
  }

  /** Where that is not allowed it is not tried again. */
  async #openBell(): Promise<void> {
    this.#isOpening = true;
    const bell = await Doorbell.open();
    if (bell === null) return;
    this.#isOpening = false;
    if (this.#listeners > 0) this.#bell = bell;
    else bell[Symbol.dispose]();
  }

  #removeBell(): void {
    this.#bell?.[Symbol.dispose]();
    this.#bell = null;
  }
}

/**
 * Deno also looks when nothing at all is ready. So it is made to wait for another thread, which computes
 * a hash of nothing. It is begun when all else of the round has been done, as it may be over before Deno
 * waits for it: that is so on a busy machine, or with one processor.
 */
function hashNothing(run: () => void): void {
  setImmediate(() => void crypto.subtle.digest("SHA-1", NOTHING).then(run));
}

/** Those of this process. */
export const denoRounds: DenoRounds = new DenoRounds();
