import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { isInt64, readInteger, readStatusNumber } from "../../protocol/mod.ts";
import { binary } from "../support/fake_peer.ts";

/** Reads `text` where it lies between digits, which are not its own. */
function between(text: string, read: (bytes: Uint8Array, start: number, end: number) => number) {
  return read(binary(`12${text}34`), 2, 2 + text.length);
}

describe("readInteger", () => {
  const cases: [text: string, expected: number][] = [
    ["0", 0],
    ["7", 7],
    ["-7", -7],
    ["+7", 7],
    ["007", 7],
    [" \t\n\v\f\r42", 42],
    ["42abc", 42],
    ["1.5", 1],
    ["1e3", 1],
    ["0x10", 0],
    ["42\0", 42],
    ["2147483648", 2147483648],
    ["4503599627370497", 4503599627370497],
    ["", NaN],
    [" ", NaN],
    ["-", NaN],
    ["+-1", NaN],
    ["- 1", NaN],
    ["abc", NaN],
    [".5", NaN],
    ["\xa07", NaN],
  ];
  for (const [text, expected] of cases) {
    test(`reads ${JSON.stringify(text)} as ${expected}`, () => {
      assertEquals(between(text, readInteger), expected);
    });
  }

  test("never reads past its end", () => {
    assertEquals(readInteger(binary("123456"), 1, 3), 23);
    assertEquals(readInteger(binary("-5"), 0, 1), NaN);
  });

  test("skips zeros before it", () => {
    assertEquals(between("0".repeat(30) + "12", readInteger), 12);
    assertEquals(between("-0012x", readInteger), -12);
    assertEquals(between("000", readInteger), 0);
    assertEquals(between("0x10", readInteger), 0);
  });

  test("of thousands of digits ends", () => {
    assertEquals(between("9".repeat(5000), readInteger), Infinity);
    assertEquals(between("-" + "9".repeat(5000), readInteger), -Infinity);
  });
});

describe("isInt64", () => {
  test("is true up to the ends of 64 bits", () => {
    const zeros = "0".repeat(30);
    for (const text of ["0", "-1", "9223372036854775807", "-9223372036854775808", `${zeros}1`]) {
      assertEquals(isInt64(between(text, readInteger)), true, text);
    }
    for (
      const text of ["9223372036854775808", "-9223372036854775809", `${zeros}9223372036854775808`]
    ) {
      assertEquals(isInt64(between(text, readInteger)), false, text);
    }
    for (const text of ["99999999999999999999", "-99999999999999999999", "9".repeat(5000)]) {
      assertEquals(isInt64(between(text, readInteger)), false, text);
    }
  });
});

describe("readStatusNumber", () => {
  const cases: [text: string, expected: number][] = [
    ["50", 50],
    ["", 0],
    ["abc", 0],
    ["1.5", 1],
    ["-1", 4294967295],
    ["-0", 0],
    ["4294967295", 4294967295],
    ["4294967296", 0],
    ["4294967301", 5],
    ["-4294967295", 1],
    ["9223372036854775807", 4294967295],
    ["9".repeat(20), 4294967295],
    ["-" + "9".repeat(20), 0],
    ["9".repeat(5000), 4294967295],
    ["-" + "9".repeat(5000), 0],
  ];
  for (const [text, expected] of cases) {
    const shown = text.length > 30 ? `${text.slice(0, 3)}... (${text.length} bytes)` : text;
    test(`reads ${JSON.stringify(shown)} as C's atoi into 32 bits does: ${expected}`, () => {
      const value = between(text, readStatusNumber);
      assertEquals(value, expected);
      // It is printed into a packet, where "-0" would show.
      assertEquals(`${value}`, `${expected}`);
    });
  }
});
