/**
 * Connections that this side has ended and the other has not. Closing at once would answer whatever
 * the peer is still sending with a reset, and a reset makes it lose the ERROR packet that tells it
 * what was wrong. So they are read out for a moment; few at a time, as each holds a descriptor.
 *
 * @module
 */

const LONGEST = 1000;
const MOST = 32;

const timers = new Map<object, ReturnType<typeof setTimeout>>();

/** Is there room for one more? */
export function mayLinger(): boolean {
  return timers.size < MOST;
}

/** Calls `close` after a while; the token ends it earlier. */
export function startLingering(close: () => void): object {
  const token = {};
  timers.set(token, setTimeout(close, LONGEST));
  return token;
}

/** The connection is closed. */
export function stopLingering(token: object): void {
  clearTimeout(timers.get(token));
  timers.delete(token);
}
