import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { copyLong, copyLongBy } from "../../protocol/buffer_pool.ts";
import "../../transport/choose.ts";

/** Long enough for all ways of copying. */
const LONGEST = 200;

function assertCopies(): void {
  const source = Uint8Array.from({ length: LONGEST + 3 }, (_, index) => index + 1);
  for (let length = 0; length <= LONGEST; length++) {
    const target = new Uint8Array(LONGEST + 10);
    copyLong(source, 3, 3 + length, target, 5);
    const expected = new Uint8Array(LONGEST + 10);
    for (let index = 0; index < length; index++) expected[5 + index] = index + 4;
    assertEquals(target, expected, `${length} bytes`);
  }
}

describe("copyLong", () => {
  test("copies a range in the way of this runtime, and touches nothing else", () => {
    assertCopies();
  });

  test("copies likewise in the usual way, and by what it is given", () => {
    const before = copyLongBy(null);
    try {
      assertCopies();
      const asked: number[] = [];
      copyLongBy((_source, start, end) => asked.push(end - start));
      copyLong(new Uint8Array(9), 2, 5, new Uint8Array(9), 0);
      assertEquals(asked, [3]);
    } finally {
      copyLongBy(before);
    }
  });
});
