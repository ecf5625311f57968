import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

test("a half-closed connection whose only job fails by its own leaving is closed", () => {
  const { peer, router } = testRouter({ jobRetries: 1 });
  const both = peer().canDo("f");
  const handle = both.submit("SUBMIT_JOB", "f", "", "");
  both.grab();
  both.connection.peerEnded();
  assert(both.isClosed);
  assertEquals(both.packets(), [{ type: "WORK_FAIL", args: [handle] }]);
  assertEquals([router.connections.size, router.timers.size], [0, 0]);
});
