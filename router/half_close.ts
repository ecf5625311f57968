import type { Connection } from "./connection.ts";
import { Timer, type Timers } from "./timers.ts";

/** When the further bytes of the probe are sent, in milliseconds after the one before. */
const PROBE_DELAYS = [5, 100, 1000];

/**
 * A client that shut its sending side down while it waits for results. Either it still reads
 * (`nc -N`, a script), or it is gone: both look the same until something is sent to it.
 *
 * So the first bytes of the next packet are sent early: every packet begins with the same four, and
 * the stream stays exactly what it would have been. A peer that is gone answers with a reset, which
 * the link reports, and its waiting jobs end at once instead of running for nobody.
 */
export class HalfClose {
  readonly #timers: Timers;
  readonly #timer: Timer;
  #probesSent = 0;

  /** Sends the first byte of the probe at once. */
  constructor(timers: Timers, connection: Connection) {
    this.#timers = timers;
    this.#timer = new Timer(() => this.#probe(connection));
    this.#probe(connection);
  }

  /** The connection is gone. */
  stop(): void {
    this.#timers.clearDelay(this.#timer);
  }

  #probe(connection: Connection): void {
    connection.out.sendMagicByteEarly();
    connection.link.flush();
    const delay = PROBE_DELAYS[this.#probesSent++];
    if (delay !== undefined) this.#timers.setDelay(this.#timer, delay);
  }
}
