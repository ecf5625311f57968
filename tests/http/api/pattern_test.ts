import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { indexOf, Pattern } from "../../../http/api/pattern.ts";
import { binary } from "../../support/fake_peer.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "."), maxLength: 12 });

describe("a pattern", () => {
  test("means what a regular expression means with .* for each star", () => {
    fc.assert(fc.property(text, text, (wanted, bytes) => {
      const source = wanted.replace(/[.]/g, "[.]").replaceAll("*", ".*");
      const expected = new RegExp(`^${source}$`, "s").test(bytes);
      assertEquals(new Pattern(binary(wanted)).fits(binary(bytes)), expected);
    }));
  });

  test("is found where a string is", () => {
    fc.assert(fc.property(text, text, fc.nat(12), (bytes, wanted, from) => {
      const start = Math.min(from, bytes.length);
      assertEquals(indexOf(binary(bytes), binary(wanted), start), bytes.indexOf(wanted, start));
    }));
  });
});
