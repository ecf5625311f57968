import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { UnreadOutput } from "../../transport/outgoing.ts";

const KIB = 1024;

/** A link that notes when it was cut off. */
class TestLink {
  unread = 0;
  all: number | null = null;
  cutOff(all: number) {
    this.all = all;
  }
}

describe("the output that all peers leave unread", () => {
  test("counts where it is 64 KiB and more, as it is now", () => {
    const unread = new UnreadOutput(Infinity);
    const link = new TestLink(), other = new TestLink();
    for (const [bytes, all] of [[10, 0], [64 * KIB, 64], [100 * KIB, 100], [63 * KIB, 0]]) {
      unread.note(link, bytes, false);
      assertEquals(unread.size, all * KIB);
    }
    unread.note(link, 70 * KIB, false);
    unread.note(other, 80 * KIB, false);
    assertEquals(unread.size, 150 * KIB);
    unread.note(link, 0, false);
    assertEquals(unread.size, 80 * KIB);
  });

  test("beyond its limit costs those their connections that have read nothing for longest", () => {
    const unread = new UnreadOutput(500 * KIB);
    const [first, reader, third, fourth] = Array.from({ length: 4 }, () => new TestLink());
    for (const link of [first, reader, third]) unread.note(link, 150 * KIB, false);
    unread.note(reader, 150 * KIB, true);
    unread.note(fourth, 100 * KIB, false);
    assertEquals([first.all, reader.all, third.all, fourth.all], [550 * KIB, null, null, null]);
    unread.note(fourth, 400 * KIB, false);
    assertEquals([reader.all, third.all, fourth.all], [550 * KIB, 700 * KIB, null]);
    assertEquals(unread.size, 400 * KIB);
  });

  test("may be all of one peer, if that has read last", () => {
    const unread = new UnreadOutput(100 * KIB);
    const link = new TestLink(), other = new TestLink();
    unread.note(other, 70 * KIB, false);
    unread.note(link, 1000 * KIB, false);
    assertEquals([other.all, link.all, unread.size], [1070 * KIB, null, 1000 * KIB]);
  });
});
