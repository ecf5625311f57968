import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { DELAY_BOUNDS, LoopDelay } from "../../../http/metrics/loop_delay.ts";
import { ManualClock } from "../../../testing/mod.ts";

describe("the delay of the event loop", () => {
  test("is how much later than it should a timer rings", () => {
    const clock = new ManualClock();
    const delay = new LoopDelay(clock);
    clock.advance(1000);
    assertEquals([delay.count, delay.sum, delay.recent], [10, 0, 0]);
    const { now } = clock;
    // All that follows finds the clock 30 ms on.
    clock.now = () => now.call(clock) + 30;
    clock.advance(100);
    assertEquals([delay.count, delay.recent], [11, 0.03]);
    assertEquals(delay.buckets[DELAY_BOUNDS.indexOf(0.05)], 1);
    clock.now = now;
    clock.advance(20_000);
    assertEquals(delay.recent, 0);
    assertEquals(Math.round(delay.sum * 1000), 30);
    const { count } = delay;
    delay.stop();
    clock.advance(1000);
    assertEquals(delay.count, count);
  });
});
