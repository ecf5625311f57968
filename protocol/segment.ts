/**
 * A run of output that is ready to be sent: `bytes[start..end)`.
 *
 * Give it back with {@linkcode "./output_buffer.ts".OutputBuffer.recycle} once the bytes have left.
 *
 * @example
 * ```ts
 * import { byteString, OutputBuffer, type Segment } from "@geartrain/server/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new OutputBuffer();
 * out.latin1("OK\n");
 * const segment: Segment = out.take()!;
 * assertEquals(byteString(segment.bytes, segment.start, segment.end), "OK\n");
 * out.recycle(segment);
 * ```
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

/**
 * A change of {@linkcode "./output_buffer.ts".OutputBuffer.rewrite}.
 *
 * @example
 * ```ts
 * import { byteString, encodeName, OutputBuffer, type OutputEdit } from "@geartrain/server/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new OutputBuffer();
 * out.latin1("all is ");
 * const { position } = out;
 * out.latin1("well\n");
 * const edit: OutputEdit = { position, length: 4, bytes: encodeName("lost") };
 * out.rewrite([edit]);
 * const { bytes, start, end } = out.take()!;
 * assertEquals(byteString(bytes, start, end), "all is lost\n");
 * ```
 */
export interface OutputEdit {
  /** Where it begins, as {@linkcode "./output_buffer.ts".OutputBuffer.position} said then. */
  readonly position: number;
  /** How many bytes are replaced. */
  readonly length: number;
  /** By what. */
  readonly bytes: Uint8Array;
}
