import { giveBuffer, LARGEST_BUFFER, takeBuffer } from "./buffer_pool.ts";
import { EMPTY } from "./empty.ts";
import { HEADER_SIZE, packetLength } from "./header.ts";
import type { LargeBuffers } from "./large_buffers.ts";

const NUL = 0;
/** First allocation for a packet whose header has come and whose body has not. */
const FIRST_CAPACITY = 4096;
/** What is missing of a packet is worth being read to where it belongs if it is at least so long. */
const LONG_REST = 64 * 1024;

/**
 * What has come of a packet or line whose end has not. Each byte is copied here once, into a buffer
 * that at most doubles with what has really arrived: a length in a header is never allocated in
 * advance, but a buffer that is there already may be as long as the packet says it is.
 */
export class PendingBytes {
  readonly #buffers: LargeBuffers | null;
  #bytes: Uint8Array = EMPTY;
  #length = 0;
  /** May somebody still write into the buffer? */
  #isLent = false;

  /** @param buffers where large packets are put together. */
  constructor(buffers: LargeBuffers | null) {
    this.#buffers = buffers;
  }

  /** How many bytes have come. */
  get length(): number {
    return this.#length;
  }

  /** The buffer; what has come is at its beginning. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Is it the beginning of a packet, and no line? */
  get isPacket(): boolean {
    return this.#bytes[0] === NUL;
  }

  /** How long the packet will be with its header; only its first 12 bytes say so. */
  get packetLength(): number {
    return packetLength(this.#bytes, 0);
  }

  /** Begins with `bytes[start..end)`. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#bytes = this.#newBuffer(length, bytes, start);
    this.#bytes.set(bytes.subarray(start, end));
    this.#length = length;
  }

  /** Copies from `bytes[start..end)` until `wanted` bytes are here; returns where it stopped. */
  append(bytes: Uint8Array, start: number, end: number, wanted: number): number {
    const take = Math.min(wanted - this.#length, end - start);
    const length = this.#length + take;
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(bytes.subarray(start, start + take), this.#length);
    this.#length = length;
    return start + take;
  }

  /**
   * Where the rest of a large packet can be read to, or a part of it; null if nothing large is
   * missing. Whoever reads says how much by {@linkcode filled}.
   */
  lend(): Uint8Array | null {
    if (this.#length < HEADER_SIZE || !this.isPacket) return null;
    const end = this.packetLength;
    if (end - this.#length < LONG_REST) return null;
    if (this.#length === this.#bytes.length) this.#grow(this.#length + 1);
    this.#isLent = true;
    return this.#bytes.subarray(this.#length, end);
  }

  /** So many bytes were read into what was lent. */
  filled(count: number): void {
    this.#isLent = false;
    this.#length += count;
  }

  /** Empties it without an end to the use of the buffer, which the caller gives back. */
  take(): Uint8Array {
    const bytes = this.#bytes;
    this.#bytes = EMPTY;
    this.#length = 0;
    return bytes;
  }

  /** The buffer is needed no more: it is used again, at once. */
  giveBack(bytes: Uint8Array): void {
    if (this.#buffers === null || bytes === EMPTY) return;
    if (bytes.length <= LARGEST_BUFFER) giveBuffer(bytes);
    else this.#buffers.release(bytes);
  }

  /** Drops what has come. */
  clear(): void {
    // A read that is under way may write to it at any time.
    if (this.#isLent) this.#buffers?.letGo(this.#bytes);
    else this.giveBack(this.#bytes);
    this.take();
  }

  #grow(length: number): void {
    const before = this.#bytes;
    this.#bytes = this.#newBuffer(length, before, 0);
    this.#bytes.set(before.subarray(0, this.#length));
    this.giveBack(before);
  }

  /** A buffer for `length` bytes of what begins at `bytes[start]`, and for as much again. */
  #newBuffer(length: number, bytes: Uint8Array, start: number): Uint8Array {
    const doubled = Math.max(2 * length, FIRST_CAPACITY);
    if (bytes[start] !== NUL || length < HEADER_SIZE) return this.#take(doubled);
    const whole = packetLength(bytes, start);
    const free = whole > LARGEST_BUFFER ? this.#buffers?.takeFree(whole) : undefined;
    return free ?? this.#take(Math.min(doubled, whole));
  }

  #take(length: number): Uint8Array {
    if (this.#buffers === null) return new Uint8Array(length);
    return length <= LARGEST_BUFFER ? takeBuffer(length) : this.#buffers.take(length);
  }
}
