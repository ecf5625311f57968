/** A connection from which little comes at a time holds a buffer of this size. */
const SMALL = 1024;
/** One that may wait for long holds no more than this, */
const MEDIUM = 4 * 1024;
/** but for a few, from which much comes at a time, */
const LARGE = 64 * 1024;
const MOST_LARGE = 64;
/** So many connections may have more than a small buffer though little came last. */
const MOST_KEPT = 256;
/** and very few that fill those: large payloads need less calls. */
const HUGE = 512 * 1024;
const MOST_HUGE = 8;
/** Buffers kept for whoever needs one next, of each size but the small one. */
const POOLED: Record<number, number> = { [MEDIUM]: 32, [LARGE]: 32, [HUGE]: 4 };

const pools: Record<number, Uint8Array[]> = { [MEDIUM]: [], [LARGE]: [], [HUGE]: [] };
const inUse: Record<number, number> = { [MEDIUM]: 0, [LARGE]: 0, [HUGE]: 0 };

/**
 * What one connection reads into. A read under way owns its buffer for as long as nothing comes, so
 * ten thousand silent connections must not wait with large ones. A read that fills its buffer is
 * followed by one into a larger buffer.
 */
export class ReadBuffer {
  /** Read into this next. */
  bytes: Uint8Array = new Uint8Array(SMALL);
  readonly #small = this.bytes;
  /** How often in a row so little came that a small buffer would have done. */
  #smallReads = 0;

  /** A read put `count` bytes in, which have been dealt with. */
  filled(count: number): void {
    const { length } = this.bytes;
    if (count >= SMALL) this.#smallReads = 0;
    if (count === length) {
      if (length === SMALL) this.#use(MEDIUM);
      else if (length === MEDIUM) this.#use(LARGE);
      else if (length === LARGE && inUse[HUGE] < MOST_HUGE) this.#use(HUGE);
    } else if (count < SMALL) {
      // The rest of a packet may follow: a larger buffer goes at the second time.
      const mayKeep = inUse[MEDIUM] + inUse[LARGE] <= MOST_KEPT;
      if (++this.#smallReads > 1 || !mayKeep) this.release();
    } else if (length === LARGE && (count < MEDIUM || inUse[LARGE] > MOST_LARGE)) {
      this.#use(MEDIUM);
    } else if (length === HUGE && count < LARGE) {
      this.#use(LARGE);
    }
  }

  /** No read is under way: gives a larger buffer back. */
  release(): void {
    const { bytes } = this;
    if (bytes === this.#small) return;
    inUse[bytes.length]--;
    const pool = pools[bytes.length];
    if (pool.length < POOLED[bytes.length]) pool.push(bytes);
    this.bytes = this.#small;
  }

  #use(size: number): void {
    this.release();
    inUse[size]++;
    this.bytes = pools[size].pop() ?? new Uint8Array(size);
  }
}
