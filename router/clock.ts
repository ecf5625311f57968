/**
 * Time as the router sees it. Tests hand in a clock that they move; the server hands in the
 * runtime's.
 *
 * @example
 * ```ts
 * import { type Clock, Router } from "@geartrain/server/router";
 *
 * const clock: Clock = {
 *   now: () => performance.now(),
 *   epoch: () => Date.now(),
 *   after(delay, fire) {
 *     const timer = setTimeout(fire, delay);
 *     return () => clearTimeout(timer);
 *   },
 * };
 * const router = new Router(clock);
 * router.enqueueJob({ function: "resize", at: new Date(Date.now() + 1000) });
 * router.close(); // lets go of the timer
 * ```
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
 *
 * @example
 * ```ts
 * import { ManualClock, MAX_TIMER_DELAY, Router } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new ManualClock();
 * const router = new Router(clock);
 * router.enqueueJob({ function: "resize", at: new Date(clock.epoch() + 24 * 3600 * 1000) });
 * clock.advance(MAX_TIMER_DELAY); // the timer rings, and is set again
 * assertEquals(clock.timers, 1);
 * ```
 */
export const MAX_TIMER_DELAY = 60_000;
