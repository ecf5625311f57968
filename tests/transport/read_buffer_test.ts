import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { ReadBuffer } from "../../transport/conn_link.ts";

const KIBIBYTE = 1024;

/** Sizes of the buffers into which reads of these lengths go; `Infinity` fills the buffer. */
function sizes(buffer: ReadBuffer, lengths: number[]): number[] {
  return lengths.map((length) => {
    const size = buffer.bytes.length;
    buffer.filled(Math.min(length, size));
    return size / KIBIBYTE;
  });
}

describe("ReadBuffer", () => {
  test("begins small and grows as long as reads fill it", () => {
    const buffer = new ReadBuffer();
    const reads = Array.from({ length: 5 }, () => Infinity);
    assertEquals(sizes(buffer, reads), [1, 4, 64, 512, 512]);
    buffer.release();
  });

  test("is smaller again after sixteen reads in a row that would have fitted", () => {
    const buffer = new ReadBuffer();
    sizes(buffer, [Infinity, Infinity]);
    const little = Array.from({ length: 16 }, () => 100);
    assertEquals(new Set(sizes(buffer, little)), new Set([64]));
    assertEquals(sizes(buffer, [Infinity, Infinity, Infinity, 100_000]), [1, 4, 64, 512]);
    const lesser = Array.from({ length: 16 }, () => 50_000);
    assertEquals(new Set(sizes(buffer, lesser)), new Set([512]));
    assertEquals(sizes(buffer, [50_000]), [64]);
    buffer.release();
  });

  test("does not change while small and large packets come by turns", () => {
    const buffer = new ReadBuffer();
    sizes(buffer, [Infinity, Infinity]);
    const turns = Array.from({ length: 100 }, (_, turn) => turn % 10 === 0 ? 5000 : 12);
    assertEquals(new Set(sizes(buffer, turns)), new Set([64]));
    buffer.release();
  });

  test("is small at once when many connections have larger ones", () => {
    const buffers = Array.from({ length: 1000 }, () => new ReadBuffer());
    for (const buffer of buffers) sizes(buffer, [Infinity, 3000, 100]);
    const large = buffers.filter(({ bytes }) => bytes.length > KIBIBYTE);
    assertEquals(large.length, 256);
    for (const buffer of buffers) buffer.release();
  });

  test("is as large as that for eight connections only", () => {
    const buffers = Array.from({ length: 20 }, () => new ReadBuffer());
    for (const buffer of buffers) sizes(buffer, [Infinity, Infinity, Infinity, Infinity]);
    assertEquals(buffers.filter(({ bytes }) => bytes.length === 512 * KIBIBYTE).length, 8);
    for (const buffer of buffers) buffer.release();
  });

  test("ten thousand connections that sent much and now wait hold little", () => {
    const buffers = Array.from({ length: 10_000 }, () => new ReadBuffer());
    for (const buffer of buffers) sizes(buffer, [Infinity, Infinity, 30_000]);
    const held = buffers.reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert(held / buffers.length < 5 * KIBIBYTE, `${held / buffers.length} bytes each`);
    for (const buffer of buffers) buffer.release();
  });

  test("two connections never read into the same buffer", () => {
    const buffers = Array.from({ length: 100 }, () => new ReadBuffer());
    for (let round = 0; round < 5; round++) {
      for (const [index, buffer] of buffers.entries()) {
        sizes(buffer, (index + round) % 3 === 0 ? [100] : [Infinity]);
      }
      assertEquals(new Set(buffers.map(({ bytes }) => bytes)).size, buffers.length);
    }
    for (const buffer of buffers) buffer.release();
  });
});
