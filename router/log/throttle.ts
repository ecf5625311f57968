import type { Clock } from "../clock.ts";
import { type Delays, Timer } from "../model/timer.ts";

/** Shortest time between two lines of a kind, in milliseconds. */
const INTERVAL = 1000;

/** One kind of lines. */
interface Kind {
  /** When the last one was written, in milliseconds of the clock. */
  last: number;
  /** How many were left out since then. */
  suppressed: number;
}

/**
 * Lets one line of each kind through in a second and counts the others: a peer can cause thousands of
 * them. The count goes with the next line; if none comes within a second, it is told on its own.
 */
export class LogThrottle {
  readonly #clock: Clock;
  readonly #timers: Delays;
  readonly #tell: (name: string, suppressed: number) => void;
  readonly #kinds = new Map<string, Kind>();
  /** Set while a count is to be told. */
  readonly #timer = new Timer(() => this.#tellOld());

  /** @param tell called when lines were left out and no further one came. */
  constructor(clock: Clock, timers: Delays, tell: (name: string, suppressed: number) => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#tell = tell;
  }

  /** May a line of this kind be written now? If not, it is counted. */
  admits(name: string): boolean {
    const now = this.#clock.now();
    const kind = this.#kinds.get(name);
    if (kind === undefined) this.#kinds.set(name, { last: now, suppressed: 0 });
    else if (now - kind.last >= INTERVAL) kind.last = now;
    else {
      kind.suppressed++;
      if (!this.#timer.isSet) this.#timers.setDelay(this.#timer, 2 * INTERVAL);
      return false;
    }
    return true;
  }

  /** How many of this kind were left out since the last time that this was asked. */
  takeSuppressed(name: string): number {
    const kind = this.#kinds.get(name);
    if (kind === undefined) return 0;
    const { suppressed } = kind;
    kind.suppressed = 0;
    return suppressed;
  }

  /** Tells now what was left out. */
  flush(): void {
    for (const [name, { suppressed }] of this.#kinds) {
      if (suppressed > 0) this.#tell(name, this.takeSuppressed(name));
    }
  }

  #tellOld(): void {
    const now = this.#clock.now();
    let isMore = false;
    for (const [name, kind] of this.#kinds) {
      if (kind.suppressed === 0) continue;
      if (now - kind.last < INTERVAL) isMore = true;
      else {
        kind.last = now;
        this.#tell(name, this.takeSuppressed(name));
      }
    }
    if (isMore) this.#timers.setDelay(this.#timer, INTERVAL);
  }
}
