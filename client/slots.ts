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

/** Places for jobs that are under way. Those that find none wait, and get one in their order. */
export class Places {
  #free: number;
  /** What has had its turn is taken out at once: it may hold much. */
  #waiting: ((() => void) | null)[] = [];
  #next = 0;
  #isHandingOut = false;

  constructor(count: number) {
    this.#free = count;
  }

  /** Calls back with a place, which is to be given back: now, if there is one, else later. */
  take(use: () => void): void {
    if (this.#free > 0 && this.#waiting.length === 0) {
      this.#free--;
      return use();
    }
    this.#waiting.push(use);
    this.#handOut();
  }

  /** Somebody is done. */
  giveBack(): void {
    this.#free++;
    this.#handOut();
  }

  /** Many that give theirs back at once do not pile up on the stack. */
  #handOut(): void {
    if (this.#isHandingOut) return;
    this.#isHandingOut = true;
    while (this.#free > 0 && this.#next < this.#waiting.length) {
      this.#free--;
      this.#shift()!();
    }
    this.#isHandingOut = false;
  }

  #shift(): (() => void) | null {
    const first = this.#waiting[this.#next];
    this.#waiting[this.#next++] = null;
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    } else if (this.#next > 1000 && 2 * this.#next > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    return first;
  }
}
