/** Runs a function later. */
export type Schedule = (run: () => void) => void;

const NOTHING = new Uint8Array(0);

/**
 * Calls a function in the next round of the event loop, when sockets have been looked at.
 *
 * Immediates and messages of Deno run up to sixty times before it looks at its sockets, and a timer
 * takes a millisecond. Only when nothing at all is ready does it look: so it is made to wait for
 * another thread, which a hash of nothing is computed on, in some 20 microseconds.
 */
export const inNextRound: Schedule = "Deno" in globalThis
  ? (run) => void crypto.subtle.digest("SHA-1", NOTHING).then(run)
  : (run) => void setImmediate(run);

/** Resolves in the next round. */
export function nextRound(): Promise<void> {
  return new Promise(inNextRound);
}
