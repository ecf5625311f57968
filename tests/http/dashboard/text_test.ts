import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { decodedName, encodedName, partsOf, visible } from "../../../http/dashboard/app/text.ts";
import { bytes, count, duration, rate, relative } from "../../../http/dashboard/app/units.ts";

describe("a name in the dashboard", () => {
  test("shows what would not be seen as an escape", () => {
    assertEquals(visible("a\x1b[31m\x00b"), "a\\x1b[31m\\x00b");
    assertEquals(visible("gpj\u202eexe"), "gpj\\u202eexe");
    assertEquals(visible("a\u200bb\ufeff\u{e0041}"), "a\\u200bb\\ufeff\\u{e0041}");
    assertEquals(visible("half \ud83d"), "half \\ud83d");
    assertEquals(visible("größe 😀 <b>"), "größe 😀 <b>");
  });

  test("has its escapes apart, and its lines where there may be several", () => {
    assertEquals(partsOf("a\nb\x07"), [
      { text: "a", isEscape: false },
      { text: "\\x0a", isEscape: true },
      { text: "b", isEscape: false },
      { text: "\\x07", isEscape: true },
    ]);
    assertEquals(partsOf("a\nb\tc", true), [{ text: "a\nb\tc", isEscape: false }]);
  });

  test("goes into a URL byte by byte", () => {
    assertEquals(encodedName("a/b ü"), "a%2Fb%20%C3%BC");
    assertEquals(encodedName("a\\xff/", btoa("a\xff/")), "a%FF%2F");
    assertEquals(decodedName("a%2Fb"), "a/b");
    assertEquals(decodedName("a%FF"), "a%FF");
  });
});

describe("numbers in the dashboard", () => {
  test("of jobs have all their digits", () => {
    assertEquals([0, 999, 1_234_567, null].map(count), ["0", "999", "1,234,567", "–"]);
  });

  test("of seconds have a fitting unit", () => {
    assertEquals(
      [0, 0.0004, 0.25, 2.5, 42.7, 125, 725, 3600, 11_100, 187_200].map(duration),
      [
        "0 s",
        "0.4 ms",
        "250 ms",
        "2.5 s",
        "42 s",
        "2 min 5 s",
        "12 min",
        "1 h",
        "3 h 5 min",
        "2 d 4 h",
      ],
    );
    assertEquals(relative(1_000, 61_000), "1 min ago");
    assertEquals(relative(61_000, 1_000), "in 1 min");
    assertEquals(relative(1_000, 1_100), "now");
  });

  test("of bytes and rates too", () => {
    assertEquals([0, 1023, 1536, 20 * 1024 ** 2].map(bytes), [
      "0 B",
      "1023 B",
      "1.5 KiB",
      "20 MiB",
    ]);
    assertEquals([0, 0.44, 12.5, 1234.6].map(rate), ["0", "0.4", "12.5", "1,235"]);
  });
});
