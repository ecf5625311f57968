/** Asks a server for a job. */
export interface SlotTaker {
  /** Takes a slot for one job, and gives it back when that job is done. */
  takeSlot(): void;
}

/** The jobs that a worker may do at a time, shared by its servers in turn. */
export class JobSlots {
  /** Called once, when `maxJobs` is reached and no job runs. */
  onUsedUp: () => void = () => {};
  #free: number;
  readonly #total: number;
  /** How many jobs may still be done; a slot that was given counts until it is given back unused. */
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

  /** Gives the taker a slot, now or in its turn. */
  want(taker: SlotTaker): void {
    if (this.#isClosed) return;
    this.#waiting.add(taker);
    this.#give();
  }

  /** Forgets a taker that does not want a slot any more. */
  leave(taker: SlotTaker): void {
    this.#waiting.delete(taker);
  }

  /** Takes a slot back whose job is done. */
  giveBack(): void {
    this.#free++;
    if (this.#free === this.#total) {
      for (const resolve of this.#idle.splice(0)) resolve();
      if (this.#left === 0) this.onUsedUp();
    }
    this.#give();
  }

  /** Takes a slot back that was not used, as there was no job. */
  giveBackUnused(): void {
    this.#left++;
    this.giveBack();
  }

  /** Gives no more slots; resolves when all are free. */
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

/** Places for jobs that are under way. A job that finds none waits, and gets one in its turn. */
export class Places {
  #free: number;
  /** A callback that has had its turn is taken out at once: it may hold much memory. */
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

  giveBack(): void {
    this.#free++;
    this.#handOut();
  }

  /** Hands places out in a loop, so that many that come back at once do not pile up on the stack. */
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
