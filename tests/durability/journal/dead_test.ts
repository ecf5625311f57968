import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { encodeName } from "../../../protocol/mod.ts";
import type { StoredJob } from "../../../store/store.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { batch, storedJob } from "../../store/contract.ts";
import { type DurableRouter, durableRouter, type DurableRouterSettings } from "./durable_router.ts";
import { TestStore } from "./test_store.ts";

const F = encodeName("f");

/** A router with buried jobs of `f`, the oldest first. */
async function withDead(
  { payloads = ["a", "b"], unique = "", ...settings }: DurableRouterSettings & {
    payloads?: string[];
    unique?: string;
  } = {},
): Promise<{ begun: DurableRouter; handles: string[] }> {
  const begun = await durableRouter(settings);
  const { peer, durable, clock } = begun;
  const client = peer();
  const handles = payloads.map((payload) => {
    const handle = client.submit("SUBMIT_JOB_BG", "f", unique, payload);
    assertEquals(client.text(`bury ${handle}`), "OK\r\n");
    clock.advance(1);
    return handle;
  });
  durable.writer.settle();
  return { begun, handles };
}

async function restarted({ durable, restart }: DurableRouter): Promise<DurableRouter> {
  durable.writer.settle();
  return await restart();
}

function deadOf({ router }: DurableRouter): string[] {
  return [...router.dead.all()].map(({ job }) => job.handle);
}

function statesIn(store: TestStore): string[] {
  return [...store.jobs.values()].map(({ state }) => state);
}

describe("dead jobs of a store", () => {
  test("are dead after a restart too, in the order in which they died, with their runs", async () => {
    const { begun, handles } = await withDead();
    assertEquals([statesIn(begun.store), begun.durable.payloads.bytes], [["dead", "dead"], 0]);
    const told = begun.peer().text("show dead");
    const again = await restarted(begun);
    assertEquals([deadOf(again), again.router.jobs.size], [handles, 0]);
    assertEquals(again.peer().text("show dead"), told);
    assertInvariants(again.router);
  });

  test("come back with their payload, at once or after a restart", async () => {
    for (const restarts of [false, true]) {
      const { begun, handles } = await withDead();
      const { router, peer, store, durable } = restarts ? await restarted(begun) : begun;
      assertEquals(peer().text("kick f"), "OK 2\n");
      const worker = peer().canDo("f");
      assertEquals(worker.grab(), [handles[0], "f", "a"]);
      assertEquals(worker.grab(), [handles[1], "f", "b"]);
      assertEquals(statesIn(store), ["waiting", "waiting"]);
      for (const handle of handles) worker.send("WORK_COMPLETE", handle, "");
      durable.writer.settle();
      assertEquals([store.jobs.size, durable.payloads.bytes], [0, 0]);
      assertInvariants(router);
    }
  });

  test("live after a restart when they were brought back before", async () => {
    const { begun, handles } = await withDead();
    begun.peer().text(`kick job ${handles[1]}`);
    const again = await restarted(begun);
    assertEquals(deadOf(again), [handles[0]]);
    assertEquals(again.peer().canDo("f").grab(), [handles[1], "f", "b"]);
  });

  test("get their unique back, also when that is the payload", async () => {
    for (const unique of ["u", "-"]) {
      const { begun, handles: [handle] } = await withDead({ payloads: ["same"], unique });
      const { router, peer } = await restarted(begun);
      const client = peer();
      assertEquals(client.text("kick f"), "OK 1\n");
      assertEquals(client.submit("SUBMIT_JOB_BG", "f", unique, "same"), handle);
      assertInvariants(router);
    }
  });

  test("are gone from the store when they are dropped, or driven out", async () => {
    const { begun } = await withDead();
    begun.peer().text("drop dead f");
    begun.durable.writer.settle();
    assertEquals([begun.store.jobs.size, (await restarted(begun)).router.dead.size], [0, 0]);
  });

  test("died when their last run ended, also if another died first", async () => {
    const store = new TestStore();
    const dead = (number: number, endedAt: number): StoredJob => {
      const run = { startedAt: null, endedAt, worker: "", cause: "fail", text: "" };
      const runs = encodeName(JSON.stringify([run]));
      return storedJob(number, { functionName: F, state: "dead", failures: 1, runs });
    };
    const added = [dead(1, 300), dead(2, 100), dead(3, 200)];
    store.write(batch({ added, nextNumber: 4 }));
    const begun = await durableRouter({ store, epoch: 1000 });
    assertEquals([...begun.router.dead.all()].map(({ diedAt }) => diedAt), [100, 200, 300]);
    begun.peer().text("kick f 1");
    begun.durable.writer.settle();
    assertEquals(statesIn(store), ["dead", "waiting", "dead"]);
  });

  test("stay dead when runs of them cannot be read, and died when they were loaded", async () => {
    const store = new TestStore();
    const added = ["x", "{}", "[1,null,{}]"].map((runs, index) =>
      storedJob(index + 1, { functionName: F, state: "dead", runs: encodeName(runs) })
    );
    store.write(batch({ added, nextNumber: 4 }));
    const { router } = await durableRouter({ store, epoch: 5000 });
    assertEquals([...router.dead.all()].map(({ diedAt }) => diedAt), [5000, 5000, 5000]);
    assertInvariants(router);
  });

  test("are written as dead later when that cannot be done at once, or as what they are then", async () => {
    const { begun, handles } = await withDead({ payloads: [] });
    const { store, peer, durable, clock } = begun;
    const client = peer();
    for (const payload of ["a", "b"]) {
      handles.push(client.submit("SUBMIT_JOB_BG", "f", "", payload));
    }
    store.isBroken = true;
    for (const handle of handles) client.text(`bury ${handle}`);
    durable.writer.settle();
    client.text(`kick job ${handles[1]}`);
    store.isBroken = false;
    clock.advance(1000);
    durable.writer.settle();
    assertEquals(statesIn(store), ["dead", "waiting"]);
  });

  test("have left memory before, or are parked: they die and come back all the same", async () => {
    const { begun } = await withDead({ payloads: [], memoryLimit: 0, jobLimit: 0 });
    const { peer, durable, router } = begun;
    const client = peer();
    const handles = ["long".repeat(100), "b"].map((payload) =>
      client.submit("SUBMIT_JOB_BG", "f", "", payload)
    );
    durable.writer.settle();
    for (const handle of handles) assertEquals(client.text(`bury ${handle}`), "OK\r\n");
    assertEquals([...router.dead.all()].map(({ payloadLength }) => payloadLength), [400, 1]);
    assertInvariants(router);
    assertEquals(client.text("kick f"), "OK 2\n");
    assertEquals(peer().canDo("f").grab()?.[2], "long".repeat(100));
    assertInvariants(router);
  });
});
