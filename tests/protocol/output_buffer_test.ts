import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { byteString, OutputBuffer, PacketType, type Segment } from "../../protocol/mod.ts";
import { binary } from "../support/fake_peer.ts";
import { bytesAllocatedBy } from "./allocations.ts";
import { takeAll } from "./taken.ts";

const KIBIBYTE = 1024;

function segmentsOf(out: OutputBuffer): Segment[] {
  const segments: Segment[] = [];
  for (let segment = out.take(); segment !== undefined; segment = out.take()) {
    segments.push(segment);
  }
  return segments;
}

describe("the output buffer writes", () => {
  test("a packet as magic, type and length, big endian, then the body", () => {
    const out = new OutputBuffer();
    out.packet(PacketType.JOB_CREATED, 0x0102);
    out.bytes(new Uint8Array(0x0102).fill(0x61));
    assertEquals(takeAll(out), "\0RES\0\0\0\x08\0\0\x01\x02" + "a".repeat(0x0102));
  });

  test("lengths up to the last that 32 bits hold", () => {
    const out = new OutputBuffer();
    out.packet(PacketType.WORK_DATA, 0xfedc_ba98);
    assertEquals(takeAll(out), "\0RES\0\0\0\x1c\xfe\xdc\xba\x98");
  });

  test("strings as UTF-8 and byte strings as they are", () => {
    const out = new OutputBuffer();
    out.string("ä€𝄞");
    out.latin1("\xe4");
    out.byte(0);
    assertEquals(takeAll(out), "\xc3\xa4\xe2\x82\xac\xf0\x9d\x84\x9e\xe4\0");
  });

  test("only the given range of an array", () => {
    const out = new OutputBuffer();
    out.bytes(binary("abcdef"), 2, 4);
    out.bytes(new Uint8Array(200).fill(0x62), 50, 150);
    assertEquals(takeAll(out), "cd" + "b".repeat(100));
  });

  test("nothing for nothing", () => {
    const out = new OutputBuffer();
    out.bytes(new Uint8Array());
    out.string("");
    out.latin1("");
    assertEquals(out.size, 0);
    assertEquals(out.take(), undefined);
  });
});

describe("size", () => {
  test("counts what waits: in segments, large bodies and the one that is being filled", () => {
    const out = new OutputBuffer();
    out.latin1("abc");
    assertEquals(out.size, 3);
    out.bytes(new Uint8Array(100 * KIBIBYTE), 0, 100 * KIBIBYTE, true);
    out.byte(1);
    assertEquals(out.size, 3 + 100 * KIBIBYTE + 1);
    const sizes = segmentsOf(out).map(({ start, end }) => end - start);
    assertEquals(sizes.reduce((sum, size) => sum + size), 3 + 100 * KIBIBYTE + 1);
    assertEquals(out.size, 0);
  });

  test("is what strings take as UTF-8, not what was reserved for them", () => {
    const out = new OutputBuffer();
    out.string("abc€");
    assertEquals(out.size, 6);
  });
});

describe("segments", () => {
  test("hold many small packets each", () => {
    const out = new OutputBuffer();
    for (let count = 0; count < 1000; count++) out.packet(PacketType.NOOP, 0);
    assertEquals(segmentsOf(out).length, 1);
  });

  test("are no larger than 64 KiB for small packets", () => {
    const out = new OutputBuffer();
    for (let count = 0; count < 20_000; count++) out.packet(PacketType.NOOP, 0);
    const segments = segmentsOf(out);
    assert(segments.every(({ bytes }) => bytes.length <= 64 * KIBIBYTE));
    assertEquals(segments.length, Math.ceil(20_000 * 12 / (64 * KIBIBYTE)));
  });

  test("taken are not written to any more", () => {
    const out = new OutputBuffer();
    out.latin1("first");
    const segment = out.take()!;
    out.latin1("second");
    assertEquals(byteString(segment.bytes, segment.start, segment.end), "first");
    assertEquals(takeAll(out), "second");
  });

  test("given back are used again instead of new memory", () => {
    const out = new OutputBuffer();
    const round = () => {
      out.latin1("x".repeat(3000));
      takeAll(out);
    };
    round();
    assertEquals(
      bytesAllocatedBy(() => {
        for (let count = 0; count < 10; count++) round();
      }),
      0,
    );
  });

  test("given back twice by different buffers never share memory that is in use", () => {
    const one = new OutputBuffer(), other = new OutputBuffer();
    one.latin1("one");
    one.recycle(one.take()!);
    one.latin1("uno");
    other.latin1("due");
    assertEquals([takeAll(one), takeAll(other)], ["uno", "due"]);
  });
});

describe("a large body", () => {
  const payload = new Uint8Array(80 * KIBIBYTE).fill(0x70);

  test("that will not change is sent from where it lies", () => {
    const out = new OutputBuffer();
    out.packet(PacketType.WORK_DATA, payload.length - 10);
    const allocated = bytesAllocatedBy(() => out.bytes(payload, 10, payload.length, true));
    assertEquals(allocated, 0);
    const [head, body, ...rest] = segmentsOf(out);
    assertEquals([head.pooled, body.pooled, rest.length], [true, false, 0]);
    assertEquals([body.bytes === payload, body.start, body.end], [true, 10, payload.length]);
  });

  test("that may change is copied, once", () => {
    const out = new OutputBuffer();
    const changing = payload.slice();
    const allocated = bytesAllocatedBy(() => out.bytes(changing, 5));
    assertEquals(allocated, changing.length - 5);
    changing.fill(0);
    assertEquals(takeAll(out), "p".repeat(changing.length - 5));
  });

  test("that fits a pooled buffer is copied there", () => {
    const out = new OutputBuffer();
    const body = payload.subarray(0, 40 * KIBIBYTE);
    const send = () => {
      out.bytes(body, 5, body.length, true);
      const segment = out.take()!;
      assertEquals([segment.pooled, segment.end - segment.start], [true, body.length - 5]);
      out.recycle(segment);
    };
    send();
    assertEquals(bytesAllocatedBy(send), 0);
  });

  test("stands between what was written before and after it", () => {
    const out = new OutputBuffer();
    out.latin1("before ");
    out.bytes(payload, 0, payload.length, true);
    out.latin1(" after");
    assertEquals(takeAll(out), `before ${"p".repeat(payload.length)} after`);
  });

  test("given back is never used as a buffer", () => {
    const out = new OutputBuffer();
    const kept = new Uint8Array(128 * KIBIBYTE).fill(0x6b);
    out.bytes(kept, 0, kept.length, true);
    out.recycle(out.take()!);
    for (let count = 0; count < 20_000; count++) out.packet(PacketType.NOOP, 0);
    assert(kept.every((byte) => byte === 0x6b));
    out.clear();
  });

  test("of text goes into a segment of its own size", () => {
    const out = new OutputBuffer();
    const text = "z".repeat(300 * KIBIBYTE);
    out.latin1("a");
    out.latin1(text);
    out.string(text);
    assertEquals(takeAll(out), "a" + text + text);
  });
});

describe("clear", () => {
  test("drops all that waits", () => {
    const out = new OutputBuffer();
    for (let count = 0; count < 20_000; count++) out.packet(PacketType.NOOP, 0);
    out.clear();
    assertEquals([out.size, out.take()], [0, undefined]);
    out.latin1("more");
    assertEquals(takeAll(out), "more");
  });
});
