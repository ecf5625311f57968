import { giveBuffer, LARGEST_BUFFER, takeBuffer } from "../protocol/buffer_pool.ts";
import type { LargeBuffers } from "../protocol/mod.ts";

/** Small bodies are gathered in slabs of this size: a view or buffer of its own costs more than they hold. */
const SLAB_SIZE = 64 * 1024;
/** Bodies up to this size go into a slab, */
const MAX_IN_SLAB = 4096;
/** but those of jobs that somebody waits for only up to this size: theirs are used again soon. */
const MAX_SHORT_LIVED_IN_SLAB = 1024;

const EMPTY = new Uint8Array(0);

/**
 * Keeps bytes of packets beyond the packet's life: the unique, reducer and payload of jobs.
 *
 * Small ones share a slab, which is freed when the last job in it is. Others have a buffer of their
 * own. New memory costs more than all the copying, so that of jobs that somebody waits for, and all
 * large ones, are used again when the job has ended; a backlog gets buffers that fit.
 */
export class PayloadStore {
  /** Where the reserved bytes begin in the buffer last returned. */
  offset = 0;
  readonly #large: LargeBuffers;
  /** Buffers from the pool, each with a single job. */
  readonly #borrowed = new WeakSet<Uint8Array>();
  #slab: Uint8Array = EMPTY;
  #used = 0;

  /** @param large where large bodies are kept. */
  constructor(large: LargeBuffers) {
    this.#large = large;
  }

  /** Room for `length` bytes, from {@linkcode offset} of the returned buffer on. */
  reserve(length: number, isShortLived: boolean): Uint8Array {
    if (length > (isShortLived ? MAX_SHORT_LIVED_IN_SLAB : MAX_IN_SLAB)) {
      this.offset = 0;
      if (length > LARGEST_BUFFER) return this.#large.take(length);
      return isShortLived ? this.#borrow(length) : new Uint8Array(length);
    }
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_SIZE);
      this.#used = 0;
    }
    this.offset = this.#used;
    this.#used += length;
    return this.#slab;
  }

  #borrow(length: number): Uint8Array {
    const body = takeBuffer(length);
    this.#borrowed.add(body);
    return body;
  }

  /** Keeps a body where it lies. */
  retain(body: Uint8Array): void {
    this.#large.retain(body);
  }

  /** Will the body be used again when its job has ended? */
  isReused(body: Uint8Array): boolean {
    return body.length > LARGEST_BUFFER ? this.#large.owns(body) : this.#borrowed.has(body);
  }

  /** The job of a body that {@linkcode isReused} needs it no more. */
  release(body: Uint8Array): void {
    if (body.length > LARGEST_BUFFER) this.#large.release(body);
    else if (this.#borrowed.delete(body)) giveBuffer(body);
  }

  /** Somebody looks at the body, nobody knows for how long: it is never used again. */
  letGo(body: Uint8Array): void {
    this.#large.letGo(body);
    this.#borrowed.delete(body);
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
