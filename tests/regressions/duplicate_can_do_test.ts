import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

// The C server adds the function once more for each CAN_DO and counts three workers.
test("CAN_DO three times is one ability and one worker", () => {
  const { peer } = testRouter();
  const worker = peer().canDo("f", "f", "f");
  assertEquals(peer().text("status"), "f\t0\t0\t1\n.\n");
  assertEquals(peer().text("workers").split("\n")[0], "1 127.0.0.1 - : f");
  worker.send("CANT_DO", "f");
  assertEquals(peer().text("status"), "f\t0\t0\t0\n.\n");
});

test("CAN_DO_TIMEOUT after CAN_DO changes the timeout, and back", () => {
  const { peer, router } = testRouter();
  const worker = peer().canDo("f").send("CAN_DO_TIMEOUT", "f", "1000");
  const client = peer();
  client.submit("SUBMIT_JOB_BG", "f", "", "");
  client.submit("SUBMIT_JOB_BG", "f", "", "");
  worker.grab();
  assertEquals(router.timers.size, 1);
  worker.canDo("f");
  worker.grab();
  assertEquals(router.timers.size, 1);
});
