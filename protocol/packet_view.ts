import { EMPTY } from "./buffer_pool.ts";
import type { PacketInfo } from "./packet_types.ts";
import type { FaultName } from "./errors.ts";

/** No type has more arguments than SUBMIT_JOB_SCHED. */
const MAX_ARGUMENTS = 8;

/**
 * A window on one received packet: positions in the bytes it arrived in, nothing copied. One view
 * is used again for every packet, so it is valid only until the handler returns.
 */
export class PacketView {
  /** Type number from the header. */
  type = 0;
  /** Did it carry the magic of a response (`\0RES`)? */
  response = false;
  /** The bytes that hold the body. */
  bytes: Uint8Array = EMPTY;
  /** First byte of the body. */
  start = 0;
  /** Byte after the body. */
  end = 0;
  /** Will `bytes` stay as they are after the handler returned? Then a payload may be kept by view. */
  stable = false;
  /** First byte of the data that follows the arguments; `end` for a type without data. */
  dataStart = 0;

  readonly #ends = new Int32Array(MAX_ARGUMENTS);

  /**
   * Finds the arguments that the type has by the table. Never looks past the end of the packet.
   *
   * @returns false when the body holds too few NULs.
   */
  split(info: PacketInfo): boolean {
    const { bytes, end } = this;
    let position = this.start;
    for (let index = 0; index < info.nuls; index++) {
      while (position < end && bytes[position] !== 0) position++;
      if (position === end) return false;
      this.#ends[index] = position++;
    }
    if (info.data) {
      this.dataStart = position;
    } else {
      this.#ends[info.nuls] = end;
      this.dataStart = end;
    }
    return true;
  }

  /**
   * The same when the last argument and the NUL before it are missing: it is empty then, and
   * {@linkcode lacksLastArgument} tells so.
   *
   * @returns false when more than that is missing.
   */
  splitWithoutLast(info: PacketInfo): boolean {
    const { bytes, end } = this;
    const last = info.args.length - 1;
    let position = this.start;
    for (let index = 0; index < last - 1; index++) {
      while (position < end && bytes[position] !== 0) position++;
      if (position === end) return false;
      this.#ends[index] = position++;
    }
    this.#ends[last - 1] = end;
    this.#ends[last] = end;
    this.dataStart = end;
    return true;
  }

  /** Is argument `index`, the last one, missing together with the NUL before it? */
  lacksLastArgument(index: number): boolean {
    return this.argumentStart(index) > this.end;
  }

  /**
   * The arguments of a packet whose whole body is its first argument: what a worker means that
   * sends a result without the NUL after the handle.
   */
  wholeBodyIsFirstArgument(): void {
    this.#ends[0] = this.end;
    this.dataStart = this.end;
  }

  /** Where the only argument of a packet ends: at its end, or at a NUL that should not be there. */
  endOfText(): number {
    const nul = this.bytes.subarray(this.start, this.end).indexOf(0);
    return nul < 0 ? this.end : this.start + nul;
  }

  /** First byte of argument `index` (0 is the first). */
  argumentStart(index: number): number {
    return index === 0 ? this.start : this.#ends[index - 1] + 1;
  }

  /** Byte after argument `index`. */
  argumentEnd(index: number): number {
    return this.#ends[index];
  }

  /** Length of argument `index` in bytes. */
  argumentLength(index: number): number {
    return this.#ends[index] - this.argumentStart(index);
  }
}

/** Receives what the decoder finds, in the order it came. */
export interface DecoderSink {
  /** A whole packet; the view is valid until this returns. Its arguments are not split yet. */
  packet(view: PacketView): void;
  /** A text line, `bytes[start..end)`, without its LF or CRLF; valid until this returns. */
  line(bytes: Uint8Array, start: number, end: number): void;
  /** The stream cannot be understood any further; nothing is decoded after this. */
  fault(name: FaultName): void;
  /**
   * Asked before each packet and line: should it and the rest wait until
   * {@linkcode "./decoder.ts".PacketDecoder.resume}? One chunk may hold thousands of requests: others
   * have their turn between them, and their answers must not pile up.
   */
  mustHold?(isPacket: boolean): boolean;
  /** There may be room for more of the packet that waits: the decoder is to be resumed. */
  mayResume?(): void;
}
