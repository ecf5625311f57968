import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { byteString, OutputBuffer, type Segment } from "../../protocol/mod.ts";

/** An output buffer beside plain strings of all that was written to it and read from it. */
class Comparison {
  readonly out = new OutputBuffer();
  written = "";
  read = "";
  /** Segments taken and not given back yet, with what they held. */
  readonly inFlight: [segment: Segment, text: string][] = [];

  packet(type: number, body: string): void {
    this.out.packet(type, body.length);
    this.out.latin1(body);
    const length = [24, 16, 8, 0].map((shift) =>
      String.fromCharCode((body.length >>> shift) & 255)
    );
    this.written += `\0RES\0\0\0${String.fromCharCode(type)}${length.join("")}${body}`;
  }

  bytes(length: number, start: number, stable: boolean): void {
    const bytes = Uint8Array.from({ length: start + length }, (_, index) => index * 7 + length);
    this.out.bytes(bytes, start, bytes.length, stable);
    this.written += byteString(bytes, start);
    if (!stable) bytes.fill(0);
  }

  text(text: string): void {
    this.out.string(text);
    this.written += byteString(new TextEncoder().encode(text));
  }

  take(): void {
    const segment = this.out.take();
    if (segment === undefined) return assertEquals(this.read.length, this.written.length);
    const text = byteString(segment.bytes, segment.start, segment.end);
    this.read += text;
    this.inFlight.push([segment, text]);
  }

  recycle(): void {
    const [segment, text] = this.inFlight.shift() ?? [];
    if (segment === undefined) return;
    // Nothing may have written into it while it was being sent.
    assertEquals(byteString(segment.bytes, segment.start, segment.end), text);
    this.out.recycle(segment);
  }

  clear(): void {
    this.out.clear();
    this.written = this.read;
  }

  check(): void {
    assertEquals(this.out.size, this.written.length - this.read.length);
    assertEquals(this.written.startsWith(this.read), true);
  }
}

type Step = (state: Comparison) => void;

const lengths = fc.oneof(fc.nat(80), fc.nat(80), fc.nat(5000), fc.nat(90_000));

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 42 }), fc.nat(300))
    .map(([type, length]): Step => (state) => state.packet(type, "b".repeat(length))),
  fc.tuple(lengths, fc.nat(20), fc.boolean())
    .map(([length, start, stable]): Step => (state) => state.bytes(length, start, stable)),
  fc.string({ unit: "binary", maxLength: 50 })
    .map((text): Step => (state) => state.text(text)),
  fc.constant<Step>((state) => state.take()),
  fc.constant<Step>((state) => state.take()),
  fc.constant<Step>((state) => state.recycle()),
);

/** Runs the steps on several buffers in turn: they share the pool of memory. */
function run(all: readonly [buffer: number, step: Step][]): Comparison[] {
  const states = [new Comparison(), new Comparison(), new Comparison()];
  for (const [buffer, step] of all) {
    step(states[buffer]);
    states[buffer].check();
  }
  return states;
}

describe("the output buffer", () => {
  test("gives out what was written, whatever is written, taken and given back in between", () => {
    const sequence = fc.array(fc.tuple(fc.nat(2), steps), { maxLength: 60 });
    fc.assert(
      fc.property(sequence, (all) => {
        for (const state of run(all)) {
          while (state.out.size > 0) state.take();
          state.take();
          state.check();
          while (state.inFlight.length > 0) state.recycle();
        }
      }),
      { numRuns: 500 },
    );
  });

  test("forgets what waits when it is cleared, and nothing that was taken", () => {
    const sequence = fc.array(fc.tuple(fc.nat(2), steps), { maxLength: 30 });
    fc.assert(
      fc.property(sequence, sequence, (before, after) => {
        for (const state of run(before)) {
          state.clear();
          state.check();
          for (const [, step] of after) step(state);
          state.check();
          while (state.inFlight.length > 0) state.recycle();
        }
      }),
      { numRuns: 300 },
    );
  });
});
