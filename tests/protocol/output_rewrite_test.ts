import { describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { OutputBuffer, type OutputEdit } from "../../protocol/mod.ts";
import { binary } from "../support/fake_peer.ts";
import { takeAll } from "./taken.ts";

/** More than a segment holds. */
const LARGE = 70 * 1024;

describe("output that waits", () => {
  test("is rewritten wherever it is: in segments, in bodies of others and in the last one", () => {
    const out = new OutputBuffer();
    const body = new Uint8Array(LARGE).fill(0x62);
    out.latin1("first ");
    out.bytes(body, 0, LARGE, true);
    out.latin1(" last");
    out.rewrite([
      { position: 0, length: 5, bytes: binary("1st") },
      { position: 6 + LARGE - 1, length: 1, bytes: binary("B") },
      { position: 6 + LARGE + 1, length: 4, bytes: binary("the end") },
    ]);
    assertEquals(takeAll(out), "1st " + "b".repeat(LARGE - 1) + "B the end");
    assertEquals(body[LARGE - 1], 0x62, "the bytes of others stay as they are");
  });

  test("begins where the last that was taken or dropped ended", () => {
    const out = new OutputBuffer();
    out.latin1("taken");
    assertEquals([out.start, out.position], [0, 5]);
    out.recycle(out.take()!);
    assertEquals([out.start, out.position], [5, 5]);
    out.latin1("dropped");
    out.clear();
    out.latin1("waits");
    assertEquals([out.start, out.position], [12, 17]);
    out.rewrite([{ position: 12, length: 5, bytes: binary("goes") }]);
    assertEquals(takeAll(out), "goes");
  });

  test("is left as it is when an edit comes too late for what was taken", () => {
    const out = new OutputBuffer();
    out.latin1("taken");
    out.recycle(out.take()!);
    out.latin1("waits");
    const edits: OutputEdit[] = [4, 6].map((position) => ({
      position,
      length: 1,
      bytes: binary("x"),
    }));
    assertThrows(() => out.rewrite(edits), RangeError, "has been taken");
    assertEquals(takeAll(out), "waits");
  });

  test("is what the edits make of it, whatever they are", () => {
    const pieces = fc.array(fc.record({
      length: fc.oneof(fc.nat(20), fc.nat(LARGE)),
      edit: fc.option(fc.nat(20), { nil: null }),
    }));
    fc.assert(
      fc.property(pieces, fc.nat(3), (pieces, taken) => {
        const out = new OutputBuffer();
        out.latin1("taken before ".repeat(taken));
        for (let segment = out.take(); segment !== undefined; segment = out.take()) {
          out.recycle(segment);
        }
        const edits: OutputEdit[] = [];
        let expected = "";
        for (const { length, edit } of pieces) {
          const { position } = out;
          out.bytes(binary("a".repeat(length)), 0, length, true);
          const text = edit === null ? "a".repeat(length) : "e".repeat(edit);
          if (edit !== null) edits.push({ position, length, bytes: binary(text) });
          expected += text;
        }
        out.rewrite(edits);
        assertEquals(takeAll(out), expected);
      }),
      { numRuns: 200 },
    );
  });
});
