import { Buffer } from "node:buffer";
import type { Input } from "./input.ts";

const NEWLINE = 0x0a;

/**
 * The lines of a stream of bytes, as bytes: payloads need be no text. The last one needs no newline.
 * Of a line that is too long nothing is kept, and the next ones come as if nothing had happened.
 *
 * @param limit the most that a line may have, in bytes.
 * @param withNewline does its newline belong to a line?
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
  withNewline: boolean,
): AsyncGenerator<Input> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const add = (part: Uint8Array) => {
    size += part.length;
    if (size <= limit + 1) parts.push(part);
    else parts = [];
  };
  const line = (newline: number): Input => {
    const length = size + (withNewline ? newline : 0);
    const payload = length > limit ? null : joined(parts);
    const input = { payload, size: size + newline };
    parts = [];
    size = 0;
    return input;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      if (withNewline && size <= limit) parts.push(chunk.subarray(end, end + 1));
      start = end + 1;
      yield line(1);
    }
    add(chunk.subarray(start));
  }
  if (size > 0) yield line(0);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}
