/** A size of buffers: a connection moves from one to the next. */
class Size {
  readonly length: number;
  readonly smaller: Size;
  /** How many buffers are kept for whoever needs one next. */
  readonly mostPooled: number;
  readonly pool: Uint8Array[] = [];
  inUse = 0;

  constructor(length: number, mostPooled: number, smaller?: Size) {
    this.length = length;
    this.mostPooled = mostPooled;
    this.smaller = smaller ?? this;
  }
}

/** A connection from which little comes at a time holds a buffer of this size, its own. */
const SMALL = new Size(1024, 0);
/** One that may wait for long holds no more than this, */
const MEDIUM = new Size(4 * 1024, 32, SMALL);
/** but for a few, from which much comes at a time, */
const LARGE = new Size(64 * 1024, 32, MEDIUM);
const MOST_LARGE = 64;
/** and very few that fill those: large payloads need less calls. */
const HUGE = new Size(512 * 1024, 4, LARGE);
const MOST_HUGE = 8;
/** A buffer for which too little comes so often in a row is given back: sizes of packets vary. */
const PATIENCE = 16;
/** More connections than this give it back at once. */
const MOST_PATIENT = 256;

/**
 * What one connection reads into. A read under way owns its buffer for as long as nothing comes, so
 * ten thousand silent connections must not wait with large ones. A read that fills its buffer is
 * followed by one into a larger buffer.
 */
export class ReadBuffer {
  /** Read into this next. */
  bytes: Uint8Array = new Uint8Array(SMALL.length);
  readonly #small = this.bytes;
  #size: Size = SMALL;
  /** How often in a row a smaller buffer would have done. */
  #littleReads = 0;

  /** A read put `count` bytes in, which have been dealt with. */
  filled(count: number): void {
    const size = this.#size;
    if (count === size.length) return this.#grow();
    if (size === SMALL) return;
    if (size === LARGE && LARGE.inUse > MOST_LARGE) return this.#use(MEDIUM);
    if (count >= size.smaller.length) {
      this.#littleReads = 0;
    } else if (++this.#littleReads >= PATIENCE || MEDIUM.inUse + LARGE.inUse > MOST_PATIENT) {
      this.#use(count < SMALL.length ? SMALL : size.smaller);
    }
  }

  #grow(): void {
    const size = this.#size;
    this.#littleReads = 0;
    if (size === SMALL) this.#use(MEDIUM);
    else if (size === MEDIUM) this.#use(LARGE);
    else if (size === LARGE && HUGE.inUse < MOST_HUGE) this.#use(HUGE);
  }

  /** No read is under way: gives a larger buffer back. */
  release(): void {
    const size = this.#size;
    if (size === SMALL) return;
    size.inUse--;
    if (size.pool.length < size.mostPooled) size.pool.push(this.bytes);
    this.bytes = this.#small;
    this.#size = SMALL;
  }

  #use(size: Size): void {
    this.release();
    this.#littleReads = 0;
    if (size === SMALL) return;
    this.bytes = size.pool.pop() ?? new Uint8Array(size.length);
    this.#size = size;
    size.inUse++;
  }
}
