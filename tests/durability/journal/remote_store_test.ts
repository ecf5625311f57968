import { describe, test } from "node:test";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { encodeName } from "../../../protocol/mod.ts";
import { Router } from "../../../router/mod.ts";
import { DurableJobs } from "../../../durability/journal/durable_jobs.ts";
import { type StoredJob, StoreError } from "../../../store/store.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import { batch, storedJob } from "../../store/contract.ts";
import { RemoteStore } from "../../store/remote_store.ts";
import { FakePeer } from "../../support/fake_peer.ts";

const func = encodeName("f");

/** A router over a store that answers by promises; `settled` waits until nothing is on its way. */
function begin(store: RemoteStore, settings: { memoryLimit?: number; jobLimit?: number } = {}) {
  const clock = new ManualClock();
  const router = new Router(clock);
  const reports: string[] = [];
  const durable = new DurableJobs(router, store, {
    memoryLimit: Infinity,
    ...settings,
    later: (run, delay) => delay === undefined ? queueMicrotask(run) : clock.after(delay, run),
    inNextRound: queueMicrotask,
    report: (message) => reports.push(message),
  });
  const loaded = durable.load();
  const settled = async () => {
    for (let ticks = 0; ticks < 50; ticks++) await Promise.resolve();
  };
  return {
    store,
    clock,
    router,
    durable,
    reports,
    loaded,
    settled,
    peer: () => new FakePeer(router),
  };
}

function storeWith(...jobs: StoredJob[]): RemoteStore {
  const store = new RemoteStore();
  store.memory.write(
    batch({ added: jobs, maxQueues: [{ functionName: func, limits: [0, 9, 0] }] }),
  );
  return store;
}

function answer(store: RemoteStore): void {
  for (const resolve of store.pending.splice(0)) resolve();
}

describe("a store that takes its time", () => {
  test("gives handles, limits and jobs when it is open, and packets wait until then", async () => {
    const store = storeWith(
      storedJob(7, { functionName: func }),
      storedJob(9, { functionName: func }),
    );
    store.isSlow = true;
    const { router, peer, loaded, settled, durable } = begin(store);
    const client = peer().send("SUBMIT_JOB", "f", "", "new");
    assertThrows(() => durable.loadRest(), StoreError, "its jobs have not been read yet");
    for (let answers = 0; answers < 2; answers++) {
      await settled();
      assertEquals(client.types(), []);
      answer(store);
    }
    assertEquals(await loaded, 2);
    assertEquals(client.packets()[0].args, ["H:test:00000000000000000000000010"]);
    assertEquals(router.functions.find(func, 0, 1)!.maxQueue, [0, 9, 0]);
    const worker = peer().canDo("f");
    const payloads = [worker.grab()![2], worker.grab()![2], worker.grab()![2]];
    assertEquals(payloads, ["payload 7", "payload 9", "new"]);
    assertInvariants(router);
  });

  test("that cannot be opened says why, and packets wait for ever", async () => {
    const store = new RemoteStore();
    store.failure = new StoreError("memory: no such host");
    const { loaded, peer, settled } = begin(store);
    const client = peer().send("SUBMIT_JOB", "f", "", "new");
    await assertRejects(() => loaded, StoreError, "no such host");
    await settled();
    assertEquals(client.types(), []);
  });

  test("has a worker sleep until the payload of its job is there, and wakes it", async () => {
    const store = storeWith(
      storedJob(1, { functionName: func }),
      storedJob(2, { functionName: func }),
    );
    const { router, peer, loaded, settled, durable } = begin(store, { memoryLimit: 0 });
    await loaded;
    assertEquals(durable.payloads.bytes, 0);
    store.isSlow = true;
    const worker = peer().canDo("f");
    assertEquals(worker.grab(), null);
    worker.send("PRE_SLEEP");
    assertEquals(worker.types(), []);
    assertInvariants(router);
    await settled();
    answer(store);
    await settled();
    assertEquals(worker.types(), ["NOOP"]);
    assertInvariants(router);
    const payloads = [worker.grab()![2], worker.grab()![2]];
    assertEquals([payloads, worker.grab()], [["payload 1", "payload 2"], null]);
    assertEquals(durable.payloads.bytes, 18);
  });

  test("gives the payload of a job that was cancelled meanwhile to nobody", async () => {
    const store = storeWith(storedJob(1, { functionName: func }));
    const { router, peer, loaded, settled, durable } = begin(store, { memoryLimit: 0 });
    await loaded;
    const worker = peer().canDo("f");
    assertEquals(worker.grab(), null);
    const [job] = router.jobs.values();
    router.operations.cancel(job, null);
    await settled();
    assertEquals([worker.grab(), router.jobs.size, durable.payloads.bytes], [null, 0, 0]);
    assertEquals(store.memory.load(0, 9, 0), []);
    assertInvariants(router);
  });

  test("is asked again for a payload that it could not read", async () => {
    const store = storeWith(storedJob(1, { functionName: func }));
    const { clock, peer, loaded, settled, reports } = begin(store, { memoryLimit: 0 });
    await loaded;
    const worker = peer().canDo("f");
    store.failure = new StoreError("memory: cut off");
    assertEquals(worker.grab(), null);
    await settled();
    store.failure = null;
    assertEquals([worker.grab(), reports.at(-1)], [null, "memory: cut off"]);
    clock.advance(1000);
    assertEquals(worker.grab(), null);
    await settled();
    assertEquals(worker.grab()![2], "payload 1");
  });

  test("keeps all jobs in memory, and is not read to compare payloads that are keys", async () => {
    const jobs = [1, 2, 3].map((number) =>
      storedJob(number, { functionName: func, unique: encodeName("-") })
    );
    const { router, peer, loaded, settled } = begin(storeWith(...jobs), {
      memoryLimit: 0,
      jobLimit: 0,
    });
    await loaded;
    assertEquals([...router.jobs.objects()].length, 3);
    const client = peer().send("SUBMIT_JOB_BG", "f", "-", "payload 2");
    await settled();
    assertEquals(client.packets()[0].args, ["H:test:00000000000000000000000002"]);
    assertThrows(() => [...router.jobs.values()][0].payload, StoreError, "not in memory now");
  });

  test("is closed when what is left is written", async () => {
    const store = new RemoteStore();
    const { peer, loaded, durable } = begin(store);
    await loaded;
    peer().send("SUBMIT_JOB_BG", "f", "", "last");
    await durable.close();
    assertEquals([store.memory.load(0, 9, 9).length, store.isClosed], [1, true]);
  });
});
