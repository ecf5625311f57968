import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Reach } from "../../../durability/shared/reach.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";

function newReach() {
  const clock = new ManualClock();
  const reports: string[] = [];
  const report = (message: string, level = "ERROR") => void reports.push(`${level} ${message}`);
  return { clock, reports, reach: new Reach("memory", clock, { timeout: 10_000, report }) };
}

describe("the reach of a shared queue", () => {
  test("is told once for each change, and is lost after as long as submits are held", () => {
    const { clock, reports, reach } = newReach();
    reach.set(new Error("gone"));
    reach.set(new Error("still gone"));
    assertEquals([reach.cause, reach.isLost, reach.isSure], ["still gone", false, false]);
    clock.advance(10_000);
    assertEquals(reach.isLost, true);
    assertEquals(reach.isDoubtful, true);
    reach.set(null);
    reach.set(null);
    assertEquals([reach.cause, reach.isLost], [null, false]);
    assertEquals(reports, ["ERROR gone", "NOTICE memory can be reached again"]);
  });

  test("is not sure for a while after the process stood still", () => {
    const { clock, reach } = newReach();
    clock.advance(3000);
    assertEquals(reach.isSure, true);
    assertEquals(reach.isDoubtful, false);
    clock.advance(1000);
    assertEquals(reach.isSure, false);
    assertEquals(reach.isDoubtful, true);
    reach.tick();
    assertEquals(reach.isSure, false);
    clock.advance(1999);
    reach.tick();
    assertEquals(reach.isSure, false);
    clock.advance(1);
    assertEquals(reach.isSure, true);
  });

  test("is doubtful for a while after it was cut off for long, or until the queue has given something", () => {
    const { clock, reach } = newReach();
    const cutOff = (milliseconds: number) => {
      reach.set(new Error("gone"));
      for (let left = milliseconds; left > 0; left -= 100) {
        clock.advance(100);
        reach.tick();
      }
      reach.set(null);
    };
    cutOff(1900);
    assertEquals(reach.isDoubtful, false);
    cutOff(2000);
    assertEquals([reach.isDoubtful, reach.isSure], [true, false]);
    clock.advance(1999);
    assertEquals(reach.isDoubtful, true);
    clock.advance(1);
    assertEquals([reach.isDoubtful, reach.isSure], [false, true]);
    cutOff(2000);
    // That was asked before it was cut off, or while it was.
    reach.proven(clock.now());
    assertEquals(reach.isDoubtful, true);
    clock.advance(1);
    reach.proven(clock.now());
    assertEquals([reach.isDoubtful, reach.isSure], [false, true]);
  });
});
