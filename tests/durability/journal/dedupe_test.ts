import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { ConfiguredPolicy, type PolicyRule } from "../../../policies/mod.ts";
import { GearmanPolicy } from "../../../router/policy.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import type { FakePeer } from "../../support/fake_peer.ts";
import { durableRouter, type DurableRouterSettings } from "./durable_router.ts";
import { TestStore } from "./test_store.ts";

const MINUTE = 60_000;

function policyOf(dedupe: PolicyRule["dedupe"], rule: PolicyRule = {}): ConfiguredPolicy {
  const parts = { otherwise: new GearmanPolicy(-1), clock: new ManualClock(), random: () => 0 };
  const policy = new ConfiguredPolicy(parts);
  policy.use({ f: { optionsInName: true, ...rule, dedupe } });
  return policy;
}

function withDedupe(
  dedupe: PolicyRule["dedupe"],
  settings: DurableRouterSettings & { store?: TestStore; rule?: PolicyRule } = {},
) {
  return durableRouter({ policy: policyOf(dedupe, settings.rule), ...settings });
}

function submit(peer: FakePeer, payload: string, name = "f", unique = "u"): string {
  return peer.submit("SUBMIT_JOB_BG", name, unique, payload);
}

/** Does the next job; what it was. */
function work(peer: FakePeer): string | null {
  const job = peer.canDo("f").grab();
  if (job !== null) peer.send("WORK_COMPLETE", job[0], "").packets();
  return job?.[2] ?? null;
}

describe("a submit that replaces a waiting job", () => {
  for (const memoryLimit of [Infinity, 0]) {
    test(`is stored under its number (memory for ${memoryLimit} bytes)`, async () => {
      const before = await withDedupe("replace", { memoryLimit });
      const client = before.peer();
      const handle = submit(client, "first");
      submit(client, "other", "f", "v");
      assertEquals(submit(client, "second"), handle);
      assertEquals(before.stored(), ["second", "other"]);
      assertInvariants(before.router);
      const after = await before.restart();
      const worker = after.peer();
      assertEquals([work(worker), work(worker), work(worker)], ["second", "other", null]);
      assertInvariants(after.router);
      assertEquals(after.stored(), []);
    });
  }

  test("is stored once, if several come in one round", async () => {
    const { store, router, durable, peer, stored } = await withDedupe("replace");
    const client = peer();
    client.beforeReading = () => {};
    for (const payload of ["1", "2", "3"]) client.send("SUBMIT_JOB_BG", "f", "u", payload);
    assertEquals(store.batches, 0);
    durable.writer.settle();
    assertEquals([store.batches, stored()], [1, ["3"]]);
    for (const payload of ["4", "5"]) client.send("SUBMIT_JOB_BG", "f", "u", payload);
    durable.writer.settle();
    assertEquals([store.batches, stored(), router.jobs.size], [2, ["5"], 1]);
    assertEquals(client.types(), Array(5).fill("JOB_CREATED"));
  });

  test("of a parked job, too", async () => {
    const before = await withDedupe("replace", { jobLimit: 0 });
    const client = before.peer();
    for (const unique of ["u", "v", "w"]) submit(client, `first ${unique}`, "f", unique);
    submit(client, "second", "f", "v");
    assertInvariants(before.router);
    const worker = before.peer();
    const done = [work(worker), work(worker), work(worker), work(worker)];
    assertEquals(done, ["first u", "second", "first w", null]);
    assertInvariants(before.router);
    assertEquals(before.stored(), []);
  });

  test("is refused if it cannot be stored, and the job keeps what it had", async () => {
    for (const memoryLimit of [Infinity, 0]) {
      const { store, router, peer, stored } = await withDedupe("replace", { memoryLimit });
      const client = peer();
      submit(client, "first");
      store.failing.add("write");
      client.send("SUBMIT_JOB_BG", "f", "u", "second");
      assertEquals(client.types(), ["ERROR"]);
      assertInvariants(router);
      store.failing.clear();
      assertEquals(stored(), ["first"]);
      assertEquals(work(peer()), "first");
      assertInvariants(router);
      assertEquals(stored(), []);
    }
  });

  test("is refused if there is no room for it, and others are not", async () => {
    const { store, router, peer, durable, stored } = await withDedupe("replace");
    const client = peer();
    submit(client, "first");
    store.hasRoom = ({ payload }) => payload.length < 10;
    client.beforeReading = () => {};
    client.send("SUBMIT_JOB_BG", "f", "v", "small");
    client.send("SUBMIT_JOB_BG", "f", "u", "one that is too large");
    client.send("SUBMIT_JOB_BG", "f", "w", "small");
    while (!durable.writer.settle());
    assertEquals(client.types(), ["JOB_CREATED", "ERROR", "JOB_CREATED"]);
    assertEquals(stored(), ["first", "small", "small"]);
    assertInvariants(router);
  });

  describe("while the store takes its time, which comes while", () => {
    async function slow() {
      const store = new TestStore();
      const made = await withDedupe("replace", { store });
      store.isSlow = true;
      const client = made.peer();
      client.beforeReading = () => {};
      const send = (payload: string) => {
        client.send("SUBMIT_JOB_BG", "f", "u", payload);
        made.durable.writer.settle();
      };
      const next = async () => {
        store.pending.shift()!();
        for (let turn = 0; turn < 10; turn++) await Promise.resolve();
        made.durable.writer.settle();
      };
      return { ...made, store, client, send, next };
    }

    test("the job is being written, is written next", async () => {
      const { client, durable, send, next, stored, router, peer } = await slow();
      send("first");
      send("second");
      send("third");
      await next();
      assertEquals([stored(), durable.isWriting], [["first"], true]);
      await next();
      assertEquals([stored(), durable.isWriting], [["third"], false]);
      assertEquals(client.types(), Array(3).fill("JOB_CREATED"));
      assertInvariants(router);
      assertEquals(work(peer()), "third");
    });

    test("another payload is being written, is written next", async () => {
      const { client, send, next, stored, store, router, peer } = await slow();
      send("first");
      await next();
      send("second");
      send("third");
      await next();
      await next();
      assertEquals([stored(), store.pending.length], [["third"], 0]);
      assertEquals(client.types(), Array(3).fill("JOB_CREATED"));
      assertInvariants(router);
      assertEquals(work(peer()), "third");
    });

    test("another payload could not be written, is refused alone", async () => {
      const { client, send, next, stored, store, router, peer } = await slow();
      send("first");
      await next();
      client.types();
      send("second");
      send("third");
      store.failing.add("write");
      await next();
      store.failing.clear();
      assertEquals(client.types()[0], "ERROR");
      while (store.pending.length > 0) await next();
      assertEquals(stored().length, 1);
      assertInvariants(router);
      assertEquals(work(peer()), stored()[0]);
    });

    test("the job could not be written, is refused with it", async () => {
      const { client, send, next, stored, store, router } = await slow();
      send("first");
      send("second");
      store.failing.add("write");
      await next();
      store.failing.clear();
      while (store.pending.length > 0) await next();
      assertEquals([client.types(), stored(), router.jobs.size], [["ERROR", "ERROR"], [], 0]);
      assertInvariants(router);
    });
  });

  test("moves the stored time of one that waits, also when it is moved to one", async () => {
    const before = await withDedupe("replace");
    const client = before.peer();
    submit(client, "first", "f?delay=60s");
    before.clock.advance(30_000);
    submit(client, "second", "f?delay=60s");
    const after = await before.restart();
    after.clock.advance(MINUTE - 1);
    assertEquals(work(after.peer()), null);
    after.clock.advance(1);
    assertEquals(work(after.peer()), "second");
  });
});

describe("after a crash, a job that waited behind another one", () => {
  test("waits behind it again, and later submits replace it", async () => {
    const before = await withDedupe("keep-last");
    const client = before.peer();
    submit(client, "first");
    before.peer().canDo("f").grab();
    const next = submit(client, "second");
    submit(client, "third");
    const after = await before.restart();
    assertInvariants(after.router);
    const worker = after.peer().canDo("f");
    const [first] = worker.grab()!;
    assertEquals(worker.grab(), null);
    assertEquals(submit(after.peer(), "fourth"), next);
    worker.send("WORK_COMPLETE", first, "");
    assertEquals(worker.grab(), [next, "f", "fourth"]);
    assertInvariants(after.router);
  });

  for (const jobLimit of [undefined, 0]) {
    test(`also if jobs are parked: ${jobLimit === 0}`, async () => {
      const before = await withDedupe("replace", { jobLimit });
      const client = before.peer();
      for (const unique of ["u", "v"]) {
        submit(client, `first ${unique}`, "f", unique);
        before.peer().canDo("f").grab();
        submit(client, `next ${unique}`, "f", unique);
      }
      const after = await before.restart();
      assertInvariants(after.router);
      const worker = after.peer();
      const done = Array.from({ length: 5 }, () => work(worker));
      assertEquals(done, ["first u", "first v", "next u", "next v", null]);
      assertInvariants(after.router);
    });
  }

  test("is next if that one is not there any more", async () => {
    const before = await withDedupe("replace");
    const client = before.peer(), worker = before.peer().canDo("f");
    // One in the foreground, which is not stored.
    client.submit("SUBMIT_JOB", "f", "u", "first");
    worker.grab();
    submit(before.peer(), "second");
    const after = await before.restart();
    assertEquals(work(after.peer()), "second");
    assertInvariants(after.router);
  });

  test("is next, when that one had ended", async () => {
    const before = await withDedupe("replace");
    const client = before.peer(), worker = before.peer();
    const first = submit(client, "first");
    worker.canDo("f").grab();
    submit(client, "second");
    worker.send("WORK_COMPLETE", first, "").packets();
    assertEquals(before.stored(), ["second"]);
    const after = await before.restart();
    assertEquals(work(after.peer()), "second");
  });
});

describe("after a crash, the window of a completed job", () => {
  test("holds until it is over", async () => {
    const before = await withDedupe({ mode: "drop", window: "10m" });
    const handle = submit(before.peer(), "first");
    assertEquals(work(before.peer()), "first");
    before.clock.advance(5 * MINUTE);
    const after = await before.restart();
    assertEquals([submit(after.peer(), "second"), after.stored()], [handle, []]);
    after.clock.advance(5 * MINUTE);
    after.durable.writer.settle();
    assertEquals(after.store.records().length, 0);
    submit(after.peer(), "third");
    assertEquals(after.stored(), ["third"]);
  });

  test("is over if its time came meanwhile", async () => {
    const { store, router, peer, clock } = await withDedupe({ mode: "drop", window: "10m" });
    submit(peer(), "first");
    work(peer());
    assertEquals([router.dedupe.windows.size, store.records().length], [1, 1]);
    const policy = policyOf({ mode: "drop", window: "10m" });
    const later = await durableRouter({ store, policy, epoch: clock.epoch() + 11 * MINUTE });
    later.clock.advance(0);
    later.durable.writer.settle();
    assertEquals([later.router.dedupe.windows.size, store.records().length], [0, 0]);
  });

  test("holds for payloads that are keys", async () => {
    const before = await withDedupe({ mode: "drop", window: "10m" });
    const handle = submit(before.peer(), "payload", "f", "-");
    work(before.peer());
    const after = await (await before.restart()).restart();
    assertEquals(submit(after.peer(), "payload", "f", "-"), handle);
    submit(after.peer(), "another", "f", "-");
    assertEquals(after.stored(), ["another"]);
  });

  test("is as long as the client of a job has said that was not done yet", async () => {
    const before = await withDedupe("drop");
    const handle = submit(before.peer(), "first", "f?unique-window=1h");
    const after = await before.restart();
    assertEquals(work(after.peer()), "first");
    after.clock.advance(59 * MINUTE);
    const last = await after.restart();
    assertEquals([submit(last.peer(), "second"), last.stored()], [handle, []]);
    last.clock.advance(MINUTE);
    last.durable.writer.settle();
    assertEquals(last.store.records().length, 0);
  });
});
