import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { JobStorage } from "../../../router/mod.ts";
import { batch, bytes, EMPTY, storedJob } from "../../store/contract.ts";
import { durableRouter } from "./durable_router.ts";
import { TestStore } from "./test_store.ts";

const MIB = 1024 * 1024;
const KEY = bytes("-");

/** A store whose jobs have payloads of these sizes. */
function storeOf(sizes: readonly number[], unique: Uint8Array = EMPTY): TestStore {
  const store = new TestStore();
  const added = sizes.map((size, index) =>
    storedJob(index + 1, { unique, payload: new Uint8Array(size).fill(index + 1) })
  );
  void store.write(batch({ added }));
  return store;
}

/** Begins with the store, and tells how many bytes of payloads were read for a page at most. */
async function pagesOf(store: TestStore, memoryLimit: number) {
  let most = 0;
  let read = 0;
  const { load, payloads } = store;
  store.load = (...page) => {
    most = Math.max(most, read);
    const jobs = load.apply(store, page);
    read = jobs.reduce((sum, job) => sum + (job.payload?.length ?? 0), 0);
    return jobs;
  };
  store.payloads = (numbers) => {
    const found = payloads.call(store, numbers);
    for (const { length } of found.values()) read += length;
    return found;
  };
  const begun = await durableRouter({ store, memoryLimit });
  most = Math.max(most, read);
  store.payloads = payloads;
  return { ...begun, most };
}

describe("a page of stored jobs", () => {
  test("ends when its payloads reach 8 MiB, and all come into memory that fit there", async () => {
    const sizes = Array.from({ length: 50 }, (_, index) => (index % 7) * MIB / 2);
    const { router, durable, most } = await pagesOf(storeOf(sizes), 60 * MIB);
    assert(most <= 8 * MIB, `${most} bytes in a page`);
    assertEquals(router.jobs.size, 50);
    assert(durable.payloads.bytes > 56 * MIB && durable.payloads.bytes <= 60 * MIB);
    for (const job of router.jobs.values()) {
      assertEquals(job.payload, new Uint8Array(sizes[job.number - 1]).fill(job.number));
    }
  });

  test("has at least one job, also one of more than that", async () => {
    const { router, durable } = await pagesOf(storeOf([9 * MIB, 1, 20 * MIB, 2]), 64 * MIB);
    assertEquals(durable.payloads.bytes, 29 * MIB + 3);
    const inMemory = [...router.jobs.values()].map(({ storage }) => storage === JobStorage.STORED);
    assertEquals(inMemory, [true, true, true, true]);
  });

  test("reads payloads that are keys, 8 MiB in all, and leaves them in the store", async () => {
    const store = storeOf(Array.from({ length: 20 }, () => MIB), KEY);
    const { router, durable, most, peer } = await pagesOf(store, 3 * MIB);
    assertEquals([most, durable.payloads.bytes], [8 * MIB, 3 * MIB]);
    const payload = String.fromCharCode(20).repeat(MIB);
    const handle = peer().submit("SUBMIT_JOB_BG", "resize", "-", payload);
    assertEquals([handle, router.jobs.size], [[...router.jobs.values()][19].handle, 20]);
  });

  test("asks for no more jobs than about fit, so that few are read in vain", async () => {
    const store = storeOf(Array.from({ length: 200 }, () => MIB));
    let found = 0;
    const { load } = store;
    store.load = (...page) => {
      const jobs = load.apply(store, page);
      found += jobs.length;
      return jobs;
    };
    await durableRouter({ store });
    assert(found < 3 * 200, `${found} rows for 200 jobs`);
  });
});

test("no stored job is read in the round in which the reading begins", async () => {
  const before = await durableRouter();
  for (let job = 0; job < 3; job++) before.router.enqueueJob({ function: "f" });
  before.durable.writer.settle();
  const { durable, router, store } = await before.restart();
  assertEquals(router.jobs.size, 3);
  store.isBroken = true;
  const loaded = durable.load();
  assertEquals([durable.isLoading, router.isLoading], [true, true]);
  store.isBroken = false;
  void store.write(batch({ removed: [1, 2, 3] }));
  assertEquals(await loaded, 0);
});
