import { describe, test } from "node:test";
import { assertEquals, assertRejects } from "@std/assert";
import { type LineOptions, linesOf } from "../../cli/lines.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The lines of these chunks, and the size of each. */
async function lines(
  chunks: readonly string[],
  options: Partial<LineOptions> = {},
): Promise<[string | null, number][]> {
  const found: [string | null, number][] = [];
  const stream = ReadableStream.from(chunks.map((chunk) => encoder.encode(chunk)));
  const whole: LineOptions = { limit: 10, withNewline: false, ...options };
  for await (const { bytes, size } of linesOf(stream, whole)) {
    found.push([bytes === null ? null : decoder.decode(bytes), size]);
  }
  return found;
}

describe("the lines of a stream", () => {
  test("are the same however it is cut", async () => {
    const text = "one\n\ntwo\nthree";
    for (let size = 1; size <= text.length; size++) {
      const chunks = text.match(new RegExp(`[^]{1,${size}}`, "g"))!;
      assertEquals(await lines(chunks), [["one", 4], ["", 1], ["two", 4], ["three", 5]]);
      assertEquals(await lines(chunks, { withNewline: true }), [
        ...[["one\n", 4], ["\n", 1], ["two\n", 4], ["three", 5]] as [string, number][],
      ]);
    }
  });

  test("are none of an empty one, and the last newline begins no other", async () => {
    assertEquals(await lines([]), []);
    assertEquals(await lines(["a\n"]), [["a", 2]]);
    assertEquals(await lines(["\n"]), [["", 1]]);
  });

  test("that are too long are left out, and the next ones come", async () => {
    const chunks = ["1234567890\n", "12345", "6789", "01\nb\n", "12345678901"];
    assertEquals(await lines(chunks), [["1234567890", 11], [null, 12], ["b", 2], [null, 11]]);
    const [first] = await lines(chunks, { withNewline: true });
    assertEquals(first, [null, 11]);
  });

  test("that are too long end it at once if so wanted", async () => {
    async function* endless() {
      for (;;) yield await Promise.resolve(encoder.encode("12345"));
    }
    const tooLong = () => new RangeError("too long");
    const all = linesOf(endless(), { limit: 10, withNewline: true, tooLong });
    await assertRejects(() => all.next(), RangeError, "too long");
  });
});
