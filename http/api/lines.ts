import { BadRequest } from "./query.ts";

const LF = 0x0a;
const decoder = new TextDecoder();

/**
 * The lines of a body that are not empty, as many at a time as a chunk brought.
 *
 * @param most bytes that a line may have.
 * @throws {BadRequest} for a longer one.
 */
export async function* linesOf(
  body: ReadableStream<Uint8Array> | null,
  most: number,
): AsyncGenerator<readonly string[], void, undefined> {
  if (body === null) return;
  const reader = body.getReader();
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (): string => {
    const line = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      line.set(part, at);
      at += part.length;
    }
    parts = [];
    length = 0;
    return decoder.decode(line).trim();
  };
  const add = (part: Uint8Array) => {
    length += part.length;
    if (length > most) throw new BadRequest(`A line may have at most ${most} bytes`);
    parts.push(part);
  };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines: string[] = [];
      let start = 0;
      for (let end = value.indexOf(LF); end >= 0; end = value.indexOf(LF, start)) {
        add(value.subarray(start, end));
        lines.push(take());
        start = end + 1;
      }
      add(value.subarray(start));
      yield lines.filter((line) => line !== "");
    }
    const last = take();
    if (last !== "") yield [last];
  } finally {
    await reader.cancel();
  }
}
