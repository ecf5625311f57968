import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

// Twenty nines end the C server: exit 1 and a backtrace.
test("CAN_DO_TIMEOUT with twenty nines is a very long timeout", () => {
  const { peer, router } = testRouter();
  const worker = peer().send("CAN_DO_TIMEOUT", "f", "9".repeat(20));
  assertEquals(worker.packets(), []);
  const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
  assertEquals(worker.grab()![0], handle);
  assertEquals(router.timers.size, 1);
});

test("CAN_DO_TIMEOUT that is no number is refused and registers nothing", () => {
  const { peer } = testRouter();
  for (const timeout of ["abc", "1x", "--1", "0x10", "1.2.3", "."]) {
    const worker = peer().send("CAN_DO_TIMEOUT", "f", timeout);
    assertEquals(worker.packets(), [
      { type: "ERROR", args: ["INVALID_ARGUMENT", "Timeout is not a number"] },
    ]);
    assertEquals(worker.connection.abilities.length, 0);
  }
});
