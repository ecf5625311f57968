import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

// In the C server the clients of a cancelled running job get WORK_FAIL and later WORK_COMPLETE, and
// cancelling twice fails it twice.
test("cancelling a running job ends it once; the worker's result comes too late", () => {
  const { peer } = testRouter();
  const client = peer(), worker = peer().canDo("f"), admin = peer();
  const handle = client.submit("SUBMIT_JOB", "f", "u", "");
  worker.grab();
  assertEquals(admin.text(`cancel job ${handle}`), "OK\r\n");
  assertEquals(admin.text(`cancel job ${handle}`), "ERR UNKNOWN_JOB\r\n");
  assertEquals(client.packets(), [{ type: "WORK_FAIL", args: [handle] }]);
  worker.send("WORK_COMPLETE", handle, "late");
  assertEquals(worker.types(), ["ERROR"]);
  assertEquals(client.packets(), []);
  assertEquals(admin.text("status"), "f\t0\t0\t1\n.\n");
});
