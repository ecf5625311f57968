import type { Peer } from "../model/peer.ts";
import type { Timers } from "../flow/timers.ts";
import { Timer } from "../model/timer.ts";

/**
 * When the next probe is sent, in milliseconds after the one before; the last delay is for all later
 * ones. Most peers have gone when they half-close, and are found out by the second probe.
 */
const PROBE_DELAYS = [5, 100, 3000];

/**
 * A client that shut its sending side down while it waits for results. Either it still reads
 * (`nc -N`, a script), or it is gone, now or later: both look the same until something is sent to it.
 *
 * So it is sent a NOOP from time to time. A peer that is gone answers with a reset, which the link
 * reports, at the latest when the next one is sent: its waiting jobs end instead of running for nobody,
 * and its connection does not wait for the system's keepalive.
 */
export class HalfClose {
  readonly #timers: Timers;
  readonly #timer: Timer;
  #probesSent = 0;

  /** Sends the first probe at once. */
  constructor(timers: Timers, peer: Peer) {
    this.#timers = timers;
    this.#timer = new Timer(() => this.#probe(peer));
    this.#probe(peer);
  }

  /** The connection is gone. */
  stop(): void {
    this.#timers.clearDelay(this.#timer);
  }

  #probe(peer: Peer): void {
    peer.wake();
    const delay = PROBE_DELAYS[Math.min(this.#probesSent++, PROBE_DELAYS.length - 1)];
    this.#timers.setDelay(this.#timer, delay);
  }
}
