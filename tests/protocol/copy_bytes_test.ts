import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { copyBytes, copyBytesBy } from "../../protocol/buffer_pool.ts";
import "../../transport/choose.ts";

/** Long enough for all ways of copying. */
const LONGEST = 200;

function assertCopies(): void {
  const source = Uint8Array.from({ length: LONGEST + 3 }, (_, index) => index + 1);
  for (let length = 0; length <= LONGEST; length++) {
    const target = new Uint8Array(LONGEST + 10);
    copyBytes(source, 3, 3 + length, target, 5);
    const expected = new Uint8Array(LONGEST + 10);
    for (let index = 0; index < length; index++) expected[5 + index] = index + 4;
    assertEquals(target, expected, `${length} bytes`);
  }
}

describe("copyBytes", () => {
  test("copies a range of any length to where it is told, and touches nothing else", () => {
    assertCopies();
  });

  test("asks for a longer one who copies best here", () => {
    const asked: number[] = [];
    const before = copyBytesBy((source, start, end, target, offset) => {
      asked.push(end - start);
      target.set(source.subarray(start, end), offset);
    }, 198);
    try {
      assertCopies();
    } finally {
      copyBytesBy(...before);
    }
    assertEquals(asked, [199, 200]);
  });
});
