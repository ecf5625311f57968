import {
  copyLong,
  EMPTY,
  FEW_BYTES,
  giveBuffer,
  LARGEST_BUFFER,
  takeBuffer,
} from "./buffer_pool.ts";
import { HEADER_SIZE } from "./packet_types.ts";
import type { LargeBuffers } from "./large_buffers.ts";

/** A buffer of this size is closed and the next one begun, so nothing large is ever copied twice. */
const SEGMENT_CAPACITY = LARGEST_BUFFER;

const encoder = new TextEncoder();

/**
 * The output of one connection: packets and text are encoded straight into it and leave in as few
 * writes as possible. Many small packets share a segment; a large body that will not change is
 * sent from where it lies.
 *
 * A packet is written as `packet(type, bodyLength)` followed by exactly `bodyLength` bytes.
 */
export class OutputBuffer {
  readonly #buffers: LargeBuffers | null;
  #tail: Uint8Array = EMPTY;
  #tailLength = 0;
  #segments: Segment[] = [];
  #segmentBytes = 0;
  #takenBytes = 0;
  #droppedBytes = 0;
  /** How many packets were begun. */
  packets = 0;
  /** Was output dropped? Then nothing more need be appended: the peer gets none of it. */
  isDropped = false;

  /**
   * A buffer without bytes.
   *
   * @param buffers where bytes that are sent from where they lie may be from: they are retained.
   */
  constructor(buffers?: LargeBuffers) {
    this.#buffers = buffers ?? null;
  }

  /** Bytes that wait to be taken. */
  get size(): number {
    return this.#segmentBytes + this.#tailLength;
  }

  /** The position of the first byte that waits: those before it were taken, or dropped. */
  get start(): number {
    return this.#takenBytes;
  }

  /** How many bytes were taken: whoever did sends them. */
  get sentBytes(): number {
    return this.#takenBytes - this.#droppedBytes;
  }

  /** How many bytes were appended since the beginning: where the next one goes. */
  get position(): number {
    return this.#takenBytes + this.size;
  }

  /**
   * Puts other bytes in the place of some that wait to be taken, for what turns out to be wrong.
   *
   * @param edits in the order of their positions; they do not overlap.
   * @throws {RangeError} when one of them has been taken already; nothing is changed then.
   */
  rewrite(edits: readonly OutputEdit[]): void {
    const start = this.#takenBytes;
    if (edits.some(({ position }) => position < start)) {
      throw new RangeError("Output that has been taken cannot be rewritten");
    }
    const before = this.takeAll();
    this.#takenBytes = start;
    let copied = 0;
    for (const { position, length, bytes } of edits) {
      this.bytes(before, copied, position - start);
      this.bytes(bytes);
      copied = position - start + length;
    }
    this.bytes(before, copied, before.length);
  }

  /** Takes all that waits, as one array that nobody else uses. */
  takeAll(): Uint8Array {
    const all = new Uint8Array(this.size);
    let length = 0;
    for (const { bytes, start, end } of this.#segments) {
      all.set(bytes.subarray(start, end), length);
      length += end - start;
    }
    all.set(this.#tail.subarray(0, this.#tailLength), length);
    this.#takenBytes += all.length;
    this.#drop();
    return all;
  }

  /** Begins a packet from the server. The caller appends `bodyLength` bytes next. */
  packet(type: number, bodyLength: number): void {
    this.packets++;
    const position = this.#reserve(HEADER_SIZE);
    const tail = this.#tail;
    tail[position] = 0;
    tail[position + 1] = 0x52;
    tail[position + 2] = 0x45;
    tail[position + 3] = 0x53;
    tail[position + 4] = 0;
    tail[position + 5] = 0;
    tail[position + 6] = 0;
    tail[position + 7] = type;
    tail[position + 8] = bodyLength >>> 24;
    tail[position + 9] = bodyLength >>> 16;
    tail[position + 10] = bodyLength >>> 8;
    tail[position + 11] = bodyLength;
  }

  /** Begins a packet to the server. The caller appends `bodyLength` bytes next. */
  requestHeader(type: number, bodyLength: number): void {
    this.packet(type, bodyLength);
    this.#tail[this.#tailLength - HEADER_SIZE + 3] = 0x51;
  }

  /** Appends one byte. */
  byte(value: number): void {
    const position = this.#reserve(1);
    this.#tail[position] = value;
  }

  /**
   * Appends `bytes[start..end)`.
   *
   * @param stable the bytes will not change any more: a large run is then not copied.
   */
  bytes(bytes: Uint8Array, start = 0, end: number = bytes.length, stable = false): void {
    const length = end - start;
    // What is shorter is copied: it may lie in a buffer that is used again before it has left.
    if (length > SEGMENT_CAPACITY) return this.#large(bytes, start, end, stable);
    const position = this.#reserve(length);
    const tail = this.#tail;
    if (length > FEW_BYTES) return copyLong(bytes, start, end, tail, position);
    for (let index = 0; index < length; index++) tail[position + index] = bytes[start + index];
  }

  /** Appends a string as UTF-8. */
  string(text: string): void {
    const position = this.#reserve(text.length * 3);
    const { written } = encoder.encodeInto(text, this.#tail.subarray(position));
    this.#tailLength = position + written;
  }

  /** Appends a string of which every character is below U+0100, one byte each. */
  latin1(text: string): void {
    const position = this.#reserve(text.length);
    const tail = this.#tail;
    for (let index = 0; index < text.length; index++) {
      tail[position + index] = text.charCodeAt(index);
    }
  }

  /**
   * The next run of output, or `undefined` when there is none. It belongs to the caller until it is
   * recycled; what is appended meanwhile goes elsewhere.
   */
  take(): Segment | undefined {
    if (this.#segments.length > 0) {
      const segment = this.#segments.shift()!;
      this.#segmentBytes -= segment.end - segment.start;
      this.#takenBytes += segment.end - segment.start;
      return segment;
    }
    if (this.#tailLength === 0) return undefined;
    this.#takenBytes += this.#tailLength;
    return this.#closeTail();
  }

  /** Returns a segment whose bytes have been sent, so that its memory can be used again. */
  recycle(segment: Segment): void {
    this.#letGo(segment);
  }

  #letGo(segment: Segment): void {
    if (segment.pooled) giveBuffer(segment.bytes);
    else this.#buffers?.release(segment.bytes);
  }

  /** Drops all output, when nobody will read it any more. */
  clear(): void {
    this.isDropped = true;
    this.#takenBytes += this.size;
    this.#droppedBytes += this.size;
    this.#drop();
  }

  #drop(): void {
    if (this.#tail !== EMPTY) giveBuffer(this.#tail);
    this.#tail = EMPTY;
    this.#tailLength = 0;
    for (const segment of this.#segments) this.#letGo(segment);
    this.#segments = [];
    this.#segmentBytes = 0;
  }

  #closeTail(): Segment {
    const segment = { bytes: this.#tail, start: 0, end: this.#tailLength, pooled: true };
    this.#tail = EMPTY;
    this.#tailLength = 0;
    return segment;
  }

  #append(segment: Segment): void {
    this.#segments.push(segment);
    this.#segmentBytes += segment.end - segment.start;
  }

  #large(bytes: Uint8Array, start: number, end: number, stable: boolean): void {
    if (this.#tailLength > 0) this.#append(this.#closeTail());
    if (stable) {
      this.#buffers?.retain(bytes);
      this.#append({ bytes, start, end, pooled: false });
    } else {
      const copy = bytes.slice(start, end);
      this.#append({ bytes: copy, start: 0, end: copy.length, pooled: false });
    }
  }

  /** Makes room for `length` more bytes and counts them as written; returns where they go. */
  #reserve(length: number): number {
    const position = this.#tailLength;
    const needed = position + length;
    if (needed > this.#tail.length) return this.#reserveMore(length, needed);
    this.#tailLength = needed;
    return position;
  }

  #reserveMore(length: number, needed: number): number {
    if (needed <= SEGMENT_CAPACITY || this.#tailLength === 0) {
      const grown = takeBuffer(needed);
      if (this.#tailLength > 0) grown.set(this.#tail.subarray(0, this.#tailLength));
      giveBuffer(this.#tail);
      this.#tail = grown;
    } else {
      this.#append(this.#closeTail());
      this.#tail = takeBuffer(length);
    }
    const position = this.#tailLength;
    this.#tailLength += length;
    return position;
  }
}

/**
 * A run of output that is ready to be sent: `bytes[start..end)`.
 *
 * Give it back with {@linkcode "./output_buffer.ts".OutputBuffer.recycle} once the bytes have left.
 */
export interface Segment {
  /** The bytes; only the given range is output. */
  readonly bytes: Uint8Array;
  /** First byte to send. */
  readonly start: number;
  /** Byte after the last one to send. */
  readonly end: number;
  /** Do the bytes belong to the output buffer (true), or are they someone's payload? */
  readonly pooled: boolean;
}

/** A change of {@linkcode "./output_buffer.ts".OutputBuffer.rewrite}. */
export interface OutputEdit {
  /** Where it begins, as {@linkcode "./output_buffer.ts".OutputBuffer.position} said then. */
  readonly position: number;
  /** How many bytes are replaced. */
  readonly length: number;
  /** What stands in its place from then on. */
  readonly bytes: Uint8Array;
}
