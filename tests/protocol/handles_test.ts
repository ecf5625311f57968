import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { OutputBuffer } from "../../protocol/mod.ts";
import { handleFormOf, isOldHandleBase, JobHandles } from "../../protocol/handles.ts";
import { takeAll } from "./taken.ts";
import { binary } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

const BASE = "H:web1:123456789012";
const OLD_BASE = "H:web1:4T0Sx9dKq";
const LONGEST_PREFIX = "H:" + "x".repeat(34);

function written(handles: JobHandles, number: number): string {
  const out = new OutputBuffer();
  handles.write(number, out);
  return takeAll(out);
}

/** Read from the middle of other bytes, as in a packet. */
function read(handles: JobHandles, text: string): number {
  return handles.read(binary(`0${text}0`), 1, 1 + text.length);
}

describe("handles of jobs", () => {
  test("have nothing but digits behind their last colon, as those of the C server", () => {
    const handle = testRouter().peer().submit("SUBMIT_JOB_BG", "f", "", "");
    assertMatch(handle, /^H:test:[0-9]{26}$/);
  });

  test("are never more than 63 bytes, none a prefix of another, and differ after a restart", () => {
    const handles = new Set<string>();
    for (const bootId of ["123456789012", "123456789013"]) {
      const client = testRouter({ jobHandlePrefix: LONGEST_PREFIX, bootId }).peer();
      for (let count = 0; count < 300; count++) {
        handles.add(client.submit("SUBMIT_JOB_BG", "f", "", ""));
      }
    }
    assertEquals(handles.size, 600);
    const lengths = new Set([...handles].map((handle) => handle.length));
    assertEquals([...lengths], [63]);
    assert([...handles].every((handle) => handle.startsWith(LONGEST_PREFIX + ":")));
  });

  for (const next of [10 ** 8, 2 ** 31, 2 ** 32, 10 ** 14 - 5]) {
    test(`are found on both sides of number ${next}`, () => {
      const { router, peer } = testRouter();
      router.jobs.startAt(next - 3);
      const client = peer(), worker = peer().canDo("f");
      const handles = Array.from({ length: 6 }, () => client.submit("SUBMIT_JOB", "f", "", ""));
      const numbers = handles.map((handle) => Number(handle.slice(-14)));
      assertEquals(numbers, handles.map((_, index) => next - 3 + index));
      // Back and forth: what was written last has other first digits than what is read.
      for (const handle of [...handles, ...handles.toReversed()]) {
        client.send("GET_STATUS", handle);
        assertEquals(client.packets()[0].args.slice(0, 2), [handle, "1"]);
      }
      for (const handle of handles) assertEquals(worker.grab()?.[0], handle);
      for (const handle of handles.toReversed()) worker.send("WORK_COMPLETE", handle, "");
      assertEquals(client.packets().map(({ args }) => args[0]), handles.toReversed());
      assertEquals([worker.packets(), router.jobs.size], [[], 0]);
    });
  }
});

test("handles of the first form are written, read and found as well", () => {
  const { router, peer } = testRouter({ jobHandlePrefix: "H:web1", bootId: "4T0Sx9dKq" });
  router.jobs.startAt(16 ** 7 - 1);
  const client = peer(), worker = peer().canDo("f");
  const handles = [1, 2].map(() => client.submit("SUBMIT_JOB", "f", "", ""));
  assertEquals(handles, [`${OLD_BASE}000000fffffff`, `${OLD_BASE}0000010000000`]);
  for (const handle of handles) {
    assertEquals(worker.grab()?.[0], handle);
    worker.send("WORK_COMPLETE", handle, "");
  }
  assertEquals(client.packets().map(({ args }) => args[0]), handles);
});

describe("a number", () => {
  for (const [base, most] of [[BASE, 10 ** 14], [OLD_BASE, 16 ** 13]] as const) {
    test(`below ${most} is what is read from its handle, whatever was written before`, () => {
      const handles = new JobHandles(base);
      const number = fc.oneof(
        fc.maxSafeInteger().map((integer) => Math.abs(integer) % most),
        // Near those where the first digits change.
        fc.tuple(
          fc.constantFrom(10 ** 8, 16 ** 7, most),
          fc.nat(10 ** 5),
          fc.integer({ min: -2, max: 2 }),
        )
          .map(([step, times, more]) => Math.abs(step * times + more) % most),
      );
      fc.assert(fc.property(number, fc.array(number, { maxLength: 3 }), (number, before) => {
        const text = handles.text(number);
        assertEquals(text.length, handles.length);
        for (const other of before) assertEquals(written(handles, other), handles.text(other));
        assertEquals(read(handles, text), number);
        assertEquals(written(handles, number), text);
      }));
    });
  }

  for (const [base, most] of [[BASE, 10 ** 14], [OLD_BASE, 16 ** 13]] as const) {
    test(`below ${most} is followed by the next ones`, () => {
      const handles = new JobHandles(base);
      const steps = [0, 90, 10 ** 8 - 20, 16 ** 7 - 20, most - 40];
      for (const first of steps) {
        for (let number = first; number < first + 40; number++) {
          assertEquals(written(handles, number), handles.text(number));
        }
      }
    });
  }

  test("is not read from what is no handle", () => {
    const handles = new JobHandles(BASE);
    const handle = handles.text(12_345_678_901_234);
    assertEquals(read(handles, handle), 12_345_678_901_234);
    const others = [
      "",
      handle.slice(0, -1),
      `${handle}0`,
      `x${handle.slice(1)}`,
      handle.replace("H:web1:1", "H:web1:2"),
      handles.text(7).replace("H:web1", "H:web2"),
      new JobHandles(OLD_BASE).text(7),
    ];
    for (let index = BASE.length; index < handle.length; index++) {
      for (const wrong of ["a", "/", ":", " ", "\0", "\xff"]) {
        others.push(handle.slice(0, index) + wrong + handle.slice(index + 1));
      }
    }
    for (const other of others) assertEquals(read(handles, other), -1, other);
    // The same with the first digits of that number at hand.
    written(handles, 12_345_678_901_234);
    assertEquals(read(handles, handle), 12_345_678_901_234);
    for (const other of others) assertEquals(read(handles, other), -1, other);
  });
});

describe("what handles begin with", () => {
  test("has a prefix, a colon and twelve digits, or nine letters and digits as at first", () => {
    assertEquals([handleFormOf(BASE)?.radix, isOldHandleBase(BASE)], [10, false]);
    assertEquals([handleFormOf(OLD_BASE)?.radix, isOldHandleBase(OLD_BASE)], [16, true]);
    assertEquals(handleFormOf("H:web1:123456789")?.radix, 16);
    assertEquals(handleFormOf("H:a:b:123456789012")?.radix, 10);
  });

  test("is nothing else", () => {
    const none = [
      "",
      "123456789012",
      ":123456789012",
      "H:web1:",
      "H:web1:12345678901x",
      "H:web1:12345678901",
      "H:web1:1234567890123",
      "H:web 1:123456789012",
      "H:web1:4T0Sx9dK-",
      `${LONGEST_PREFIX}x:123456789012`,
      `H:${"x".repeat(39)}:4T0Sx9dKq`,
      `H:${"ä".repeat(18)}:123456789012`,
    ];
    for (const base of none) {
      assertEquals(handleFormOf(base), null, base);
      assertThrows(() => new JobHandles(base), RangeError, "No handles can begin with");
    }
  });
});
