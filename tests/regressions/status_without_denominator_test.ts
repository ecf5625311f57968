import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

// Perl's `send_work_status` leaves the denominator and its NUL out. The C server swallows the packet
// with the next one and the job never ends.
test("WORK_STATUS without its denominator counts as one with an empty denominator", () => {
  const { peer } = testRouter();
  const client = peer(), worker = peer().canDo("f");
  const handle = client.submit("SUBMIT_JOB", "f", "", "");
  worker.grab();
  worker.send("WORK_STATUS", handle, "7");
  assertEquals(worker.packets(), []);
  assertEquals(client.packets(), [{ type: "WORK_STATUS", args: [handle, "7", ""] }]);
  client.send("GET_STATUS", handle);
  assertEquals(client.packets()[0].args, [handle, "1", "1", "7", "0"]);
  worker.send("WORK_COMPLETE", handle, "r");
  assertEquals(client.types(), ["WORK_COMPLETE"]);
});
