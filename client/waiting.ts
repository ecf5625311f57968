import type { Clock } from "../router/mod.ts";

/** What may end the waiting for something. */
export interface Patience {
  /** Milliseconds. */
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
export function whenImpatient(
  { timeout = Infinity, signal }: Patience,
  clock: Clock,
  late: () => Error,
  giveUp: (reason: Error) => void,
): () => void {
  const callOff = () => {
    callOffTimer();
    signal?.removeEventListener("abort", aborted);
  };
  const end = (reason: Error) => {
    callOff();
    giveUp(reason);
  };
  const aborted = () => end(signal!.reason);
  const callOffTimer = timeout === Infinity ? () => {} : clock.after(timeout, () => end(late()));
  signal?.addEventListener("abort", aborted);
  return callOff;
}
