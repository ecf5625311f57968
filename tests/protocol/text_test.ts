import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import {
  byteString,
  decodeName,
  displayName,
  encodeName,
  errorLine,
  escapeName,
  unescapeName,
  words,
} from "../../protocol/mod.ts";
import { binary } from "../support/fake_peer.ts";

describe("words", () => {
  const cases: [line: string, expected: string[]][] = [
    ["status", ["status"]],
    ["maxqueue f 10", ["maxqueue", "f", "10"]],
    ["maxqueue   f  10  ", ["maxqueue", "f", "10"]],
    [" status", ["", "status"]],
    ["", [""]],
    [" ", [""]],
    ["a\tb c\rd", ["a\tb", "c\rd"]],
    ["cancel job \xe4\0x", ["cancel", "job", "\xe4\0x"]],
  ];
  for (const [line, expected] of cases) {
    test(`of ${JSON.stringify(line)} are ${JSON.stringify(expected)}`, () => {
      assertEquals(words(binary(`x ${line} y`), 2, 2 + line.length), expected);
    });
  }
});

describe("byteString", () => {
  test("makes one character of each byte", () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    assertEquals(binary(byteString(all)), all);
    assertEquals(byteString(all, 0x61, 0x64), "abc");
  });
});

describe("escapeName", () => {
  const cases: [name: string, expected: string][] = [
    ["resize", "resize"],
    ["", ""],
    ["a b", "a%20b"],
    ["a\nb\tc\rd\0e", "a%0Ab%09c%0Dd%00e"],
    ["\x7f", "%7F"],
    ["100%", "100%"],
    ["%zz", "%zz"],
    ["%4", "%4"],
    ["%41", "%2541"],
    ["%aF", "%25aF"],
    ["%%41", "%%2541"],
    ["\xc3\xa4\xff", "\xc3\xa4\xff"],
    [".", "."],
  ];
  for (const [name, expected] of cases) {
    test(`makes ${JSON.stringify(expected)} of ${JSON.stringify(name)}`, () => {
      assertEquals(escapeName(binary(name)), expected);
      assertEquals(unescapeName(expected), binary(name));
    });
  }

  test("of a range looks no further than its end for the digits after a percent sign", () => {
    const name = binary("a%41");
    assertEquals(unescapeName(escapeName(name, 0, 3)), name.subarray(0, 3));
    assertEquals(escapeName(name, 2, 4), "41");
  });
});

describe("unescapeName", () => {
  test("takes digits in either case and leaves alone what is no escape", () => {
    assertEquals(unescapeName("%c3%A4%g1%"), binary("\xc3\xa4%g1%"));
  });
});

describe("names as strings", () => {
  test("are UTF-8, and a byte order mark is part of them", () => {
    assertEquals(encodeName("ä"), binary("\xc3\xa4"));
    assertEquals(decodeName(binary("\xef\xbb\xbfx")), "\ufeffx");
  });

  test("show U+FFFD for what is no UTF-8", () => {
    assertEquals(decodeName(binary("a\xff")), "a\ufffd");
    assertEquals(displayName(binary("ä\n\xff".replace("ä", "\xc3\xa4"))), "ä%0A\ufffd");
  });

  test("for a log hold no control characters", () => {
    assertEquals(displayName(binary("xa b\x1b[0mx"), 1, 8), "a%20b%1B[0m");
  });
});

describe("errorLine", () => {
  test("joins code and text, with a plus for each space", () => {
    assertEquals(errorLine("CODE"), "ERR CODE\r\n");
    assertEquals(errorLine("CODE", "one two three"), "ERR CODE one+two+three\r\n");
  });
});
