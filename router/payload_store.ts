import { LARGE_BUFFER, type LargeBuffers } from "../protocol/mod.ts";

/** Small bodies are gathered in slabs of this size: a view or buffer of its own costs more than they hold. */
const SLAB_SIZE = 64 * 1024;
/** Bodies up to this size go into a slab. */
const MAX_IN_SLAB = 4096;

const EMPTY = new Uint8Array(0);

/**
 * Keeps bytes of packets beyond the packet's life: the unique, reducer and payload of jobs.
 *
 * `reserve` answers with the buffer and sets `offset`; a slab is freed when the last job in it is.
 */
export class PayloadStore {
  /** Where the reserved bytes begin in the buffer last returned. */
  offset = 0;
  readonly #buffers: LargeBuffers;
  #slab: Uint8Array = EMPTY;
  #used = 0;

  /** @param buffers where large bodies are kept. */
  constructor(buffers: LargeBuffers) {
    this.#buffers = buffers;
  }

  /** Keeps a body where it lies. */
  retain(body: Uint8Array): void {
    this.#buffers.retain(body);
  }

  /** Room for `length` bytes, from {@linkcode offset} of the returned buffer on. */
  reserve(length: number): Uint8Array {
    if (length > MAX_IN_SLAB) {
      this.offset = 0;
      return length < LARGE_BUFFER ? new Uint8Array(length) : this.#buffers.take(length);
    }
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_SIZE);
      this.#used = 0;
    }
    this.offset = this.#used;
    this.#used += length;
    return this.#slab;
  }
}

/** Copies a range; short ones by hand, as a call of set() on a view costs more. */
export function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
): void {
  const length = end - start;
  if (length <= 64) {
    for (let index = 0; index < length; index++) target[offset + index] = source[start + index];
  } else {
    target.set(source.subarray(start, end), offset);
  }
}
