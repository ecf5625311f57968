/** A connection from which little comes at a time holds a buffer of this size. */
const SMALL = 1024;
/** One that may wait for long holds no more than this, */
const MEDIUM = 4 * 1024;
/** but for a few, from which much comes at a time. */
const LARGE = 64 * 1024;
const MOST_LARGE = 64;
/** Buffers kept for whoever needs one next, of the medium and of the large size. */
const POOLED_PER_SIZE = 32;

const pools: Record<number, Uint8Array[]> = { [MEDIUM]: [], [LARGE]: [] };
let largeInUse = 0;

/**
 * What one connection reads into. A read under way owns its buffer for as long as nothing comes, so
 * ten thousand silent connections must not wait with large ones. A read that fills its buffer is
 * followed by one into a larger buffer.
 */
export class ReadBuffer {
  /** Read into this next. */
  bytes: Uint8Array = new Uint8Array(SMALL);
  readonly #small = this.bytes;

  /** A read put `count` bytes in, which have been dealt with. */
  filled(count: number): void {
    const { length } = this.bytes;
    if (count === length) {
      if (length < LARGE) this.#use(length === SMALL ? MEDIUM : LARGE);
    } else if (count < SMALL) {
      this.release();
    } else if (length === LARGE && (count < MEDIUM || largeInUse > MOST_LARGE)) {
      this.#use(MEDIUM);
    }
  }

  /** No read is under way: gives a larger buffer back. */
  release(): void {
    const { bytes } = this;
    if (bytes === this.#small) return;
    if (bytes.length === LARGE) largeInUse--;
    const pool = pools[bytes.length];
    if (pool.length < POOLED_PER_SIZE) pool.push(bytes);
    this.bytes = this.#small;
  }

  #use(size: number): void {
    this.release();
    if (size === LARGE) largeInUse++;
    this.bytes = pools[size].pop() ?? new Uint8Array(size);
  }
}
