/** Asks a server for a job. */
export interface SlotTaker {
  /** There is room for one job; the taker gives the slot back when it is done with it. */
  takeSlot(): void;
}

/** The jobs that a worker may do at a time, shared by its servers in turn. */
export class JobSlots {
  #free: number;
  readonly #total: number;
  readonly #waiting = new Set<SlotTaker>();
  readonly #idle: (() => void)[] = [];
  #isClosed = false;

  constructor(total: number) {
    this.#free = total;
    this.#total = total;
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

  /** A slot is free again. */
  giveBack(): void {
    this.#free++;
    if (this.#free === this.#total) { for (const resolve of this.#idle.splice(0)) resolve(); }
    this.#give();
  }

  /** Gives none any more; resolves when all are free. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.clear();
    if (this.#free === this.#total) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #give(): void {
    while (!this.#isClosed && this.#free > 0 && this.#waiting.size > 0) {
      const [taker] = this.#waiting;
      this.#waiting.delete(taker);
      this.#free--;
      taker.takeSlot();
    }
  }
}
