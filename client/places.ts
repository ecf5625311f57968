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
