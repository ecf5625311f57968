import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { DEFAULT_LIMITS, LargeBuffers, PacketDecoder, PacketType } from "../../protocol/mod.ts";

const MIB = 1024 * 1024;
const CHUNK = 64 * 1024;

/** A peer whose packet comes in chunks, as long as its decoder does not hold. */
class Sender {
  readonly decoder: PacketDecoder;
  received = 0;
  fault: string | null = null;
  wakeUps = 0;
  readonly #bytes: Uint8Array;
  readonly #lends: boolean;
  #sent = 0;

  constructor(buffers: LargeBuffers, size: number, lends = false) {
    this.#bytes = new Uint8Array(12 + size).fill(size % 251);
    this.#bytes.set([0, 0x52, 0x45, 0x51, 0, 0, 0, PacketType.ECHO_REQ]);
    new DataView(this.#bytes.buffer).setUint32(8, size);
    this.#lends = lends;
    const sink = {
      packet: (view: { bytes: Uint8Array; start: number; end: number }) => {
        assertEquals(view.end - view.start, size);
        const payload = Buffer.from(view.bytes.buffer, view.bytes.byteOffset + view.start, size);
        assert(payload.equals(this.#bytes.subarray(12)), "other bytes");
        this.received++;
      },
      line() {},
      fault: (name: string) => this.fault = name,
      mayResume: () => this.wakeUps++,
    };
    this.decoder = new PacketDecoder(sink, DEFAULT_LIMITS, undefined, buffers);
  }

  /** Sends up to so many bytes, and no more if it is not read from; says if that happened. */
  send(most = Infinity): boolean {
    const end = Math.min(this.#bytes.length, this.#sent + most);
    while (this.#sent < end) {
      if (this.decoder.isHolding) this.decoder.resume();
      if (this.decoder.isHolding) return false;
      const lent = this.#lends ? this.decoder.lend() : null;
      const part = this.#bytes.subarray(this.#sent, Math.min(end, this.#sent + CHUNK));
      if (lent !== null) {
        const count = Math.min(lent.length, part.length);
        lent.set(part.subarray(0, count));
        this.decoder.filled(count);
        this.#sent += count;
      } else {
        this.decoder.push(part.slice());
        this.#sent += part.length;
      }
    }
    if (this.decoder.isHolding) this.decoder.resume();
    return !this.decoder.isHolding;
  }
}

for (const lends of [false, true]) {
  const how = lends ? "read to where it belongs" : "read in chunks";
  const many = (buffers: LargeBuffers, count: number, size: number) =>
    Array.from({ length: count }, () => new Sender(buffers, size, lends));

  describe(`unfinished packets, ${how},`, () => {
    test("take no more than the limit and one packet, and all come in the end", () => {
      const buffers = new LargeBuffers(8 * MIB);
      const senders = many(buffers, 20, 4 * MIB);
      let most = 0;
      for (let round = 0; senders.some(({ received }) => received === 0); round++) {
        assert(round < 10_000, `${senders.filter(({ received }) => received === 0).length} hang`);
        for (const sender of senders) {
          sender.send(CHUNK);
          most = Math.max(most, buffers.budget.used);
        }
      }
      assert(most <= 12 * MIB + 20 * CHUNK, `${most / MIB} MiB`);
      assertEquals([buffers.budget.used, buffers.budget.waiting], [0, 0]);
    });

    test("take no more than a limit that has room for the largest, with the one that has its turn", () => {
      const buffers = new LargeBuffers(16 * MIB, 4 * MIB);
      const senders = many(buffers, 20, 4 * MIB - 100);
      let most = 0;
      while (senders.some(({ received }) => received === 0)) {
        for (const sender of senders) {
          sender.send(CHUNK);
          most = Math.max(most, buffers.budget.used);
        }
      }
      assert(most > 12 * MIB && most <= 16 * MIB + 20 * CHUNK, `${most / MIB} MiB`);
    });

    test("do not keep smaller ones from coming, whatever they do", () => {
      const buffers = new LargeBuffers(16 * MIB);
      for (const sender of many(buffers, 30, 16 * MIB)) sender.send(15 * MIB);
      for (const size of [0, 1000, CHUNK - 100]) {
        const small = new Sender(buffers, size, lends);
        assert(small.send(), `${size} bytes wait`);
        assertEquals(small.received, 1);
      }
    });

    test("let one come that is larger than the limit", () => {
      const buffers = new LargeBuffers(MIB);
      const [sender] = many(buffers, 1, 8 * MIB);
      assert(sender.send());
      assertEquals(sender.received, 1);
    });

    test("that wait are told when another is whole, or its peer is gone", () => {
      for (const end of ["whole", "gone"]) {
        const buffers = new LargeBuffers(MIB);
        const [first, second] = many(buffers, 2, 4 * MIB);
        first.send(3 * MIB);
        assertEquals(second.send(), false);
        assertEquals(second.wakeUps, 0);
        if (end === "whole") first.send();
        else first.decoder.stop();
        assert(second.wakeUps > 0);
        assert(second.send());
        assertEquals([second.received, buffers.budget.used], [1, 0]);
      }
    });

    test("go on by turns, the one that lacks least first", () => {
      const buffers = new LargeBuffers(8 * MIB);
      const [first, ...others] = [32, 16, 8, 12].map((size) =>
        new Sender(buffers, size * MIB, lends)
      );
      assert(first.send(31 * MIB));
      for (const other of others) assertEquals(other.send(), false);
      first.send();
      assert(others[1].send(), "that of 8 MiB lacks least");
      assertEquals(others.map(({ received }) => received), [0, 1, 0]);
    });

    test("of a peer that has its turn and sends too little are given up while others wait", () => {
      const buffers = new LargeBuffers(MIB);
      const { budget } = buffers;
      const [slow, other] = many(buffers, 2, 8 * MIB);
      slow.send(2 * MIB);
      assert(budget.look() && budget.look(), "nobody waits: it may take its time");
      other.send();
      slow.send(3 * MIB);
      budget.look();
      assertEquals(slow.fault, null, "it sends enough");
      slow.send(CHUNK);
      budget.look();
      assertEquals(slow.fault, "packetTooSlow");
      assert(other.send());
      assertEquals([other.received, budget.look(), budget.used], [1, false, 0]);
    });
  });
}

describe("the memory of large packets", () => {
  test("is free at once when it is not kept for others", () => {
    const buffers = new LargeBuffers();
    const taken = [40, 50].map((size) => buffers.take(size * MIB));
    for (const bytes of taken) buffers.release(bytes);
    assertEquals([taken[0].length, taken[1].length], [0, 50 * MIB]);
    buffers.clear();
    assertEquals([taken[1].length, buffers.freeBytes], [0, 0]);
  });
});
