import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import {
  DEFAULT_LIMITS,
  HEADER_SIZE,
  LargeBuffers,
  OutputBuffer,
  PacketDecoder,
  PacketType,
  type PacketView,
} from "../../protocol/mod.ts";

const MIB = 1024 * 1024;

/** A packet from a client with a body of `length` bytes, all of this value. */
function packet(length: number, value: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + length).fill(value);
  bytes.set([0, 0x52, 0x45, 0x51, 0, 0, 0, PacketType.ECHO_REQ]);
  new DataView(bytes.buffer).setUint32(8, length);
  return bytes;
}

/** A decoder that calls back for each packet. */
function decoder(buffers: LargeBuffers, receive: (view: PacketView) => void): PacketDecoder {
  const sink = { packet: receive, line() {}, fault() {} };
  return new PacketDecoder(sink, DEFAULT_LIMITS, undefined, buffers);
}

/** Feeds bytes in chunks of 64 KiB, which are overwritten afterwards. */
function feed(to: PacketDecoder, bytes: Uint8Array): void {
  const chunk = new Uint8Array(64 * 1024);
  for (let start = 0; start < bytes.length; start += chunk.length) {
    const part = bytes.subarray(start, start + chunk.length);
    chunk.set(part);
    to.push(chunk, 0, part.length);
  }
}

describe("a large buffer", () => {
  test("is used again when its last user has released it, and not before", () => {
    const buffers = new LargeBuffers();
    const first = buffers.take(MIB);
    buffers.retain(first);
    buffers.release(first);
    const second = buffers.take(MIB);
    assert(second !== first);
    buffers.release(first);
    assert(buffers.take(MIB) === first);
  });

  test("serves for what is as long or shorter, but not for less than half", () => {
    const buffers = new LargeBuffers();
    const [large, small] = [buffers.take(4 * MIB), buffers.take(2 * MIB)];
    buffers.release(large);
    buffers.release(small);
    assertEquals(buffers.takeFree(5 * MIB), undefined);
    assert(buffers.takeFree(MIB) === small);
    assertEquals(buffers.takeFree(MIB), undefined);
    assert(buffers.takeFree(2 * MIB + 1) === large);
    assertEquals(buffers.freeBytes, 0);
  });

  test("that is released too often, let go of or not from here is not used again", () => {
    const buffers = new LargeBuffers();
    const bytes = buffers.take(MIB);
    buffers.release(bytes);
    buffers.release(bytes);
    assertEquals(buffers.freeBytes, MIB);
    const kept = buffers.take(MIB);
    buffers.letGo(kept);
    buffers.release(kept);
    buffers.release(new Uint8Array(MIB));
    assertEquals(buffers.freeBytes, 0);
  });

  test("gives way, the longest unused first, when those that are used now are too many", () => {
    const buffers = new LargeBuffers();
    const old = Array.from({ length: 64 }, () => buffers.take(MIB));
    for (const bytes of old) buffers.release(bytes);
    const large = buffers.take(16 * MIB);
    buffers.release(large);
    assertEquals(buffers.freeBytes, 64 * MIB);
    assert(buffers.takeFree(16 * MIB) === large);
    const left = Array.from({ length: 49 }, () => buffers.takeFree(MIB));
    assertEquals(left.map((bytes) => bytes && old.indexOf(bytes)), [
      ...Array.from({ length: 48 }, (_, index) => 63 - index),
      undefined,
    ]);
  });

  test("longer than all that may be unused gives way itself", () => {
    const buffers = new LargeBuffers();
    const [small, large] = [buffers.take(MIB), buffers.take(65 * MIB)];
    buffers.release(small);
    buffers.release(large);
    assertEquals(buffers.freeBytes, MIB);
  });

  test("is given up when it is unused while others are used a thousand times", () => {
    const buffers = new LargeBuffers();
    const old = [buffers.take(16 * MIB), buffers.take(16 * MIB)];
    for (const bytes of old) buffers.release(bytes);
    for (let uses = 0; uses < 1000; uses++) buffers.release(buffers.take(MIB));
    assertEquals(buffers.freeBytes, 33 * MIB);
    for (let uses = 0; uses < 10; uses++) buffers.release(buffers.take(MIB));
    assertEquals(buffers.freeBytes, MIB);
  });

  test("is given up beyond 64 MiB, and when all are let go of", () => {
    const buffers = new LargeBuffers();
    const all = Array.from({ length: 5 }, () => buffers.take(16 * MIB));
    for (const bytes of all) buffers.release(bytes);
    assertEquals(buffers.freeBytes, 64 * MIB);
    buffers.clear();
    assertEquals(buffers.freeBytes, 0);
    assertEquals(buffers.takeFree(16 * MIB), undefined);
  });
});

describe("a decoder", () => {
  test("puts large packets together in the same buffer again and again", () => {
    const buffers = new LargeBuffers();
    const seen = new Set<Uint8Array>();
    const receiver = decoder(buffers, ({ bytes, start, end, stable }) => {
      assertEquals([stable, end - start], [true, MIB]);
      assert(bytes.subarray(start, end).every((byte) => byte === bytes[start]));
      seen.add(bytes);
    });
    for (let value = 1; value <= 10; value++) feed(receiver, packet(MIB, value));
    assertEquals(seen.size, 1);
  });

  test("leaves a packet alone that somebody keeps", () => {
    const buffers = new LargeBuffers();
    const kept: Uint8Array[] = [];
    const receiver = decoder(buffers, ({ bytes, start, end }) => {
      buffers.retain(bytes);
      kept.push(bytes.subarray(start, end));
    });
    for (let value = 1; value <= 5; value++) feed(receiver, packet(MIB, value));
    kept.forEach((body, index) => assert(body.every((byte) => byte === index + 1)));
  });

  // What a header says makes nobody allocate anything, but what is unused may be used.
  test("begins a large packet small, unless a buffer of its length is unused", () => {
    const buffers = new LargeBuffers();
    let lengths: number[] = [];
    const take = buffers.take.bind(buffers);
    buffers.take = (length) => (lengths.push(length), take(length));
    const receiver = decoder(buffers, () => {});
    feed(receiver, packet(MIB, 1));
    assert(lengths[0] <= 128 * 1024, `${lengths}`);
    lengths = [];
    feed(receiver, packet(MIB, 2));
    assertEquals(lengths, []);
  });

  test("gives back what it had begun when it is stopped", () => {
    const buffers = new LargeBuffers();
    const receiver = decoder(buffers, () => {});
    feed(receiver, packet(MIB, 1).subarray(0, 500_000));
    receiver.stop();
    assert(buffers.freeBytes >= 500_000);
  });
});

describe("an output buffer", () => {
  test("retains a large body until it has left, or is dropped", () => {
    const buffers = new LargeBuffers();
    const [sent, dropped] = [new OutputBuffer(buffers), new OutputBuffer(buffers)];
    const body = buffers.take(MIB);
    for (const out of [sent, dropped]) out.bytes(body, 0, MIB, true);
    buffers.release(body);
    const segment = sent.take()!;
    assert(segment.bytes === body);
    sent.recycle(segment);
    assertEquals(buffers.freeBytes, 0);
    dropped.clear();
    assertEquals(buffers.freeBytes, MIB);
  });
});
