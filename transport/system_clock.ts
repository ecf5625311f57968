import type { Clock } from "../router/mod.ts";
import { inNextRound } from "./next_round.ts";

/** The time of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  epoch: () => Date.now(),
  after(delay, fire) {
    if (delay <= 0) return soon(fire);
    // A timer of a runtime may ring up to a millisecond early.
    const timer = setTimeout(fire, Math.ceil(delay));
    return () => clearTimeout(timer);
  },
};

/** In the next round, when peers have had their turn: Deno fires timers without a look at its sockets. */
function soon(fire: () => void): () => void {
  let isCalledOff = false;
  inNextRound(() => {
    if (!isCalledOff) fire();
  });
  return () => isCalledOff = true;
}
