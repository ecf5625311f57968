import type { Clock } from "../router/mod.ts";

/** How long to leave a server alone that cannot be connected to. */
export interface BackoffOptions {
  /** The first delay in milliseconds, at most. Default 100. */
  readonly first?: number;
  /** The longest delay in milliseconds. Default 5000. */
  readonly longest?: number;
  /** A number from 0 on, below 1; `Math.random` unless a test wants another. */
  readonly random?: () => number;
}

/**
 * Delays before the next attempt to connect: each up to twice as long as the one before, and a part
 * of it by chance, so that the clients of a server that was restarted do not all come at once.
 */
export class Backoff {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: () => number;
  #failures = 0;

  constructor({ first = 100, longest = 5000, random = Math.random }: BackoffOptions = {}) {
    if (!(first >= 0 && longest >= first)) {
      throw new RangeError("backoff: first and longest are milliseconds, longest is not less");
    }
    this.#first = first;
    this.#longest = longest;
    this.#random = random;
  }

  /** The delay after one more failure, in milliseconds: between a half of the step and all of it. */
  next(): number {
    // The exponent is bounded: 2 ** 1024 is Infinity, and Infinity * 0 is NaN.
    const step = Math.min(this.#longest, this.#first * 2 ** Math.min(this.#failures++, 30));
    return step * (0.5 + this.#random() / 2);
  }

  /** Begins anew: an attempt has succeeded. */
  reset(): void {
    this.#failures = 0;
  }
}

/** What may end the waiting for something. */
interface Patience {
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/**
 * Calls `giveUp` once, with the reason, when the time is over or the signal fires. A signal that has
 * fired already is the caller's to look at.
 *
 * @param late makes the error for the end of the time.
 * @returns a function that calls it off.
 */
export function whenImpatient<Reason>(
  { timeout = Infinity, signal }: Patience,
  clock: Clock,
  late: () => Reason,
  giveUp: (reason: Reason) => void,
): () => void {
  const callOff = () => {
    callOffTimer();
    signal?.removeEventListener("abort", aborted);
  };
  const end = (reason: Reason) => {
    callOff();
    giveUp(reason);
  };
  const aborted = () => end(signal!.reason);
  const callOffTimer = timeout === Infinity ? () => {} : clock.after(timeout, () => end(late()));
  signal?.addEventListener("abort", aborted);
  return callOff;
}

/** Resolves after so many milliseconds, or as soon as the signal fires. */
export function pause(milliseconds: number, signal: AbortSignal, clock: Clock): Promise<void> {
  const patience = { timeout: milliseconds, signal };
  return new Promise((resolve) => whenImpatient(patience, clock, () => undefined, resolve));
}
