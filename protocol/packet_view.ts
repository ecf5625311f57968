import { EMPTY } from "./empty.ts";
import type { PacketInfo } from "./packet_types.ts";

/** No type has more arguments than SUBMIT_JOB_SCHED. */
const MAX_ARGUMENTS = 8;

/**
 * A window on one received packet: positions in the bytes it arrived in, nothing copied. One view
 * is used again for every packet, so it is valid only until the handler returns.
 *
 * @example
 * ```ts
 * import { PACKETS, PacketView } from "@geartrain/server/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const view = new PacketView();
 * view.bytes = new TextEncoder().encode("reverse\0key\0hello");
 * view.end = view.bytes.length;
 * view.split(PACKETS[7]!); // SUBMIT_JOB
 * assertEquals(view.argumentStart(1), 8);
 * assertEquals(view.argumentEnd(1), 11);
 * assertEquals(view.dataStart, 12);
 * ```
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
