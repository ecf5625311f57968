import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Burst, BurstWatch, FIRST_PAUSE } from "../../transport/burst.ts";
import { timersFiredDuring } from "../support/fired_timers.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

describe("a burst", () => {
  test("is on from its first bytes until it is ended", () => {
    const burst = new Burst();
    assertEquals(burst.isOn, false);
    burst.add(1);
    assertEquals(burst.isOn, true);
    burst.end();
    assertEquals(burst.isOn, false);
  });

  test("may pause if it is the first one, is long and has many packets", () => {
    const burst = new Burst();
    burst.add(64 * KIB - 1);
    assertEquals(burst.mayPause(8), false);
    burst.add(1);
    assertEquals([burst.mayPause(8), burst.mayPause(7)], [true, false]);
    burst.answered();
    burst.add(64 * KIB);
    assertEquals(burst.mayPause(8), false);
  });

  test("delays at most half a mebibyte of answers to at most 16 MiB", () => {
    const burst = new Burst();
    burst.add(1);
    const delays = (size: number, most = Infinity) => burst.delays(size, most);
    assertEquals([delays(512 * KIB), delays(512 * KIB + 1)], [true, false]);
    assertEquals([delays(100, 100), delays(101, 100)], [true, false]);
    burst.add(16 * MIB);
    assertEquals(delays(1), false);
    burst.answered();
    assertEquals(delays(1), true);
  });
});

describe("a watch over a burst", () => {
  const round = () => new Promise((resolve) => setImmediate(resolve));

  test("ends it after the first round that brings nothing, once", async () => {
    let ends = 0;
    const watch = new BurstWatch(() => false, () => ends++);
    for (let rounds = 0; rounds < 5; rounds++) {
      watch.chunk();
      await round();
      assertEquals(ends, 0, `round ${rounds}`);
    }
    while (ends === 0) await round();
    for (let rounds = 0; rounds < 5; rounds++) await round();
    assertEquals(ends, 1);
    watch.chunk();
    while (ends === 1) await round();
    assertEquals(ends, 2);
  });

  test("waits a few milliseconds where it may pause, and goes on with what comes then", async () => {
    let more = 2;
    const { promise, resolve } = Promise.withResolvers<void>();
    const mayPause = () => {
      // It comes during the pause.
      if (more-- > 0) setTimeout(() => watch.chunk(), 1);
      return true;
    };
    const watch: BurstWatch = new BurstWatch(mayPause, resolve);
    const fired = await timersFiredDuring(() => {
      watch.chunk();
      return promise;
    });
    assertEquals(fired, [1, FIRST_PAUSE, 1, FIRST_PAUSE, FIRST_PAUSE]);
  });
});
