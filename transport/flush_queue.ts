/** Something with output to send. */
export interface Flushable {
  /** Is it in the queue? Only the queue changes it. */
  isQueued: boolean;
  /** Sends what waits; throws nothing. */
  send(): void;
}

/**
 * Gathers the connections that got output during one event-loop round and sends once for each at the
 * end of it: a thousand replies to one peer leave in one write.
 */
export class FlushQueue {
  readonly #schedule: (run: () => void) => void;
  #queued: Flushable[] = [];
  #spare: Flushable[] = [];
  readonly #run = () => this.#flush();

  /** @param schedule calls a function at the end of the round. */
  constructor(schedule: (run: () => void) => void) {
    this.#schedule = schedule;
  }

  /** Sends for this one at the end of the round. */
  add(item: Flushable): void {
    if (item.isQueued) return;
    item.isQueued = true;
    this.#queued.push(item);
    if (this.#queued.length === 1) this.#schedule(this.#run);
  }

  #flush(): void {
    const queued = this.#queued;
    this.#queued = this.#spare;
    for (const item of queued) {
      item.isQueued = false;
      item.send();
    }
    queued.length = 0;
    this.#spare = queued;
  }
}
