import { LARGEST_BUFFER } from "./buffer_pool.ts";
import { ReceiveBudget } from "./receive_budget.ts";

/** What unused buffers may hold together at most, in bytes: one packet of the largest size by default. */
const MOST_FREE = 64 * 1024 * 1024;
/** How often others are taken until a buffer that nobody takes is given up. */
const PATIENCE = 1000;

/** A buffer that nobody uses. */
interface Free {
  readonly bytes: Uint8Array;
  /** How many had been taken when it was released last. */
  readonly since: number;
}

/**
 * The buffers of large packets, of more than 64 KiB. Memory that is new costs more than all the
 * copying: the system clears it page by page when it is touched first. So each buffer counts its
 * users, and is used again when the last one has released it. Sizes change with what peers send: a
 * buffer of a size that is not used any more gives way.
 *
 * Whoever forgets to release costs only speed: the buffer is collected as garbage then.
 */
export class LargeBuffers {
  /** @internal What those may take together that are of packets which are not whole yet. */
  readonly budget: ReceiveBudget;
  readonly #users = new WeakMap<Uint8Array, number>();
  /** The longest unused one first. */
  readonly #free: Free[] = [];
  readonly #mostFree: number;
  /** What the unused buffers hold together, in bytes. */
  freeBytes = 0;
  /** How many were taken since the beginning. */
  #taken = 0;

  /**
   * No buffer is kept yet.
   *
   * @param receiveLimit bytes that unfinished packets may take together. Unused buffers take an
   * eighth of that at most.
   * @param largest bytes of the largest packet.
   */
  constructor(receiveLimit = Infinity, largest = 0) {
    this.budget = new ReceiveBudget(receiveLimit, largest);
    this.#mostFree = Math.min(MOST_FREE, receiveLimit / 8);
  }

  /** A buffer of at least `length` bytes with one user. What it holds is old. */
  take(length: number): Uint8Array {
    const free = this.takeFree(length);
    if (free !== undefined) return free;
    this.#taken++;
    const bytes = new Uint8Array(length);
    this.#users.set(bytes, 1);
    return bytes;
  }

  /** The same if one is unused that is large enough, but not much too large. */
  takeFree(length: number): Uint8Array | undefined {
    const index = this.#best(length);
    if (index < 0) return undefined;
    this.#taken++;
    const bytes = this.#remove(index);
    this.#users.set(bytes, 1);
    return bytes;
  }

  /** Is one unused that {@linkcode takeFree} would return? */
  hasFree(length: number): boolean {
    return length > LARGEST_BUFFER && this.#best(length) >= 0;
  }

  /** The shortest that is long enough; of those the one that was used last. */
  #best(length: number): number {
    let best = -1;
    let bestLength = 2 * length;
    for (let index = 0; index < this.#free.length; index++) {
      const candidate = this.#free[index].bytes.length;
      if (candidate < length || candidate > bestLength) continue;
      best = index;
      bestLength = candidate;
    }
    return best;
  }

  #remove(index: number): Uint8Array {
    const [{ bytes }] = this.#free.splice(index, 1);
    this.freeBytes -= bytes.length;
    return bytes;
  }

  /** One more user. Nothing happens to bytes that are not from here. */
  retain(bytes: Uint8Array): void {
    if (bytes.length <= LARGEST_BUFFER) return;
    const users = this.#users.get(bytes);
    if (users !== undefined) this.#users.set(bytes, users + 1);
  }

  /** One user less; after the last one the buffer may be used again at once. */
  release(bytes: Uint8Array): void {
    if (bytes.length <= LARGEST_BUFFER) return;
    const users = this.#users.get(bytes);
    if (users === undefined) return;
    if (users > 1) {
      this.#users.set(bytes, users - 1);
      return;
    }
    this.#users.delete(bytes);
    if (bytes.length > this.#mostFree) return this.#drop(bytes);
    this.#makeRoom(bytes.length);
    this.#free.push({ bytes, since: this.#taken });
    this.freeBytes += bytes.length;
  }

  /** Its memory is free at once, not when the garbage is collected: that may be never. */
  #drop(bytes: Uint8Array): void {
    (bytes.buffer as ArrayBuffer).transfer(0);
  }

  #makeRoom(length: number): void {
    while (this.freeBytes + length > this.#mostFree) this.#drop(this.#remove(0));
    while (this.#free.length > 0 && this.#taken - this.#free[0].since > PATIENCE) {
      this.#drop(this.#remove(0));
    }
  }

  /** Somebody keeps it whose use has no known end: it is never used again. */
  letGo(bytes: Uint8Array): void {
    this.#users.delete(bytes);
  }

  /** Is it from here, and will it be used again? */
  owns(bytes: Uint8Array): boolean {
    return bytes.length > LARGEST_BUFFER && this.#users.has(bytes);
  }

  /** Lets go of all that is unused. */
  clear(): void {
    while (this.#free.length > 0) this.#drop(this.#remove(this.#free.length - 1));
  }
}
