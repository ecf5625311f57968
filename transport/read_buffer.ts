/** A connection from which little comes at a time holds a buffer of this size. */
const SMALL = 1024;
/** One that may wait for long holds no more than this, */
const MEDIUM = 4 * 1024;
/** but for a few, from which much comes at a time, */
const LARGE = 64 * 1024;
const MOST_LARGE = 64;
/** and very few that fill those: large payloads need less calls. */
const HUGE = 512 * 1024;
const MOST_HUGE = 8;
/** A buffer for which too little comes so often in a row is given back: sizes of packets vary. */
const PATIENCE = 16;
/** More connections than this give it back at once. */
const MOST_PATIENT = 256;
/** The next smaller size. */
const SMALLER: Record<number, number> = { [MEDIUM]: SMALL, [LARGE]: MEDIUM, [HUGE]: LARGE };
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
  /** How often in a row a smaller buffer would have done. */
  #littleReads = 0;

  /** A read put `count` bytes in, which have been dealt with. */
  filled(count: number): void {
    const { length } = this.bytes;
    if (count === length) return this.#grow();
    if (length === SMALL) return;
    if (length === LARGE && inUse[LARGE] > MOST_LARGE) return this.#use(MEDIUM);
    if (count >= SMALLER[length]) {
      this.#littleReads = 0;
    } else if (++this.#littleReads >= PATIENCE || inUse[MEDIUM] + inUse[LARGE] > MOST_PATIENT) {
      this.#use(count < SMALL ? SMALL : SMALLER[length]);
    }
  }

  #grow(): void {
    const { length } = this.bytes;
    this.#littleReads = 0;
    if (length === SMALL) this.#use(MEDIUM);
    else if (length === MEDIUM) this.#use(LARGE);
    else if (length === LARGE && inUse[HUGE] < MOST_HUGE) this.#use(HUGE);
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
    this.#littleReads = 0;
    if (size === SMALL) return;
    inUse[size]++;
    this.bytes = pools[size].pop() ?? new Uint8Array(size);
  }
}
