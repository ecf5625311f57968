import { EMPTY, giveBuffer, LARGEST_BUFFER, takeBuffer } from "./buffer_pool.ts";
import { HEADER_SIZE, packetLength } from "./packet_types.ts";
import type { LargeBuffers } from "./large_buffers.ts";
import type { ReceiveBudget, UnfinishedPacket } from "./receive_budget.ts";

const NUL = 0;
/** First allocation for a packet whose header has come and whose body has not. */
const FIRST_CAPACITY = 4096;
/** What is missing of a packet is worth being read to where it belongs if it is at least so long. */
const LONG_REST = 64 * 1024;

/** Whoever reads for it. */
export interface PendingReader {
  /** There may be room for what is missing. */
  mayResume(): void;
  /** What is missing comes too slowly while others wait for memory. */
  tooSlow(): void;
}

/**
 * What has come of a packet or line whose end has not. Each byte is copied here once, into a buffer
 * that at most doubles with what has really arrived: a length in a header is never allocated in
 * advance, but a buffer that is there already may be as long as the packet says it is.
 */
export class PendingBytes implements UnfinishedPacket {
  readonly #buffers: LargeBuffers | null;
  readonly #budget: ReceiveBudget | null;
  readonly #reader: PendingReader;
  /** The buffer; what has come is at its beginning. */
  bytes: Uint8Array = EMPTY;
  /** How many bytes have come. */
  length = 0;
  /** May somebody still write into the buffer? */
  #isLent = false;

  /** What the buffer counts for in the budget, in bytes: 0 if it is small. */
  counted = 0;
  /** Does a packet wait because there is no room for more of it? */
  isWaiting = false;

  /** @param buffers where large packets are put together. */
  constructor(buffers: LargeBuffers | null, reader: PendingReader) {
    this.#buffers = buffers;
    this.#budget = buffers?.budget ?? null;
    this.#reader = reader;
  }

  /** Is it the beginning of a packet, and no line? */
  get isPacket(): boolean {
    return this.bytes[0] === NUL;
  }

  /** How long the packet will be with its header; only its first 12 bytes say so. */
  get packetLength(): number {
    return packetLength(this.bytes, 0);
  }

  /** Begins with `bytes[start..end)`. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const capacity = this.#capacityFor(length, bytes, start);
    const isAllowed = capacity <= LARGEST_BUFFER || (this.#budget?.allows(this, capacity) ?? true);
    // What has come is taken in any case.
    this.bytes = this.#newBuffer(isAllowed ? capacity : length);
    this.#count(this.bytes.length);
    this.bytes.set(bytes.subarray(start, end));
    this.length = length;
    if (!isAllowed) this.#growIfFull();
  }

  /**
   * Copies from `bytes[start..end)` until `wanted` bytes are here, or it has to wait; returns where it
   * stopped.
   */
  append(bytes: Uint8Array, start: number, end: number, wanted: number): number {
    let take = Math.min(wanted - this.length, end - start);
    if (this.length + take > this.bytes.length && !this.#grow(this.length + take)) {
      take = this.bytes.length - this.length;
    }
    const length = this.length + take;
    this.bytes.set(bytes.subarray(start, start + take), this.length);
    this.length = length;
    return start + take;
  }

  /**
   * Where the rest of a large packet can be read to, or a part of it; null if nothing large is
   * missing. Whoever reads says how much by {@linkcode filled}.
   */
  lend(): Uint8Array | null {
    if (this.length < HEADER_SIZE || !this.isPacket) return null;
    const end = this.packetLength;
    if (end - this.length < LONG_REST) return null;
    if (this.length === this.bytes.length && !this.#grow(this.length + 1)) return null;
    this.#isLent = true;
    return this.bytes.subarray(this.length, end);
  }

  /** So many bytes were read into what was lent. */
  filled(count: number): void {
    this.#isLent = false;
    this.length += count;
    this.#growIfFull();
  }

  /** Grows now: later, more may have been read than there is room for. */
  #growIfFull(): void {
    if (this.length < this.bytes.length || this.length === this.packetLength) return;
    this.#grow(this.length + 1);
  }

  /** May more of it come now? */
  goOn(): boolean {
    return this.#grow(this.length + 1);
  }

  mayGoOn(): void {
    this.#reader.mayResume();
  }

  isTooSlow(): void {
    this.#reader.tooSlow();
  }

  /** Empties it without an end to the use of the buffer, which the caller gives back. */
  take(): Uint8Array {
    const bytes = this.bytes;
    this.bytes = EMPTY;
    this.length = 0;
    if (this.counted > 0 || this.isWaiting) this.#endWaiting();
    return bytes;
  }

  /** Nobody needs the buffer any more: it is used again, at once. */
  giveBack(bytes: Uint8Array): void {
    if (this.#buffers === null || bytes === EMPTY) return;
    if (bytes.length <= LARGEST_BUFFER) giveBuffer(bytes);
    else this.#buffers.release(bytes);
  }

  /** Drops what has come. */
  clear(): void {
    // A read that is under way may write to it at any time.
    if (this.#isLent) this.#buffers?.letGo(this.bytes);
    else this.giveBack(this.bytes);
    this.take();
  }

  /** Makes room for `length` bytes; false if it has to wait for that. */
  #grow(length: number): boolean {
    const before = this.bytes;
    const capacity = this.#capacityFor(length, before, 0);
    this.isWaiting = this.#budget !== null && !this.#budget.ask(this, capacity);
    if (this.isWaiting) return false;
    this.bytes = this.#newBuffer(capacity);
    this.bytes.set(before.subarray(0, this.length));
    this.#count(this.bytes.length);
    this.giveBack(before);
    return true;
  }

  #count(capacity: number): void {
    if (this.#budget === null || capacity <= LARGEST_BUFFER) return;
    this.#budget.grew(capacity - this.counted);
    this.counted = capacity;
  }

  #endWaiting(): void {
    const { counted } = this;
    this.counted = 0;
    this.isWaiting = false;
    this.#budget!.ended(this, counted);
  }

  /** How long a buffer for `length` bytes of what begins at `bytes[start]` is to be. */
  #capacityFor(length: number, bytes: Uint8Array, start: number): number {
    const doubled = Math.max(2 * length, FIRST_CAPACITY);
    if (bytes[start] !== NUL || length < HEADER_SIZE) return doubled;
    const whole = packetLength(bytes, start);
    if (whole <= doubled) return whole;
    return this.#buffers?.hasFree(whole) && this.#budget!.allows(this, whole) ? whole : doubled;
  }

  #newBuffer(length: number): Uint8Array {
    if (this.#buffers === null) return new Uint8Array(length);
    if (length <= LARGEST_BUFFER) return takeBuffer(length);
    return this.#buffers.takeFree(length) ?? this.#buffers.take(length);
  }
}
