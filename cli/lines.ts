import { Buffer } from "node:buffer";

export interface Line {
  /** Null when the line is too long. */
  readonly bytes: Uint8Array | null;
  /** How many bytes of the stream the line takes, with its newline. */
  readonly size: number;
}

export interface LineOptions {
  /** The most that a line may have, in bytes. */
  readonly limit: number;
  /** Does its newline belong to a line? */
  readonly withNewline: boolean;
  /** What is thrown as soon as a line is too long; without it the next lines come. */
  readonly tooLong?: () => Error;
}

const NEWLINE = 0x0a;

/**
 * The lines of a stream, as bytes: they need not be text. The last one need not have a newline. Of a
 * line that is too long nothing is kept.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  { limit, withNewline, tooLong }: LineOptions,
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const add = (part: Uint8Array) => {
    size += part.length;
    if (size <= limit) parts.push(part);
    else if (tooLong !== undefined) throw tooLong();
    else parts = [];
  };
  const line = (left: number): Line => {
    const found = { bytes: size > limit ? null : joined(parts), size: size + left };
    parts = [];
    size = 0;
    return found;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, withNewline ? at + 1 : at));
      start = at + 1;
      yield line(withNewline ? 0 : 1);
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (size > 0) yield line(0);
}

/** The line without the newline at its end, if it has one. */
export function withoutNewline(line: Uint8Array): Uint8Array {
  return line.at(-1) === NEWLINE ? line.subarray(0, -1) : line;
}

/** Everything as one line. One that is too long is not read to its end. */
export async function wholeOf(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Line> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) return { bytes: null, size };
    parts.push(chunk);
  }
  return { bytes: joined(parts), size };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}
