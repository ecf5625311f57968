import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

test("jobs that come due at the same time run in the order in which they were submitted", () => {
  const { peer, clock } = testRouter();
  const client = peer(), worker = peer().canDo("f");
  const epoch = `${clock.epoch() / 1000 + 60}`;
  const payloads = Array.from({ length: 20 }, (_, index) => `${index}`);
  for (const payload of payloads) client.submit("SUBMIT_JOB_EPOCH", "f", "", epoch, payload);
  clock.advance(60_000);
  assertEquals(payloads.map(() => worker.grab()![2]), payloads);
});
