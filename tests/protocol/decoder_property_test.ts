import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { byteString, FAULTS, OutputBuffer, PACKETS } from "../../protocol/mod.ts";
import { binary, request } from "../support/fake_peer.ts";
import { bytesAllocatedBy } from "./allocations.ts";
import { joined, packetEvent, Recorder } from "./recorder.ts";
import { takeAll } from "./taken.ts";

/** One thing on a connection: the bytes that stand for it and what the decoder must find. */
interface Item {
  readonly bytes: Uint8Array;
  readonly event: string;
}

const body = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ minLength: 4000, maxLength: 5000 }),
);

const requestItem: fc.Arbitrary<Item> = fc.tuple(fc.integer({ min: 1, max: 42 }), body)
  .map(([type, data]) => ({
    bytes: request(type, data),
    event: packetEvent(type, byteString(data), "REQ"),
  }));

/** A packet as the output buffer encodes it. */
const responseItem: fc.Arbitrary<Item> = fc.tuple(fc.integer({ min: 1, max: 42 }), body)
  .map(([type, data]) => {
    const out = new OutputBuffer();
    out.packet(type, data.length);
    out.bytes(data);
    return { bytes: binary(takeAll(out)), event: packetEvent(type, byteString(data), "RES") };
  });

/** Any bytes that are a line: no LF in it, no CR at its end, no control character first. */
const lineItem: fc.Arbitrary<Item> = fc.tuple(
  fc.uint8Array({ maxLength: 60 }),
  fc.constantFrom("\n", "\r\n"),
).map(([bytes, end]) => {
  const text = byteString(bytes).replaceAll("\n", "").replace(/\r+$/, "");
  const line = /^[\x20-\xff\t\r]/.test(text) ? text : "";
  return { bytes: binary(line + end), event: `line ${line}` };
});

const items = fc.array(fc.oneof(requestItem, responseItem, lineItem), { maxLength: 12 });

/** Where to cut, as parts of the whole; equal places make empty chunks. */
const cuts = fc.oneof(
  fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
  fc.integer({ min: 2, max: 400 }).map((n) => Array.from({ length: n }, (_, index) => index / n)),
);

function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const positions = places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b);
  const bounds = [0, ...positions, bytes.length];
  return bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
}

describe("decode(encode(p)) is p", () => {
  test("for packets and lines mixed, under every chunking", () => {
    fc.assert(
      fc.property(items, cuts, (all, places) => {
        const bytes = joined(all.map((item) => item.bytes));
        const recorder = new Recorder().push(...cutAt(bytes, places));
        assertEquals(recorder.events, all.map((item) => item.event));
        assertEquals(recorder.decoder.pendingBytes, 0);
      }),
      { numRuns: 500 },
    );
  });

  test("one byte at a time", () => {
    fc.assert(
      fc.property(items, (all) => {
        const bytes = joined(all.map((item) => item.bytes));
        const recorder = new Recorder();
        for (let position = 0; position < bytes.length; position++) {
          recorder.decoder.push(bytes, position, position + 1);
        }
        assertEquals(recorder.events, all.map((item) => item.event));
      }),
      { numRuns: 100 },
    );
  });

  test("as far as it goes when the stream ends or is stopped anywhere", () => {
    fc.assert(
      fc.property(items, cuts, fc.nat(12), (all, places, stopAfter) => {
        const bytes = joined(all.map((item) => item.bytes));
        const recorder = new Recorder();
        recorder.onEvent = () => recorder.events.length === stopAfter && recorder.decoder.stop();
        recorder.push(...cutAt(bytes, places));
        const expected = all.map((item) => item.event);
        const found = stopAfter === 0 ? expected : expected.slice(0, stopAfter);
        assertEquals(recorder.events, found);
      }),
      { numRuns: 200 },
    );
  });

  test("for each type's arguments, split by the table", () => {
    const argument = fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.filter((b) => b !== 0));
    const arbitrary = fc.tuple(
      fc.integer({ min: 1, max: 42 }),
      fc.array(argument, { minLength: 8, maxLength: 8 }),
      fc.uint8Array({ maxLength: 50 }),
    );
    fc.assert(
      fc.property(arbitrary, ([type, texts, data]) => {
        const info = PACKETS[type]!;
        const args = texts.slice(0, info.args.length);
        const found: string[] = [];
        const recorder = new Recorder();
        recorder.packet = (view) => {
          assert(view.split(info));
          info.args.forEach((_, index) => {
            const [start, end] = [view.argumentStart(index), view.argumentEnd(index)];
            found.push(byteString(view.bytes, start, end));
          });
          found.push(byteString(view.bytes, view.dataStart, view.end));
        };
        recorder.push(request(type, ...args, ...(info.data ? [data] : [])));
        assertEquals(found, [...args.map((a) => byteString(a)), info.data ? byteString(data) : ""]);
      }),
      { numRuns: 500 },
    );
  });
});

/** Bytes that are wrong in interesting ways: pieces of good packets, headers that lie, noise. */
const nonsense = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.constantFrom(
      "\0",
      "\0R",
      "\0RE",
      "\0REQ",
      "\0RES\0\0\0",
      "\n",
      "\r\n",
      "x\r",
      "GET / HTTP/1.1\r\n",
    )
      .map((text) => binary(text)),
    fc.tuple(fc.integer({ min: 0, max: 44 }), fc.oneof(fc.nat(200), fc.nat(0xffff_ffff)))
      .map(([type, length]) => {
        const header = request(type);
        new DataView(header.buffer).setUint32(8, length);
        return header;
      }),
    fc.constant("y".repeat(5000)).map((text) => binary(text)),
  ),
  { maxLength: 15 },
).map(joined);

describe("random bytes", () => {
  const limits = { maxPacketSize: 1_000_000, maxLineLength: 8192 };

  test("never throw out of the decoder, whose answer does not depend on the chunks", () => {
    fc.assert(
      fc.property(nonsense, cuts, (bytes, places) => {
        const whole = new Recorder(limits).push(bytes);
        const cut = new Recorder(limits).push(...cutAt(bytes, places));
        assertEquals(cut.events, whole.events);
        assertEquals(cut.decoder.pendingBytes, whole.decoder.pendingBytes);
        const faults = whole.events.filter((event) => event.startsWith("fault "));
        assert(faults.length <= 1);
        for (const fault of faults) {
          assert(fault.slice(6) in FAULTS);
          assertEquals(whole.events.at(-1), fault);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("never make it keep more than they are, nor allocate more than in proportion", () => {
    fc.assert(
      fc.property(nonsense, cuts, (bytes, places) => {
        const recorder = new Recorder(limits);
        const chunks = cutAt(bytes, places);
        let pushed = 0;
        const allocated = bytesAllocatedBy(() => {
          for (const chunk of chunks) {
            recorder.decoder.push(chunk);
            pushed += chunk.length;
            assert(recorder.decoder.pendingBytes <= pushed);
          }
        });
        // What is cut by the end of a chunk is copied into a buffer of 4 KiB at least.
        assert(allocated <= 4 * bytes.length + 4096 * chunks.length, `${allocated} bytes`);
      }),
      { numRuns: 1000 },
    );
  });

  test("leave nothing out: what is found and what is pending is what came", () => {
    fc.assert(
      fc.property(nonsense, cuts, (bytes, places) => {
        const recorder = new Recorder(limits);
        let found = 0;
        recorder.packet = (view) => found += 12 + view.end - view.start;
        recorder.line = (_bytes, start, end) => found += end - start + 1;
        recorder.push(...cutAt(bytes, places));
        const { pendingBytes } = recorder.decoder;
        const isFault = recorder.events.length > 0;
        const text = byteString(bytes);
        const carriageReturns = text.split("\r\n").length - 1;
        assert(found + pendingBytes <= bytes.length);
        if (!isFault) assert(found + pendingBytes + carriageReturns >= bytes.length);
      }),
      { numRuns: 1000 },
    );
  });
});
