/** The time of a queue; the clock of a router is one. */
export interface QueueClock {
  /** Milliseconds that only ever grow, from an arbitrary start. */
  now(): number;
  /** Milliseconds since the Unix epoch. */
  epoch(): number;
  /** Calls `fire` once, `delay` milliseconds from now; returns a function that calls it off. */
  after(delay: number, fire: () => void): () => void;
}

/** The time of this machine. Its timers keep no program running. */
export const SYSTEM_CLOCK: QueueClock = {
  now: () => performance.now(),
  epoch: () => Date.now(),
  after(delay, fire) {
    const timer = setTimeout(fire, delay);
    return () => clearTimeout(timer);
  },
};

/** Resolves after so many milliseconds, or when it is called off. */
export function pause(clock: QueueClock, milliseconds: number, callsOff?: Promise<void>) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stopTimer = clock.after(milliseconds, resolve);
  callsOff?.then(() => {
    stopTimer();
    resolve();
  });
  return promise;
}
