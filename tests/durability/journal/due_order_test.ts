import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { assertInvariants } from "../../../testing/invariants.ts";
import { type DurableRouter, durableRouter } from "./durable_router.ts";
import { TestStore } from "./test_store.ts";

const seconds = ({ clock }: DurableRouter) => clock.epoch() / 1000;

/** Submits jobs with a due time so many seconds from now; null is one without. */
function submitAll(router: DurableRouter, jobs: Record<string, number | null>): void {
  const client = router.peer();
  for (const [payload, after] of Object.entries(jobs)) {
    if (after === null) client.submit("SUBMIT_JOB_BG", "f", "", payload);
    else client.submit("SUBMIT_JOB_EPOCH", "f", "", `${seconds(router) + after}`, payload);
  }
}

function drained({ peer }: DurableRouter): string {
  const worker = peer().canDo("f");
  let payloads = "";
  for (let job = worker.grab(); job !== null; job = worker.grab()) payloads += job[2];
  return payloads;
}

describe("stored jobs whose time has come", () => {
  test("come by that time behind those without, as they would have without a restart", async () => {
    const jobs = { A: 3, B: 1, C: null, D: 1 };
    const live = await durableRouter();
    submitAll(live, jobs);
    live.clock.advance(3000);
    assertEquals(drained(live), "CBDA");
    const before = await durableRouter();
    submitAll(before, jobs);
    before.clock.advance(3000);
    assertEquals(drained(await before.restart()), "CBDA");
  });

  test("stand where they were submitted if it had come by then", async () => {
    const before = await durableRouter();
    submitAll(before, { A: null, B: -5, C: null, D: 0, E: -9 });
    assertEquals(drained(await before.restart()), "ABCDE");
  });

  test("come by it also when it comes while they are read", async () => {
    const store = new TestStore();
    const before = await durableRouter({ store });
    submitAll(before, { A: 5, B: 2, C: 1, D: null });
    before.clock.advance(2000);
    const load = store.load.bind(store);
    let epoch = before.clock.epoch();
    const now = await durableRouter({ store: new TestStore(), epoch });
    now.router.isLoading = true;
    for (const job of load(0, 10, Infinity)) {
      now.router.intake.restore(job, false);
      now.clock.advance(1000);
      epoch += 1000;
    }
    now.clock.advance(1000);
    assertEquals(now.clock.epoch(), epoch + 1000);
    now.router.loaded();
    assertInvariants(now.router);
    const func = [...now.router.functions.values()][0];
    const order = [...func.waitingJobs()].map(({ payload }) => new TextDecoder().decode(payload));
    assertEquals(order.join(""), "DCBA");
  });

  test("may be cancelled and moved while others are read", async () => {
    const store = new TestStore();
    const before = await durableRouter({ store });
    submitAll(before, { A: 1, B: 1, C: 1, D: null });
    before.clock.advance(1000);
    const now = await durableRouter({ store: new TestStore(), epoch: before.clock.epoch() });
    now.router.isLoading = true;
    const [a, , c] = store.load(0, 10, Infinity).map((job) =>
      now.router.intake.restore(job, false)!
    );
    now.router.operations.cancel(a, null);
    now.router.operations.reprioritize(c, 0);
    assertInvariants(now.router);
    now.router.loaded();
    assertInvariants(now.router);
    assertEquals(drained(now), "CDB");
  });
});

test("many stored jobs whose time has come leave peers their turn, and keep their order", async () => {
  const store = new TestStore();
  const before = await durableRouter({ store });
  const count = 20_000;
  submitAll(before, Object.fromEntries([...Array(count).keys()].map((job) => [`${job}`, 1])));
  const now = await durableRouter({ store: new TestStore(), epoch: before.clock.epoch() + 1000 });
  now.router.isLoading = true;
  for (const job of store.load(0, count, Infinity)) now.router.intake.restore(job, false);
  now.router.loaded();
  const [func] = now.router.functions.values();
  assert(func.waiting > 0 && func.waiting <= 5000, `${func.waiting} at once`);
  assertInvariants(now.router);
  now.clock.advance(1);
  const payloads = [...func.waitingJobs()].map(({ payload }) => +new TextDecoder().decode(payload));
  assertEquals(payloads, [...Array(count).keys()]);
});
