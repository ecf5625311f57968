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
    ["Report Export ", "Report Export "],
    ["report%2Fdaily", "report%2Fdaily"],
    ["a\nb\tc\rd\0e", "a%0Ab%09c%0Dd%00e"],
    ["\x7f", "%7F"],
    ["100%", "100%"],
    ["\xc3\xa4\xff", "\xc3\xa4\xff"],
    [".", "."],
  ];
  for (const [name, expected] of cases) {
    test(`makes ${JSON.stringify(expected)} of ${JSON.stringify(name)}`, () => {
      assertEquals(escapeName(binary(name)), expected);
    });
  }

  test("of a range makes that range's text", () => {
    assertEquals(escapeName(binary("xa\nbx"), 1, 4), "a%0Ab");
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

  const unlike: [name: string, text: string][] = [
    ["a\xff", "a%FF"],
    ["\xc3\xa4\xc3", "ä%C3"],
    ["\xe2\x82\xac\xe2\x82", "€%E2%82"],
    ["\xed\xa0\x80", "%ED%A0%80"],
    ["\xc0\x80\xf8", "%C0%80%F8"],
    ["\xef\xbf\xbd\x80", "\ufffd%80"],
    ["\xf0\x9f\x98\x80\xff\xf0\x9f\x98", "😀%FF%F0%9F%98"],
  ];
  for (const [name, text] of unlike) {
    test(`write the bytes that are no UTF-8 as escapes: ${text}`, () => {
      assertEquals(decodeName(binary(name)), text);
      assertEquals(unescapeName(byteString(encodeName(text))), binary(name));
    });
  }

  test("show a replacement character that was sent as itself", () => {
    assertEquals(decodeName(binary("a\xef\xbf\xbd")), "a\ufffd");
  });

  test("for a log hold no control characters", () => {
    assertEquals(displayName(binary("\xc3\xa4\n\xff")), "ä%0A%FF");
    assertEquals(displayName(binary("xa b\x1b[0mx"), 1, 8), "a b%1B[0m");
  });
});

describe("errorLine", () => {
  test("joins code and text, with a plus for each space", () => {
    assertEquals(errorLine("CODE"), "ERR CODE\r\n");
    assertEquals(errorLine("CODE", "one two three"), "ERR CODE one+two+three\r\n");
  });
});
