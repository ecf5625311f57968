import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { Timers } from "../../router/flow/timers.ts";
import { Timer } from "../../router/model/timer.ts";
import { ManualClock } from "../../testing/manual_clock.ts";

test("a timer that sets itself anew without a delay fires once, until peers have had their turn", () => {
  const clock = new ManualClock();
  const timers = new Timers(clock);
  // Others that are set leave it no room to fire again.
  for (let count = 0; count < 50; count++) timers.setDelay(new Timer(() => {}), 60_000);
  let fired = 0;
  const again = new Timer(() => {
    fired++;
    timers.setDelay(again, 0);
  });
  const firedInARing: number[] = [];
  const { after } = clock;
  clock.after = (delay, fire) =>
    after.call(clock, delay, () => {
      const before = fired;
      if (firedInARing.length === 3) return;
      fire();
      firedInARing.push(fired - before);
    });
  timers.setDelay(again, 0);
  clock.advance(0);
  assertEquals(firedInARing, [1, 1, 1]);
});
