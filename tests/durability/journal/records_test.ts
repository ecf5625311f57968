import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { decodeName, encodeName } from "../../../protocol/mod.ts";
import { Router } from "../../../router/mod.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import { type DurableRouter, durableRouter } from "./durable_router.ts";
import { StoreError } from "../../../store/store.ts";
import { TestStore } from "./test_store.ts";

/** The records of a kind, as its owner is given them. */
function taken(router: Router, kind: string): string[] {
  const found: string[] = [];
  router.records.restore(kind, (key, value) => {
    found.push(`${decodeName(key)}=${decodeName(value!)}`);
  });
  return found;
}

/** The server stops in time to write what there is, and starts again. */
async function restarted({ durable, restart }: DurableRouter): Promise<Router> {
  durable.writer.settle();
  return (await restart()).router;
}

const [A, B] = [encodeName("a"), encodeName("b")];

describe("records", () => {
  test("are given to the owner of their kind at the next start, and to no other", async () => {
    const before = await durableRouter();
    const { records } = before.router;
    records.set("mark", A, encodeName("first"));
    records.set("mark", B, encodeName("other"));
    records.set("schedule", A, encodeName("hourly"));
    records.set("mark", A, encodeName("last"));
    records.remove("mark", B);
    const router = await restarted(before);
    assertEquals(taken(router, "mark"), ["a=last"]);
    assertEquals(taken(router, "schedule"), ["a=hourly"]);
    assertEquals(taken(router, "result"), []);
    // They are there until somebody takes them out.
    assertEquals(taken(await restarted(before), "mark"), ["a=last"]);
  });

  test("are written in one batch with the jobs of the round", async () => {
    const { router, peer, store } = await durableRouter();
    const batches = store.batches;
    router.records.set("schedule", A, encodeName("12:00"));
    peer().submit("SUBMIT_JOB_BG", "f", "", "payload");
    assertEquals([store.batches, store.jobs.size], [batches + 1, 1]);
    assertEquals(store.open().records.map(({ kind }) => kind), ["schedule"]);
  });

  test("do not change with the bytes that they were made of", async () => {
    const before = await durableRouter();
    const [key, value] = [encodeName("key"), encodeName("value")];
    before.router.records.set("mark", key, value);
    key.fill(0x78);
    value.fill(0x78);
    assertEquals(taken(await restarted(before), "mark"), ["key=value"]);
  });

  test("that could not be written are written when that is possible, as they are then", async () => {
    const store = new TestStore();
    const { router, clock, durable } = await durableRouter({ store });
    store.isBroken = true;
    router.records.set("mark", A, encodeName("first"));
    router.records.set("mark", B, encodeName("first"));
    durable.writer.settle();
    router.records.remove("mark", B);
    store.isBroken = false;
    clock.advance(1000);
    assertEquals(store.open().records.map(({ key }) => decodeName(key)), ["a"]);
  });

  test("are written when there is no room for the jobs that came with them", async () => {
    const store = new TestStore();
    store.hasRoom = () => false;
    const { router, peer } = await durableRouter({ store });
    router.records.set("mark", A, encodeName("full"));
    const [refusal] = peer().send("SUBMIT_JOB_BG", "f", "", "payload").packets();
    assertEquals(refusal.type, "ERROR");
    assertEquals([store.jobs.size, store.open().records.length], [0, 1]);
  });

  test("that go with a new job are written if that is, and only then", async () => {
    for (const isFull of [true, false]) {
      const store = new TestStore();
      const { router, clock, durable, stored } = await durableRouter({ store });
      const submit = (payload: string) =>
        router.enqueueJob({ function: "f", payload: encodeName(payload) })!;
      const written: string[][] = [];
      const { write } = store;
      store.write = (batch) => {
        if (!isFull) throw new StoreError("test: the disk is broken");
        const done = write.call(store, batch);
        const [jobs, records] = [batch.added, batch.records].map(({ length }) => length);
        written.push([`${jobs} jobs`, `${records} records`]);
        return done;
      };
      store.hasRoom = ({ payload }) => payload.length < 100;
      router.records.set("mark", A, encodeName("a"), submit("a"));
      router.records.set("mark", B, encodeName("b"), submit("b".repeat(200)));
      // It says more of the same job.
      router.records.set("mark", B, encodeName("more"));
      submit("c");
      durable.writer.settle();
      store.write = write;
      clock.advance(1000);
      const keys = store.open().records.map(({ key }) => decodeName(key));
      assertEquals([stored(), keys], isFull ? [["a", "c"], ["a"]] : [[], []]);
      assertEquals(written, isFull ? [["1 jobs", "1 records"], ["1 jobs", "0 records"]] : []);
    }
  });

  test("are lost without a store", () => {
    const router = new Router(new ManualClock());
    router.records.set("mark", A, B);
    router.records.remove("mark", A);
    assertEquals(taken(router, "mark"), []);
  });
});
