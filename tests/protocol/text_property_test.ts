import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  byteString,
  decodeName,
  encodeName,
  escapeName,
  readInteger,
  readStatusNumber,
  unescapeName,
} from "../../protocol/mod.ts";
import { binary } from "../support/fake_peer.ts";

/** Names with many percent signs and digits in them. */
const name = fc.oneof(
  fc.uint8Array({ maxLength: 30 }),
  fc.string({ unit: fc.constantFrom("%", "2", "5", "F", "a", " ", "\n", "\xff"), maxLength: 12 })
    .map((text) => binary(text)),
);

describe("a name", () => {
  test("without percent signs comes back from its escaped form, and from its text", () => {
    fc.assert(
      fc.property(name, (bytes) => {
        const plain = bytes.map((byte) => byte === 0x25 ? 0x26 : byte);
        assertEquals(unescapeName(escapeName(plain)), plain);
        assertEquals(unescapeName(byteString(encodeName(decodeName(plain)))), plain);
      }),
      { numRuns: 2000 },
    );
  });

  test("that is escaped is in one line and one column, and as it is but for what would not be", () => {
    fc.assert(
      fc.property(name, (bytes) => {
        const escaped = escapeName(bytes);
        // deno-lint-ignore no-control-regex
        assert(!/[\x00-\x1f\x7f]/.test(escaped));
        // deno-lint-ignore no-control-regex
        if (!/[\x00-\x1f\x7f]/.test(byteString(bytes))) assertEquals(escaped, byteString(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test("that is a string comes back from its bytes", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
      assertEquals(decodeName(encodeName(text)), text);
    }));
  });
});

describe("a number", () => {
  test("comes back from its decimal digits", () => {
    const integer = fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
    fc.assert(fc.property(integer, fc.constantFrom("", " ", "x", ".5", "\0"), (value, rest) => {
      const bytes = binary(`${value}${rest}`);
      assertEquals(readInteger(bytes, 0, bytes.length), value);
    }));
  });

  test("of a status is its value modulo 2^32", () => {
    const integer = fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
    fc.assert(fc.property(integer, (value) => {
      const bytes = binary(`${value}`);
      const modulo = Number(((BigInt(value) % 2n ** 32n) + 2n ** 32n) % 2n ** 32n);
      assertEquals(readStatusNumber(bytes, 0, bytes.length), modulo);
    }));
  });

  test("is never read from random bytes with anything but an integer or NaN", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      const value = readInteger(bytes, 0, bytes.length);
      assert(Number.isNaN(value) || Number.isInteger(value));
      const status = readStatusNumber(bytes, 0, bytes.length);
      assert(Number.isInteger(status) && status >= 0 && status < 2 ** 32);
    }));
  });
});
