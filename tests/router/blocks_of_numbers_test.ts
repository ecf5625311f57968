import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { NumberTimes } from "../../router/flow/number_times.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { testRouter } from "../support/router.ts";

/** The number in a handle. */
const numberIn = (handle: string) => Number(handle.slice(-14));

describe("blocks of numbers", () => {
  test("are used one after the other, and the router is told when it begins one", () => {
    const { router, peer } = testRouter();
    const begun: (number | undefined)[] = [];
    router.jobs.onNextBlock = (next) => begun.push(next?.first);
    router.jobs.addNumbers({ first: 1000, count: 2 });
    router.jobs.addNumbers({ first: 5000, count: 1 });
    const client = peer();
    const numbers = ["a", "b", "c"].map((name) =>
      numberIn(client.submit("SUBMIT_JOB", name, "", ""))
    );
    assertEquals(numbers, [1000, 1001, 5000]);
    assertEquals(begun, [1000, 5000, undefined]);
    router.jobs.addNumbers({ first: 9000, count: 5 });
    assertEquals(numberIn(client.submit("SUBMIT_JOB", "d", "", "")), 9000);
  });

  test("without numbers a new job is refused, and a live one is joined", () => {
    const { router, peer } = testRouter();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB", "f", "u", "");
    router.intake.room.lackNumbers(true);
    assertEquals(client.submit("SUBMIT_JOB", "f", "u", ""), handle);
    assertEquals(client.send("SUBMIT_JOB", "f", "", "").packets(), [
      { type: "ERROR", args: ["QUEUE_ERROR", "The shared queue cannot be reached"] },
    ]);
    router.intake.room.lackNumbers(false);
    client.submit("SUBMIT_JOB", "f", "", "");
  });

  test("times of numbers between two blocks, and behind the last, are not known", () => {
    const clock = new ManualClock();
    const times = new NumberTimes(clock);
    times.beginBlock(100, 10);
    times.note(100);
    clock.advance(5000);
    times.note(109);
    times.beginBlock(500, 10);
    // The last number of a block is noted when the next one has begun.
    times.note(109);
    clock.advance(5000);
    times.note(500);
    clock.advance(5000);
    const known = [99, 100, 108, 109, 110, 499, 500, 509, 510].map((number) => times.ageOf(number));
    assertEquals(known, [null, 15000, 15000, 10000, null, null, 5000, 5000, null]);
    times.stop();
  });
});
