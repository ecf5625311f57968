import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { decodeName, encodeName } from "../../../protocol/mod.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { JobState } from "../../../router/mod.ts";
import type { FailureCause } from "../../../router/model/job_state.ts";
import { batch, storedJob } from "../../store/contract.ts";
import { durableRouter } from "./durable_router.ts";
import { TestStore } from "./test_store.ts";

const EPOCH = 1_700_000_000_000;
const LATER = EPOCH + 60_000;
/** Each job that failed runs again a minute later. */
const retries = { ruleOf: () => null, admit: () => null, afterFailure: () => ({ retryAt: LATER }) };

async function failed(cause: FailureCause) {
  const begun = await durableRouter({ epoch: EPOCH, policy: retries });
  const { peer, durable } = begun;
  peer().submit("SUBMIT_JOB_BG", "f", "", "a");
  durable.writer.settle();
  const worker = peer().canDo("f");
  const [handle] = worker.grab()!;
  if (cause === "fail") worker.send("WORK_FAIL", handle);
  else if (cause === "exception") worker.send("WORK_EXCEPTION", handle, "out of memory");
  else worker.vanish();
  durable.writer.settle();
  return begun;
}

describe("a job that is to run again later", () => {
  for (const cause of ["fail", "exception", "lost"] as const) {
    test(`waits for its time after a restart too (${cause})`, async () => {
      const { store, restart } = await failed(cause);
      const { due, losses, failures, error } = store.jobs.get(1)!;
      assertEquals([due, losses, failures], [LATER, ...cause === "lost" ? [1, 0] : [0, 1]]);
      assertEquals(decodeName(error), cause === "exception" ? "out of memory" : "");
      const { peer, clock, router } = await restart();
      assertInvariants(router);
      const worker = peer().canDo("f");
      assertEquals(worker.grab(), null);
      clock.advance(59_999);
      assertEquals(worker.grab(), null);
      clock.advance(1);
      assertEquals(worker.grab()?.[2], "a");
    });
  }

  test("keeps what went wrong when it waits in memory, and when that is written again", async () => {
    const { router, durable, store } = await failed("exception");
    const job = router.jobByHandle([...router.jobs.values()][0].handle)!;
    assertEquals([job.failures, job.losses, job.due], [1, 0, LATER]);
    router.operations.reprioritize(job, 0);
    durable.writer.settle();
    const { priority, due, failures, error } = store.jobs.get(1)!;
    assertEquals([priority, due, failures, decodeName(error)], [0, LATER, 1, "out of memory"]);
  });
});

test("a dead job stays in the store: no worker gets it, and whoever drops it ends it", async () => {
  const store = new TestStore();
  const functionName = encodeName("f");
  const dead = { functionName, unique: encodeName("u"), state: "dead", failures: 3 } as const;
  store.write(batch({ added: [storedJob(1, dead), storedJob(2, { functionName })] }));
  for (const jobLimit of [undefined, 0]) {
    const { router, peer, durable } = await durableRouter({ store, jobLimit });
    const worker = peer().canDo("f");
    assertEquals(worker.grab()?.[2], "payload 2");
    assertEquals(worker.grab(), null);
    const [{ job: dead }] = router.dead.all();
    assertEquals([dead.number, dead.state, dead.failures], [1, JobState.DEAD, 3]);
    assertInvariants(router);
    if (jobLimit === undefined) continue;
    peer().submit("SUBMIT_JOB_BG", "f", "u", "another");
    assertEquals(worker.grab()?.[2], "another");
    assertEquals(router.deadOrders.drop(dead.number, null), null);
    durable.writer.settle();
    assertEquals([store.jobs.size, store.jobs.has(1)], [2, false]);
  }
});
