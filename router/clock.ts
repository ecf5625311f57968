/**
 * Time as the router sees it. Tests hand in a clock that they move; the server hands in the
 * runtime's.
 */
export interface Clock {
  /** Milliseconds that only ever grow, from an arbitrary start: for delays and timeouts. */
  now(): number;
  /** Milliseconds since the Unix epoch, as the wall shows: for jobs with a due time. */
  epoch(): number;
  /**
   * Calls `fire` once, `delay` milliseconds from now. `delay` is never above
   * {@linkcode MAX_TIMER_DELAY}.
   *
   * @returns a function that calls it off.
   */
  after(delay: number, fire: () => void): () => void;
}

/**
 * The longest a single timer runs, in milliseconds. Anything later is looked at again then, so
 * neither the 24.8 days of a runtime's timer nor a change of the wall clock matters.
 */
export const MAX_TIMER_DELAY = 60_000;
