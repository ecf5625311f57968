import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { byteString, DEFAULT_LIMITS, LargeBuffers, PacketDecoder } from "../../protocol/mod.ts";
import { request } from "../support/fake_peer.ts";
import { joined, packetEvent, Recorder } from "./recorder.ts";

/**
 * Reads all into the decoder as a link does: to where it lends, else into a chunk of its own.
 *
 * @param sizes how much is there for each read, by turns.
 * @returns how many bytes went to where they were lent.
 */
function readAll(decoder: PacketDecoder, bytes: Uint8Array, sizes: readonly number[]): number {
  let lentBytes = 0;
  let position = 0;
  for (let turn = 0; position < bytes.length; turn++) {
    const lent = decoder.lend();
    const room = lent?.length ?? Infinity;
    const end = Math.min(bytes.length, position + Math.min(room, sizes[turn % sizes.length]));
    if (lent !== null) {
      lent.set(bytes.subarray(position, end));
      decoder.filled(end - position);
      lentBytes += end - position;
    } else {
      decoder.push(bytes.slice(position, end));
    }
    position = end;
  }
  return lentBytes;
}

const packet = fc.tuple(
  fc.integer({ min: 1, max: 42 }),
  fc.oneof(fc.integer({ max: 100, min: 0 }), fc.integer({ min: 60_000, max: 300_000 })),
  fc.integer({ min: 0, max: 255 }),
).map(([type, length, value]) => {
  const data = new Uint8Array(length).map((_, index) => value + index);
  return { bytes: request(type, data), event: packetEvent(type, byteString(data)) };
});

describe("a decoder that lends", () => {
  test("finds what it finds in chunks, however much is read at a time", () => {
    const packets = fc.array(packet, { minLength: 1, maxLength: 6 });
    const sizes = fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 8 })
      .filter((all) => all.some((size) => size > 1000));
    fc.assert(
      fc.property(packets, sizes, (all, reads) => {
        const recorder = new Recorder();
        readAll(recorder.decoder, joined(all.map(({ bytes }) => bytes)), reads);
        assertEquals(recorder.events, all.map(({ event }) => event));
        assertEquals(recorder.decoder.pendingBytes, 0);
      }),
      { numRuns: 30 },
    );
  });

  test("gets nearly all of a large packet without a copy, the second time", () => {
    const buffers = new LargeBuffers();
    const sink = { packet() {}, line() {}, fault() {} };
    const decoder = new PacketDecoder(sink, DEFAULT_LIMITS, undefined, buffers);
    const bytes = request(16, new Uint8Array(5_000_000));
    const lent = readAll(decoder, bytes, [100_000]);
    assert(lent > 4_800_000, `${lent}`);
    assertEquals(readAll(decoder, bytes, [100_000]), 4_900_000);
  });

  test("lends nothing for small packets, lines, or before a header has come", () => {
    const { decoder } = new Recorder();
    assertEquals(decoder.lend(), null);
    const large = request(16, new Uint8Array(200_000));
    decoder.push(large.subarray(0, 11));
    assertEquals(decoder.lend(), null);
    decoder.push(large.subarray(11, 12));
    assert(decoder.lend() !== null);
    decoder.filled(0);
    decoder.push(large.subarray(12, 150_000));
    assertEquals(decoder.lend(), null);
    decoder.push(large.subarray(150_000));
    decoder.push(new TextEncoder().encode("stat"));
    assertEquals(decoder.lend(), null);
  });

  test("never uses a buffer again into which somebody may still read", () => {
    const buffers = new LargeBuffers();
    const sink = { packet() {}, line() {}, fault() {} };
    const decoder = new PacketDecoder(sink, DEFAULT_LIMITS, undefined, buffers);
    const large = request(16, new Uint8Array(200_000));
    decoder.push(large.subarray(0, 100_000));
    const lent = decoder.lend()!;
    decoder.stop();
    assertEquals(buffers.freeBytes, 0);
    assert(buffers.take(200_000).buffer !== lent.buffer);
    decoder.filled(1000);
    assertEquals([decoder.lend(), decoder.pendingBytes], [null, 0]);
  });
});
