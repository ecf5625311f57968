import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

// The C server only marks such jobs: they count for max queue and stay in memory until a worker
// happens to look at them.
test("a job whose client left, or that was cancelled, is gone at once", () => {
  const { peer, router } = testRouter();
  const admin = peer();
  admin.text("maxqueue f 2");
  for (let round = 0; round < 10; round++) {
    const leaver = peer();
    leaver.submit("SUBMIT_JOB", "f", "", "");
    const handle = admin.submit("SUBMIT_JOB_BG", "f", `u${round}`, "");
    admin.text(`cancel job ${handle}`);
    leaver.vanish();
    assertEquals(router.jobs.size, 0);
    assertEquals(admin.text("status"), "f\t0\t0\t0\n.\n");
  }
});
