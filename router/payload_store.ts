import { giveBuffer, LARGEST_BUFFER, takeBuffer } from "../protocol/buffer_pool.ts";
import { EMPTY } from "../protocol/empty.ts";
import type { LargeBuffers } from "../protocol/mod.ts";

/**
 * Small bodies are gathered in slabs of this size: a view or buffer of its own costs more than they
 * hold. One job keeps no more than a slab from being freed.
 */
const SLAB_SIZE = 32 * 1024;
/** Bodies up to this size go into a slab, */
const MAX_IN_SLAB = 4096;
/** but those of jobs that somebody waits for only up to this size: theirs are used again soon. */
const MAX_SHORT_LIVED_IN_SLAB = 1024;

/**
 * How long a job is there, as far as one can tell: `SHORT` if somebody waits for it, `LATER` if it
 * has a due time, else `QUEUED`. Bodies share memory with those of their kind only: one job for
 * tomorrow must not keep the memory of fifteen that are done at once.
 */
export const Lifetime = { SHORT: 0, QUEUED: 1, LATER: 2 } as const;

/** One of {@linkcode Lifetime}. */
export type LifetimeIndex = typeof Lifetime[keyof typeof Lifetime];

/** One after the other gets room in the same memory, which is freed when all who share it let go. */
class Slab {
  #bytes: Uint8Array = EMPTY;
  #used = 0;

  /** Where room for `length` bytes begins in {@linkcode bytes}. */
  reserve(length: number): number {
    if (this.#used + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(SLAB_SIZE);
      this.#used = 0;
    }
    const offset = this.#used;
    this.#used += length;
    return offset;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }
}

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
  /** By lifetime. */
  readonly #slabs = [new Slab(), new Slab(), new Slab()] as const;
  /** For what stays of jobs whose payload has left: it must not keep a slab of payloads alive. */
  readonly #remainders = [new Slab(), new Slab(), new Slab()] as const;

  /** @param large where large bodies are kept. */
  constructor(large: LargeBuffers) {
    this.#large = large;
  }

  /** Room for `length` bytes, from {@linkcode offset} of the returned buffer on. */
  reserve(length: number, lifetime: LifetimeIndex): Uint8Array {
    const isShortLived = lifetime === Lifetime.SHORT;
    if (length > (isShortLived ? MAX_SHORT_LIVED_IN_SLAB : MAX_IN_SLAB)) {
      this.offset = 0;
      if (length > LARGEST_BUFFER) return this.#large.take(length);
      return isShortLived ? this.#borrow(length) : new Uint8Array(length);
    }
    const slab = this.#slabs[lifetime];
    this.offset = slab.reserve(length);
    return slab.bytes;
  }

  /** The same for the unique and the reducer of a job whose payload is kept elsewhere. */
  reserveRemainder(length: number, lifetime: LifetimeIndex): Uint8Array {
    const slab = this.#remainders[lifetime];
    this.offset = slab.reserve(length);
    return slab.bytes;
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
