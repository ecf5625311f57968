import type { QueueClock } from "../clock.ts";

/** How often the same beat is seen before a server is dead, without its lock and with it. */
const PATIENCE = { unlocked: 3, locked: 8 };
/** A look that comes so much later than the one before says nothing, in milliseconds. */
const LATE = 3000;

/** A server as another one sees it. */
export interface Seen {
  readonly id: number;
  readonly name: string;
  readonly beat: string;
}

/**
 * How often the same beats of others were seen. It is looked each second; no clock of another server
 * matters, and of a time when this server could not look nothing follows.
 */
export class Watch {
  readonly #clock: QueueClock;
  readonly #seen = new Map<number, { beat: string; times: number }>();
  #lookedAt = 0;

  constructor(clock: QueueClock) {
    this.#clock = clock;
    this.#lookedAt = clock.now();
  }

  /** Forgets what was seen of the others. */
  reset(): void {
    this.#seen.clear();
  }

  /**
   * Looks at the others.
   *
   * @returns those that may be dead: it depends on their locks, or on nothing more.
   */
  look(others: readonly Seen[]): { dead: Seen[]; suspects: Seen[] } {
    const now = this.#clock.now();
    if (now - this.#lookedAt > LATE) this.reset();
    this.#lookedAt = now;
    const ids = new Set(others.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
    for (const { id, beat } of others) {
      const before = this.#seen.get(id);
      this.#seen.set(id, { beat, times: before?.beat === beat ? before.times + 1 : 0 });
    }
    const times = ({ id }: Seen) => this.#seen.get(id)!.times;
    return {
      dead: others.filter((other) => times(other) >= PATIENCE.locked),
      suspects: others.filter((other) =>
        times(other) >= PATIENCE.unlocked && times(other) < PATIENCE.locked
      ),
    };
  }
}
