import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import {
  bytes,
  duration,
  flag,
  integer,
  type Kind,
  milliseconds,
  oneOf,
  OptionError,
  orInfinity,
  seconds,
  secondsOrNever,
  text,
  wholeSeconds,
} from "../../options/kinds.ts";
import { checkOptions, withDefaults } from "../../options/rows.ts";

describe("a duration", () => {
  const seconds: [text: string, seconds: number][] = [
    ["5", 5],
    ["+5", 5],
    [".5", 0.5],
    ["5.", 5],
    ["100ms", 0.1],
    ["1.1s", 1.1],
    ["5 s", 5],
    ["5S", 5],
    ["2m", 120],
    ["1.5h", 5400],
    ["1d", 86_400],
    ["0", 0],
  ];
  for (const [text, expected] of seconds) {
    test(`${text} is ${expected} s, of a number alone ${expected} of the unit`, () => {
      assertEquals(duration(text, "s"), expected);
      const factor = /[a-z]/i.test(text) ? 1000 : 1;
      assertEquals(duration(text, "ms"), expected * factor);
    });
  }
  for (const text of ["", "s", "-5", "-5s", "1e3", "0x10", "5w", "5 minutes", "5s5", "++5", " 5"]) {
    test(`${JSON.stringify(text)} is none`, () => {
      assertEquals(duration(text, "s"), NaN);
    });
  }
});

describe("a size", () => {
  const sizes: [text: string, bytes: number][] = [
    ["1", 1],
    ["65536", 65536],
    ["64K", 65536],
    ["64kb", 65536],
    ["1.5 MiB", 1.5 * 1024 ** 2],
    ["2G", 2 * 1024 ** 3],
  ];
  for (const [text, expected] of sizes) {
    test(`${text} is ${expected} bytes, and what is shown for them is read as the same`, () => {
      assertEquals(bytes().parse(text), expected);
      assertEquals(bytes().parse(bytes().show!(expected)), expected);
    });
  }
  test("is shown in the largest unit that leaves no fraction", () => {
    assertEquals([1024 ** 2, 1536, 1023].map((size) => bytes().show!(size)), [
      "1M",
      "1536",
      "1023",
    ]);
  });
});

describe("a text that is no value is refused with what must be", () => {
  const refused: [kind: Kind<unknown>, text: string, message: string][] = [
    [flag, "yes", 'must be true or false, not "yes"'],
    [text("FILE"), "", "must not be empty"],
    [integer(1), "0", 'must be an integer >= 1, not "0"'],
    [integer(0, 9), "10", 'must be an integer from 0 to 9, not "10"'],
    [bytes(), "1T", 'must be a number of bytes such as 65536, 64K or 16MiB, not "1T"'],
    [bytes(), "0", 'must be from 1 byte to 8 PiB, not "0"'],
    [bytes(1024), "2K", 'must be from 1 byte to 1024 bytes, not "2K"'],
    [
      seconds,
      "0",
      'must be a number of seconds > 0, or a time such as 500ms or 5m, not "0"',
    ],
    [seconds, "30d", 'must be at most 2147483 seconds, not "30d"'],
    [
      secondsOrNever,
      "-2",
      'must be -1 or a number of seconds >= 0, or a time such as 500ms, not "-2"',
    ],
    [wholeSeconds(60), "500ms", 'must be an integer from -1 to 60, not "500ms"'],
    [milliseconds, "0", 'must be an integer from 1 to 2147483647, not "0"'],
    [oneOf("WORD", ["a", "b"]), "c", 'must be one of a, b, not "c"'],
  ];
  for (const [kind, text, message] of refused) {
    test(`${JSON.stringify(text)} ${message}`, () => {
      const error = assertThrows(() => kind.parse(text), OptionError);
      assertEquals(error.message, message);
    });
  }
});

describe("the options that a program gives", () => {
  const rows = {
    limit: { kind: orInfinity(integer(1)), default: 7 },
    name: { kind: text("NAME") },
  };

  test("are complete with the defaults, and what is undefined counts as not given", () => {
    const given: { limit?: number; name: string } = { limit: undefined, name: "x" };
    assertEquals(withDefaults(rows, given), { limit: 7, name: "x" });
  });

  test("may be more than any number of things that there can be, and Infinity", () => {
    for (const limit of [1, 2 ** 60, Infinity, undefined]) checkOptions(rows, { limit }, "");
  });

  const wrong: [options: object, type: typeof TypeError | typeof RangeError, message: string][] = [
    [{ limt: 1 }, TypeError, 'Unknown option "limt"'],
    [{ toString: 1 }, TypeError, 'Unknown option "toString"'],
    [{ limit: "1" }, TypeError, 'Option limit must be an integer >= 1, or Infinity, not "1"'],
    [{ limit: null }, TypeError, "Option limit must be an integer >= 1, or Infinity, not null"],
    [{ limit: 0.5 }, RangeError, "Option limit must be an integer >= 1, or Infinity, not 0.5"],
    [{ name: "" }, RangeError, 'Option name must be a text that is not empty, not ""'],
    [[], TypeError, "must be an object"],
  ];
  for (const [options, type, message] of wrong) {
    test(`are refused: ${JSON.stringify(options)}`, () => {
      const error = assertThrows(() => checkOptions(rows, options, "must be an object"), type);
      assertEquals(error.message, message);
      assert(error instanceof type);
    });
  }
});
