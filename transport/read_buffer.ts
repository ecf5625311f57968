/** A connection that waits for its peer holds a buffer of this size and no more. */
const SMALLEST = 1024;
const GROWTH = 4;
const LARGEST = 64 * 1024;
/** Larger buffers kept for whoever needs one next, of each size. */
const POOLED_PER_SIZE = 16;

const pool = new Map<number, Uint8Array[]>();

/**
 * What one connection reads into. A read under way owns its buffer for as long as nothing comes, so
 * ten thousand silent connections must not wait with large ones. A read that fills the small buffer
 * is followed by one into a larger one, which is given back once a read does not fill it.
 */
export class ReadBuffer {
  /** Read into this next. */
  bytes: Uint8Array = new Uint8Array(SMALLEST);
  readonly #small = this.bytes;
  /** What the last burst needed after the small buffer: the next one gets it at once. */
  #expected = SMALLEST * GROWTH;

  /** A read put `count` bytes in, which have been dealt with. */
  filled(count: number): void {
    const { length } = this.bytes;
    if (count < length) this.#shrink(count);
    else if (length < LARGEST) this.#grow(Math.max(length * GROWTH, this.#expected));
  }

  /** No read is under way: gives a large buffer back. */
  release(): void {
    if (this.bytes !== this.#small) giveBuffer(this.bytes);
    this.bytes = this.#small;
  }

  #grow(size: number): void {
    this.release();
    this.bytes = pool.get(size)?.pop() ?? new Uint8Array(size);
  }

  #shrink(count: number): void {
    this.#expected = SMALLEST * GROWTH;
    if (this.bytes === this.#small) return;
    while (this.#expected <= count) this.#expected *= GROWTH;
    this.release();
  }
}

function giveBuffer(buffer: Uint8Array): void {
  const free = pool.get(buffer.length);
  if (free === undefined) pool.set(buffer.length, [buffer]);
  else if (free.length < POOLED_PER_SIZE) free.push(buffer);
}
