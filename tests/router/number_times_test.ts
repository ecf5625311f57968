import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { NumberTimes } from "../../router/flow/number_times.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { testRouter } from "../support/router.ts";

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;

/** Job n is submitted n times `interval` after the start; then the ages of all. */
function agesOf(count: number, interval: number): { times: NumberTimes; clock: ManualClock } {
  const clock = new ManualClock();
  const times = new NumberTimes(clock);
  for (let number = 1; number <= count; number++) {
    times.note(number);
    clock.advance(interval);
  }
  return { times, clock };
}

describe("the times of submits", () => {
  test("are known to a second, without a number in each job", () => {
    const { times } = agesOf(1000, 100);
    for (let number = 1; number <= 1000; number++) {
      const age = (1001 - number) * 100;
      const found = times.ageOf(number)!;
      assert(found >= age && found < age + SECOND, `${number}: ${found} for ${age}`);
    }
  });

  test("are known to a hundredth when they are many, and take no more room", () => {
    const { times } = agesOf(50_000, 60 * SECOND);
    for (let number = 1; number <= 50_000; number += 7) {
      const age = (50_001 - number) * 60 * SECOND;
      const found = times.ageOf(number)!;
      assert(found >= age && found <= age * 1.01 + SECOND, `${number}: ${found} for ${age}`);
    }
    assert(50_000 * 60 * SECOND > 34 * DAY);
    assert(times.size <= 4096, `${times.size}`);
  });

  test("are known to a millisecond or a hundredth with a history, in as little room", () => {
    const { router, clock } = testRouter({ history: true });
    const submitted: number[] = [];
    for (let job = 0; job < 20_000; job++) {
      submitted.push(clock.now());
      router.enqueueJob({ function: "f" });
      clock.advance(0.7);
    }
    submitted.forEach((time, index) => {
      const age = clock.now() - time;
      const found = router.submitTimes.ageOf(index + 1)!;
      assert(found >= age && found <= age * 1.01 + 1.5, `${index}: ${found} for ${age}`);
    });
    assert(router.submitTimes.size <= 4096);
    assertEquals(router.submitTimes.timeOf(0), null);
  });

  test("are unknown for jobs from before the first", () => {
    const times = new NumberTimes(new ManualClock());
    assertEquals(times.ageOf(1), null);
    times.note(10);
    assertEquals([times.ageOf(9), times.ageOf(10), times.ageOf(11)], [null, 0, 0]);
  });

  test("are read off the clock once a second, however much comes in", () => {
    const { router, clock, peer } = testRouter();
    const client = peer();
    let looks = 0;
    const now = clock.now.bind(clock);
    clock.now = () => {
      looks++;
      return now();
    };
    const submits = (count: number) => client.raw("\0REQ\0\0\0\x12\0\0\0\x04f\0\0x".repeat(count));
    for (let chunk = 0; chunk < 10; chunk++) submits(10);
    // Once for the submits, and once for the bytes that came in.
    assertEquals([looks, router.jobs.size], [2, 100]);
    clock.advance(999);
    submits(1);
    assertEquals(looks, 2);
    clock.advance(1);
    submits(1);
    assertEquals(looks, 4);
  });

  test("set no timer when nothing is submitted, and none is left at the end", () => {
    const { router, clock } = testRouter();
    router.enqueueJob({ function: "f" });
    assertEquals(clock.timers, 1);
    clock.advance(60_000);
    assertEquals(clock.timers, 0);
    router.enqueueJob({ function: "f" });
    router.close();
    assertEquals(clock.timers, 0);
  });
});
