import type { Clock } from "../router/mod.ts";

/** The time of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  epoch: () => Date.now(),
  after(delay, fire) {
    // A timer of a runtime may ring up to a millisecond early.
    const timer = setTimeout(fire, Math.ceil(delay));
    return () => clearTimeout(timer);
  },
};
