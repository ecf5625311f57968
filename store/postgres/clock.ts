import type { QueueClock } from "../queue_clock.ts";

export type { QueueClock };

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
