/** Asks a server for a job. */
export interface SlotTaker {
  /** There is room for one job; the taker gives the slot back when it is done with it. */
  takeSlot(): void;
}

/** The jobs that a worker may do at a time, shared by its servers in turn. */
export class JobSlots {
  /** Called once when the last job that it may do is done. */
  onUsedUp: () => void = () => {};
  #free: number;
  readonly #total: number;
  /** How many jobs it may still do; a slot that was given counts, until it is given back unused. */
  #left: number;
  readonly #waiting = new Set<SlotTaker>();
  readonly #idle: (() => void)[] = [];
  #isClosed = false;

  /**
   * @param total jobs at a time.
   * @param maxJobs jobs from the beginning to the end.
   */
  constructor(total: number, maxJobs = Infinity) {
    this.#free = total;
    this.#total = total;
    this.#left = maxJobs;
  }

  /** Wants a slot: gets one now or in its turn. */
  want(taker: SlotTaker): void {
    if (this.#isClosed) return;
    this.#waiting.add(taker);
    this.#give();
  }

  /** Does not want one any more. */
  leave(taker: SlotTaker): void {
    this.#waiting.delete(taker);
  }

  /** A slot is free again, and a job is done. */
  giveBack(): void {
    this.#free++;
    if (this.#free === this.#total) {
      for (const resolve of this.#idle.splice(0)) resolve();
      if (this.#left === 0) this.onUsedUp();
    }
    this.#give();
  }

  /** A slot is free again: there was no job for it. */
  giveBackUnused(): void {
    this.#left++;
    this.giveBack();
  }

  /** Gives none any more; resolves when all are free. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.clear();
    if (this.#free === this.#total) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #give(): void {
    while (!this.#isClosed && this.#free > 0 && this.#left > 0 && this.#waiting.size > 0) {
      const [taker] = this.#waiting;
      this.#waiting.delete(taker);
      this.#free--;
      this.#left--;
      taker.takeSlot();
    }
  }
}
