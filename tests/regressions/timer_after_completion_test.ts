import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

// In the C server the timer of a finished job may fire and queue the freed job again; `status` then
// shows 4294967295 running jobs.
for (const end of ["WORK_COMPLETE", "WORK_FAIL", "WORK_EXCEPTION"] as const) {
  test(`${end} ends the timeout of the job with it`, () => {
    const { peer, clock, router } = testRouter();
    const worker = peer().send("CAN_DO_TIMEOUT", "f", "1000");
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    if (end === "WORK_FAIL") worker.send(end, handle);
    else worker.send(end, handle, "");
    assertEquals(router.timers.size, 0);
    clock.advance(5000);
    assertEquals(client.text("status"), "f\t0\t0\t1\n.\n");
  });
}

test("cancelling a running job ends its timeout with it", () => {
  const { peer, router } = testRouter();
  const worker = peer().send("CAN_DO_TIMEOUT", "f", "1000");
  const client = peer();
  const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
  worker.grab();
  client.text(`cancel job ${handle}`);
  assertEquals(router.timers.size, 0);
});

test("a worker's loss ends the timeouts of its jobs, which then run under a new one", () => {
  const { peer, clock, router } = testRouter();
  const first = peer().send("CAN_DO_TIMEOUT", "f", "1000");
  const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
  first.grab();
  clock.advance(900);
  first.vanish();
  const second = peer().send("CAN_DO_TIMEOUT", "f", "1000");
  second.grab();
  clock.advance(900);
  assertEquals(router.jobByHandle(handle)!.isRunning, true);
  clock.advance(100);
  assertEquals(router.jobByHandle(handle)!.isRunning, false);
});
