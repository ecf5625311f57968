import { LARGEST_BUFFER } from "./buffer_pool.ts";
import { type DecoderSink, PacketView } from "./packet_view.ts";
import type { FaultName } from "./errors.ts";
import {
  HEADER_SIZE,
  MAGIC_REQUEST,
  MAGIC_RESPONSE,
  MAX_PACKET_TYPE,
  packetLength,
  readUint32,
} from "./packet_types.ts";
import type { LargeBuffers } from "./large_buffers.ts";
import { PendingBytes } from "./pending_bytes.ts";
import { byteString } from "./text.ts";

/** What a peer may send. Sizes in bytes. */
export interface DecoderLimits {
  /** Largest packet body. */
  readonly maxPacketSize: number;
  /** Longest text line without its line end. */
  readonly maxLineLength: number;
}

/** 64 MiB packets and 8 KiB lines. */
export const DEFAULT_LIMITS: DecoderLimits = {
  maxPacketSize: 64 * 1024 * 1024,
  maxLineLength: 8192,
};

const NUL = 0;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DOT = 0x2e;
const HTTP_VERSION = /^ HTTP\/\d\.\d$/;
const HTTP_VERSION_LENGTH = " HTTP/1.1".length;

/**
 * Cuts a byte stream into packets and text lines, whatever the chunks it comes in. The two kinds
 * may be mixed: a NUL where a packet or line may begin begins a packet.
 *
 * What is whole within a chunk is handed on in place; only what is cut by the end of a chunk is
 * copied, once, into a buffer that at most doubles with what has really arrived. A length in a
 * header is believed only up to the limit and never allocated in advance.
 */
export class PacketDecoder {
  readonly #sink: DecoderSink;
  readonly #limits: DecoderLimits;
  readonly #view: PacketView;
  readonly #pending: PendingBytes;
  /** Are buffers of small packets used again at once? */
  readonly #reuses: boolean;
  #stopped = false;
  /** The rest of a chunk that waits, where it lies; null if nothing does. */
  #held: Uint8Array | null = null;
  #heldStart = 0;
  #heldEnd = 0;
  #isHeldStable = false;

  /**
   * Decodes for one connection.
   *
   * @param view a view to use again; decoders of one thread may share one.
   * @param buffers where large packets are put together. Whoever keeps bytes of a packet from there
   * retains them.
   */
  constructor(
    sink: DecoderSink,
    limits: DecoderLimits = DEFAULT_LIMITS,
    view?: PacketView,
    buffers?: LargeBuffers,
  ) {
    this.#sink = sink;
    this.#limits = limits;
    this.#view = view ?? new PacketView();
    this.#pending = new PendingBytes(buffers ?? null, this);
    this.#reuses = buffers !== undefined;
  }

  /** Bytes kept because they do not make a whole packet or line yet. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  /**
   * Does a packet, or the rest of a chunk, wait until {@linkcode PacketDecoder.resume}? A chunk stays
   * where it is, and must not be changed until then or until {@linkcode PacketDecoder.keep}.
   */
  get isHolding(): boolean {
    return this.#held !== null || this.#pending.isWaiting;
  }

  /** @internal Does a packet wait until there is room for more of it? */
  get isWaiting(): boolean {
    return this.#pending.isWaiting;
  }

  /** @internal There may be room now. */
  mayResume(): void {
    this.#sink.mayResume?.();
  }

  /** @internal It came too slowly, and others wait for its room. */
  tooSlow(): void {
    this.#fault("packetTooSlow");
  }

  /** Copies what waits, unless it is in bytes that are never changed: it may take long. */
  keep(): void {
    if (this.#held === null || this.#isHeldStable) return;
    const copy = this.#held.slice(this.#heldStart, this.#heldEnd);
    this.#hold(copy, 0, copy.length, true);
  }

  /** Decodes what waits, which may hold again. */
  resume(): void {
    if (this.#pending.isWaiting && !this.#pending.goOn()) return;
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.push(held, this.#heldStart, this.#heldEnd, this.#isHeldStable);
  }

  /** Ends decoding: the rest of the chunk at hand and all later ones are dropped. */
  stop(): void {
    this.#stopped = true;
    this.#pending.clear();
    this.#held = null;
  }

  /**
   * Decodes `bytes[start..end)`. While the rest of an earlier chunk waits, this one waits behind it,
   * in a copy of both.
   *
   * @param stable the caller will never change these bytes again, so payloads may be kept by view.
   */
  push(bytes: Uint8Array, start = 0, end: number = bytes.length, stable = false): void {
    if (this.#held !== null) return this.#holdBehind(this.#held, bytes, start, end);
    let position = start;
    if (this.#pending.length > 0) {
      position = this.#continuePending(bytes, position, end, stable);
    }
    while (position < end && !this.#stopped) {
      if (this.#sink.mustHold?.(bytes[position] === NUL)) {
        return this.#hold(bytes, position, end, stable);
      }
      const next = bytes[position] === NUL
        ? this.#packetAt(bytes, position, end, stable)
        : this.#lineAt(bytes, position, end);
      if (next === position) {
        if (!this.#stopped) this.#pending.begin(bytes, position, end);
        return;
      }
      position = next;
    }
  }

  #hold(bytes: Uint8Array, start: number, end: number, stable: boolean): void {
    this.#held = bytes;
    this.#heldStart = start;
    this.#heldEnd = end;
    this.#isHeldStable = stable;
  }

  #holdBehind(held: Uint8Array, bytes: Uint8Array, start: number, end: number): void {
    const before = held.subarray(this.#heldStart, this.#heldEnd);
    const both = new Uint8Array(before.length + end - start);
    both.set(before);
    both.set(bytes.subarray(start, end), before.length);
    this.#hold(both, 0, both.length, true);
  }

  /** Hands on the packet at `position` if it is whole; returns where the next thing begins. */
  #packetAt(bytes: Uint8Array, position: number, end: number, stable: boolean): number {
    const available = end - position;
    if (!this.#headerMayBeValid(bytes, position, available)) return end;
    if (available < HEADER_SIZE) return position;
    const packetEnd = position + packetLength(bytes, position);
    if (packetEnd > end) return position;
    this.#deliver(bytes, position, packetEnd, stable);
    return packetEnd;
  }

  /** Checks as much of a header as has come, so that nonsense is refused at its first bytes. */
  #headerMayBeValid(bytes: Uint8Array, position: number, available: number): boolean {
    if (available < 4) {
      if (available > 1 && bytes[position + 1] !== 0x52) return this.#fault("badMagic");
      if (available > 2 && bytes[position + 2] !== 0x45) return this.#fault("badMagic");
      return true;
    }
    const magic = readUint32(bytes, position);
    if (magic !== MAGIC_REQUEST && magic !== MAGIC_RESPONSE) return this.#fault("badMagic");
    if (available < HEADER_SIZE) return true;
    const type = readUint32(bytes, position + 4);
    if (type === 0 || type > MAX_PACKET_TYPE) return this.#fault("unknownType");
    if (readUint32(bytes, position + 8) > this.#limits.maxPacketSize) {
      return this.#fault("packetTooLarge");
    }
    return true;
  }

  #deliver(bytes: Uint8Array, position: number, packetEnd: number, stable: boolean): void {
    const view = this.#view;
    view.type = bytes[position + 7];
    view.response = bytes[position + 3] === 0x53;
    view.bytes = bytes;
    view.start = position + HEADER_SIZE;
    view.end = packetEnd;
    view.stable = stable;
    this.#sink.packet(view);
  }

  /** Hands on the line at `position` if its end has come; returns where the next thing begins. */
  #lineAt(bytes: Uint8Array, position: number, end: number): number {
    if (!this.#beginsLine(bytes[position])) return end;
    const lineFeed = indexOfLineFeed(bytes, position, end);
    if (lineFeed < 0) {
      if (end - position > this.#limits.maxLineLength + 1) {
        this.#fault("lineTooLong");
        return end;
      }
      return position;
    }
    this.#deliverLine(bytes, position, lineFeed);
    return lineFeed + 1;
  }

  /** A TLS handshake or other binary is told so at once; it might never send a line feed. */
  #beginsLine(byte: number): boolean {
    if (byte >= SPACE || byte === LF || byte === CR || byte === TAB) return true;
    return this.#fault("badMagic");
  }

  #deliverLine(bytes: Uint8Array, start: number, lineFeed: number): void {
    const end = lineFeed > start && bytes[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
    if (end - start > this.#limits.maxLineLength) this.#fault("lineTooLong");
    else if (isHttp(bytes, start, end)) this.#fault("http");
    else this.#sink.line(bytes, start, end);
  }

  /**
   * Where the rest of a large packet can be read to, so that it need not be copied; null if nothing
   * large is missing. Until {@linkcode PacketDecoder.filled}, the bytes belong to whoever reads.
   */
  lend(): Uint8Array | null {
    return this.#held === null && !this.#stopped ? this.#pending.lend() : null;
  }

  /** So many bytes were read into what was lent. */
  filled(count: number): void {
    // Stopped in the meantime: what was lent is nobody's any more.
    if (this.#stopped) return;
    this.#pending.filled(count);
    if (this.#pending.length === this.#pending.packetLength) this.#deliverPending();
  }

  /** Adds to what is pending what it lacks, and hands it on if it is whole now. */
  #continuePending(bytes: Uint8Array, start: number, end: number, stable: boolean): number {
    return this.#pending.isPacket
      ? this.#continuePacket(bytes, start, end, stable)
      : this.#continueLine(bytes, start, end);
  }

  #continuePacket(bytes: Uint8Array, start: number, end: number, stable: boolean): number {
    const pending = this.#pending;
    let position = start;
    if (pending.length < HEADER_SIZE) {
      position = pending.append(bytes, position, end, HEADER_SIZE);
      if (!this.#headerMayBeValid(pending.bytes, 0, pending.length)) return end;
      if (pending.length < HEADER_SIZE) return end;
    }
    const { packetLength } = pending;
    position = pending.append(bytes, position, end, packetLength);
    if (pending.length === packetLength) this.#deliverPending();
    else if (position < end) {
      this.#hold(bytes, position, end, stable);
      return end;
    }
    return position;
  }

  #deliverPending(): void {
    const { packetLength } = this.#pending;
    const packet = this.#pending.take();
    // A small buffer is used again at once: whoever wants to keep the packet copies it.
    this.#deliver(packet, 0, packetLength, !this.#reuses || packet.length > LARGEST_BUFFER);
    this.#pending.giveBack(packet);
  }

  #continueLine(bytes: Uint8Array, start: number, end: number): number {
    const lineFeed = indexOfLineFeed(bytes, start, end);
    const found = lineFeed >= 0;
    const position = found ? lineFeed + 1 : end;
    const length = this.#pending.length + position - start;
    if (length > this.#limits.maxLineLength + 2) {
      this.#fault("lineTooLong");
      return end;
    }
    this.#pending.append(bytes, start, position, length);
    if (!found) return position;
    const line = this.#pending.take();
    this.#deliverLine(line, 0, length - 1);
    this.#pending.giveBack(line);
    return position;
  }

  #fault(name: FaultName): false {
    this.stop();
    this.#sink.fault(name);
    return false;
  }
}

/**
 * Does a line end as a request of HTTP does, in ` HTTP/1.1`? A browser sends one for any web page, with
 * lines behind it that the page chooses.
 */
function isHttp(bytes: Uint8Array, start: number, end: number): boolean {
  // Nearly every line is told apart by its last but one character.
  if (bytes[end - 2] !== DOT || end - start < HTTP_VERSION_LENGTH) return false;
  return HTTP_VERSION.test(byteString(bytes, end - HTTP_VERSION_LENGTH, end));
}

/** Like `indexOf`, but it stops at `end`: what lies behind it in a read buffer is older data. */
function indexOfLineFeed(bytes: Uint8Array, start: number, end: number): number {
  for (let position = start; position < end; position++) {
    if (bytes[position] === LF) return position;
  }
  return -1;
}
