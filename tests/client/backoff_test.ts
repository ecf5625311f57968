import { describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Backoff } from "../../client/waiting.ts";

describe("the delays between attempts to connect", () => {
  test("double up to the longest, which stays", () => {
    const backoff = new Backoff({ first: 100, longest: 1000, random: () => 1 });
    assertEquals(Array.from({ length: 6 }, () => backoff.next()), [100, 200, 400, 800, 1000, 1000]);
    for (let count = 0; count < 2000; count++) assertEquals(backoff.next(), 1000);
  });

  test("are cut by chance, to a half at most", () => {
    const lowest = new Backoff({ first: 100, longest: 1000, random: () => 0 });
    assertEquals([lowest.next(), lowest.next()], [50, 100]);
    const any = new Backoff({ first: 100, longest: 100 });
    for (let count = 0; count < 100; count++) {
      const delay = any.next();
      assert(delay >= 50 && delay <= 100, `${delay}`);
    }
  });

  test("begin anew after a success", () => {
    const backoff = new Backoff({ first: 10, longest: 1000, random: () => 1 });
    backoff.next();
    backoff.next();
    backoff.reset();
    assertEquals(backoff.next(), 10);
  });

  test("are refused when they make no sense", () => {
    assertThrows(() => new Backoff({ first: -1 }), RangeError);
    assertThrows(() => new Backoff({ first: 100, longest: 10 }), RangeError);
  });
});
