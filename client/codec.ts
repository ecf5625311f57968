/**
 * How the payload and the result of a job are written as bytes.
 *
 * @example
 * ```ts
 * import type { Codec } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * const NUMBER: Codec<number, number> = {
 *   encode: (value) => String(value),
 *   decode: (bytes) => Number(new TextDecoder().decode(bytes)),
 * };
 * assertEquals(NUMBER.decode(new TextEncoder().encode("42")), 42);
 * ```
 */
export interface Codec<Input, Result> {
  /** The payload of a job. */
  encode(value: Input): Uint8Array | string;
  /** Its result. */
  decode(bytes: Uint8Array): Result;
}

const decoder = new TextDecoder();

/**
 * Payload and result are JSON, in UTF-8.
 *
 * @example
 * ```ts
 * import { jsonCodec } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * const codec = jsonCodec<{ width: number }, string[]>();
 * assertEquals(codec.encode({ width: 80 }), '{"width":80}');
 * assertEquals(codec.decode(new TextEncoder().encode('["small.png"]')), ["small.png"]);
 * ```
 */
export function jsonCodec<Input, Result>(): Codec<Input, Result> {
  return {
    encode(value) {
      const text = JSON.stringify(value);
      if (text === undefined) throw new TypeError("The payload is nothing that JSON can hold");
      return text;
    },
    decode: (bytes) => JSON.parse(decoder.decode(bytes)),
  };
}
