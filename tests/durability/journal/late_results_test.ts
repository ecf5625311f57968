import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { PacketType } from "../../../protocol/mod.ts";
import { JobState, JobStorage } from "../../../router/mod.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { request } from "../../support/fake_peer.ts";
import { durableRouter, type DurableRouterSettings } from "./durable_router.ts";

/** A stored job that took its worker too long, and waits again. */
async function lateJob(settings: DurableRouterSettings = {}) {
  const durable = await durableRouter(settings);
  const worker = durable.peer().send("CAN_DO_TIMEOUT", "f", "1000");
  const handle = durable.peer().submit("SUBMIT_JOB_BG", "f", "", "payload");
  assertEquals(worker.grab()?.[0], handle);
  durable.clock.advance(1000);
  worker.packets();
  return { ...durable, worker, handle, job: durable.router.jobByHandle(handle)! };
}

describe("a result that comes late, while no other run has begun,", () => {
  test("takes the job out of the store", async () => {
    const { worker, handle, stored, restart } = await lateJob();
    assertEquals(stored(), ["payload"]);
    assertEquals(worker.send("WORK_COMPLETE", handle, "").types(), []);
    assertEquals(stored(), []);
    assertEquals((await restart()).router.jobs.size, 0);
  });

  test("ends a job whose payload has left memory", async () => {
    const { worker, handle, job, stored, router } = await lateJob({ memoryLimit: 0 });
    assertEquals(job.storage, JobStorage.OUTSIDE);
    assertEquals(worker.send("WORK_COMPLETE", handle, "").types(), []);
    assertEquals(stored(), []);
    assertInvariants(router);
  });

  test("ends a job whose payload could not be read for the next run", async () => {
    const { worker, handle, job, store, stored, router, peer } = await lateJob({ memoryLimit: 0 });
    store.failing.add("payloads");
    assertEquals(peer().canDo("f").grab(), null);
    assertEquals(job.state, JobState.SCHEDULED);
    assertEquals(worker.send("WORK_COMPLETE", handle, "").types(), []);
    assertEquals(stored(), []);
    assertInvariants(router);
  });

  test("ends a job that a stop has kept for the next start", async () => {
    const { worker, handle, job, stored, router, peer } = await lateJob();
    const other = peer().canDo("g");
    peer().submit("SUBMIT_JOB", "g", "", "");
    const running = other.grab()![0];
    other.canDo("f");
    let isDone = false;
    router.stopWhenIdle(() => isDone = true);
    assertEquals([other.grab(), job.state, isDone], [null, JobState.KEPT, false]);
    assertEquals(worker.send("WORK_COMPLETE", handle, "").types(), []);
    assertEquals([stored(), isDone], [[], false]);
    other.send("WORK_COMPLETE", running, "");
    assertEquals(isDone, true);
  });

  test("waits with what the worker hears next until the job has left the store", async () => {
    const { worker, handle, store, durable } = await lateJob();
    store.isSlow = true;
    const sender = Object.assign(worker, { send: () => {} });
    sender.raw(request(PacketType.WORK_COMPLETE, handle, ""));
    assertEquals([durable.writer.mayLeave(sender), store.pending.length], [false, 1]);
  });
});

test("after a restart no result of a run before it counts", async () => {
  const { handle, restart } = await lateJob();
  const { peer, router } = await restart();
  const worker = peer().send("CAN_DO_TIMEOUT", "f", "1000");
  assertEquals(worker.send("WORK_COMPLETE", handle, "").types(), ["ERROR"]);
  assertEquals(router.jobs.size, 1);
});
