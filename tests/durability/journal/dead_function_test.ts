import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { ConfiguredPolicy } from "../../../policies/mod.ts";
import { GearmanPolicy } from "../../../router/policy.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import { type DurableRouter, durableRouter } from "./durable_router.ts";

function policy(): ConfiguredPolicy {
  const otherwise = new GearmanPolicy(-1);
  const rules = new ConfiguredPolicy({ otherwise, clock: new ManualClock(), random: () => 0 });
  rules.use({ f: { dead: true, deadFunction: true } });
  return rules;
}

/** A router with dead jobs of `f`. */
async function withDead(unique = ""): Promise<{ begun: DurableRouter; handles: string[] }> {
  const begun = await durableRouter({ policy: policy() });
  const [client, worker] = [begun.peer(), begun.peer().canDo("f")];
  const handles = ["a", "b"].map((payload) => {
    const handle = client.submit("SUBMIT_JOB_BG", "f", unique, payload);
    worker.grab();
    worker.send("WORK_FAIL", handle).packets();
    begun.clock.advance(1);
    return handle;
  });
  return { begun, handles };
}

/** The store as it is, and what the router counts of its payloads. */
function stored({ store, durable }: DurableRouter) {
  durable.writer.settle();
  return {
    states: [...store.jobs.values()].map(({ state }) => state),
    bytes: durable.payloads.bytes,
  };
}

async function restarted({ durable, restart }: DurableRouter): Promise<DurableRouter> {
  durable.writer.settle();
  return await restart();
}

describe("stored dead jobs whose function has a worker for them", () => {
  for (const unique of ["", "-"]) {
    test(`go to it with their payloads, after a restart too, and are gone when they are done (unique "${unique}")`, async () => {
      const { begun, handles } = await withDead(unique);
      assertEquals(begun.peer().canDo("f.dead").grab()?.slice(1), ["f.dead", "a"]);
      const again = await restarted(begun);
      const undertaker = again.peer().canDo("f.dead");
      assertEquals(undertaker.grab(), [handles[0], "f.dead", "a"]);
      assertInvariants(again.router);
      undertaker.send("WORK_COMPLETE", handles[0], "").packets();
      assertEquals(stored(again), { states: ["dead"], bytes: 0 });
      const last = await restarted(again);
      assertEquals(last.peer().canDo("f.dead").grab(), [handles[1], "f.dead", "b"]);
      assertInvariants(last.router);
    });
  }

  test("stay dead when it fails or is gone: only those that it was gone with come once more", async () => {
    const { begun, handles } = await withDead();
    const undertaker = begun.peer().canDo("f.dead");
    for (let count = 0; count < 2; count++) undertaker.grab();
    undertaker.send("WORK_EXCEPTION", handles[0], "no room").packets();
    undertaker.vanish();
    assertEquals(stored(begun).states, ["dead", "dead"]);
    const told = begun.peer().text("show dead");
    const again = await restarted(begun);
    assertEquals(again.peer().text("show dead"), told);
    const other = again.peer().canDo("f.dead");
    assertEquals([other.grab()?.[0], other.grab()], [handles[1], null]);
    assertInvariants(again.router);
  });

  test("can be kicked while it has them, and end as they would have", async () => {
    const { begun, handles: [handle] } = await withDead();
    const undertaker = begun.peer().canDo("f.dead");
    undertaker.grab();
    assertEquals(begun.peer().text(`kick job ${handle}`), "OK\r\n");
    const again = await restarted(begun);
    assertEquals([...again.store.jobs.values()].map(({ failures }) => failures), [0, 1]);
    const worker = again.peer().canDo("f");
    assertEquals(worker.grab(), [handle, "f", "a"]);
    worker.send("WORK_COMPLETE", handle, "").packets();
    assertEquals(stored(again).states, ["dead"]);
    assertInvariants(again.router);
  });

  test("are not written as live ones when their priority is changed", async () => {
    const { begun, handles: [handle] } = await withDead();
    const { router } = begun;
    router.operations.reprioritize(router.jobByHandle(handle)!, 0);
    assertEquals(stored(begun).states, ["dead", "dead"]);
    assertInvariants(router);
  });

  test("stay dead when their payload is damaged", async () => {
    const { begun, handles } = await withDead();
    const { store, peer } = begun;
    const read = store.payloads.bind(store);
    store.payloads = (numbers) => new Map([...read(numbers)].filter(([number]) => number !== 1));
    assertEquals(peer().canDo("f.dead").grab(), [handles[1], "f.dead", "b"]);
    assertEquals(stored(begun).states, ["dead", "dead"]);
    assertInvariants(begun.router);
  });
});
