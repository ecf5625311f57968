import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Needle, Pattern } from "../../../http/api/pattern.ts";
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
      assertEquals(
        new Needle(binary(wanted)).indexIn(binary(bytes), start),
        bytes.indexOf(wanted, start),
      );
    }));
  });

  test("is looked for in steps that do not multiply", () => {
    const length = 1024 * 1024;
    const wanted = new Needle(binary(`${"a".repeat(60_000)}b`));
    const bytes = new Uint8Array(length).fill("a".charCodeAt(0));
    let steps = 0;
    const counted = new Proxy(bytes, {
      get(target, name) {
        if (name === "indexOf") return (byte: number, from: number) => target.indexOf(byte, from);
        if (name !== "length") steps++;
        return Reflect.get(target, name, target);
      },
    });
    assertEquals(wanted.indexIn(counted, 0), -1);
    assert(steps <= 4 * length, `${steps} steps`);
  });
});
