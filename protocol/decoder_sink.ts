import type { FaultName } from "./errors.ts";
import type { PacketView } from "./packet_view.ts";

/**
 * Receives what the decoder finds, in the order it came.
 *
 * @example
 * ```ts
 * import { byteString, type DecoderSink, PacketDecoder } from "@geartrain/server/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * class Lines implements DecoderSink {
 *   readonly seen: string[] = [];
 *   packet(): void {}
 *   line(bytes: Uint8Array, start: number, end: number): void {
 *     this.seen.push(byteString(bytes, start, end));
 *   }
 *   fault(): void {}
 * }
 *
 * const lines = new Lines();
 * new PacketDecoder(lines).push(new TextEncoder().encode("status\nworkers\n"));
 * assertEquals(lines.seen, ["status", "workers"]);
 * ```
 */
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
