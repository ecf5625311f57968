import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { PacketDecoder, type PacketView } from "../../protocol/mod.ts";
import { request } from "../support/fake_peer.ts";
import { bytesAllocatedBy } from "./allocations.ts";
import { inChunks, joined } from "./recorder.ts";

const MEBIBYTE = 1024 * 1024;
const ignore = { packet: () => {}, line: () => {}, fault: () => {} };

/** A WORK_DATA packet with so large a body, without going through strings. */
function largePacket(length: number): Uint8Array {
  const bytes = new Uint8Array(12 + length).fill(0x61);
  bytes.set(request(28));
  new DataView(bytes.buffer).setUint32(8, length);
  return bytes;
}

describe("a payload of 16 MiB over many chunks", () => {
  for (const size of [1000, 16 * 1024, 64 * 1024, 5 * MEBIBYTE]) {
    test(`of ${size} bytes is copied at most three times in all`, () => {
      const packet = largePacket(16 * MEBIBYTE);
      const chunks = inChunks(packet, size);
      let seen = 0;
      const sink = { ...ignore, packet: (view: PacketView) => seen = view.end - view.start };
      const decoder = new PacketDecoder(sink);
      const allocated = bytesAllocatedBy(() => chunks.forEach((chunk) => decoder.push(chunk)));
      assertEquals(seen, 16 * MEBIBYTE);
      assert(allocated >= packet.length, "the count sees the decoder's arrays");
      // Doubling makes buffers of at most 2 + 1 + 1/2 + ... times the size.
      assert(allocated <= 3 * packet.length, `${allocated} bytes`);
    });
  }
});

describe("the decoder allocates", () => {
  test("nothing for packets and lines that are whole within a chunk", () => {
    const bytes = joined([largePacket(100), request(7, "f", "u", "x"), request(16)]);
    const lines = new TextEncoder().encode("status\nversion\r\n");
    const decoder = new PacketDecoder(ignore);
    const allocated = bytesAllocatedBy(() => {
      decoder.push(bytes);
      decoder.push(lines);
    });
    assertEquals(allocated, 0);
  });

  test("nothing for a header that announces more than the limit", () => {
    for (const length of [0xffff_ffff, 64 * MEBIBYTE + 1]) {
      const header = request(7);
      new DataView(header.buffer).setUint32(8, length);
      assertEquals(bytesAllocatedBy(() => new PacketDecoder(ignore).push(header)), 0);
    }
  });

  test("a few KiB for a header that announces what the limit allows and sends nothing", () => {
    const header = largePacket(64 * MEBIBYTE).slice(0, 12);
    const decoder = new PacketDecoder(ignore);
    const allocated = bytesAllocatedBy(() => decoder.push(header));
    assert(allocated <= 4096, `${allocated} bytes`);
    assertEquals(decoder.pendingBytes, 12);
  });

  test("in proportion to what came, not to what was announced", () => {
    const packet = largePacket(64 * MEBIBYTE);
    const decoder = new PacketDecoder(ignore);
    const chunks = inChunks(packet.subarray(0, 100_000), 1460);
    const allocated = bytesAllocatedBy(() => chunks.forEach((chunk) => decoder.push(chunk)));
    assert(allocated <= 4 * 100_000 + 4096, `${allocated} bytes`);
    assertEquals(decoder.pendingBytes, 100_000);
  });

  test("nothing that lasts: no bytes are pending once a packet is whole", () => {
    const decoder = new PacketDecoder(ignore);
    const packet = largePacket(100_000);
    for (const chunk of inChunks(packet, 777)) decoder.push(chunk);
    assertEquals(decoder.pendingBytes, 0);
  });
});
