/**
 * Connections that this side has ended and the other has not. Closing at once would answer whatever
 * the peer is still sending with a reset, and a reset makes it lose the ERROR packet that tells it
 * what was wrong. So they are read out for a moment. Each holds a descriptor: there are few, and a
 * newcomer takes the place of the one that has had the longest time.
 *
 * @module
 */

/** Longest time in milliseconds. */
const LONGEST = 1000;
const MOST = 32;

interface Lingering {
  readonly timer: ReturnType<typeof setTimeout>;
  readonly close: () => void;
}

const lingering = new Map<object, Lingering>();

/** Calls `close` after a while, or earlier to make room; the token calls it off. */
export function startLingering(close: () => void): object {
  if (lingering.size >= MOST) endOldest();
  const token = {};
  lingering.set(token, { timer: setTimeout(close, LONGEST), close });
  return token;
}

/** The connection is closed. */
export function stopLingering(token: object): void {
  clearTimeout(lingering.get(token)?.timer);
  lingering.delete(token);
}

function endOldest(): void {
  const [oldest] = lingering;
  if (oldest === undefined) return;
  const [token, { close }] = oldest;
  stopLingering(token);
  close();
}
