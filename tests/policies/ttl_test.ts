import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { DueHeap } from "../../router/containers/due_heap.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { durableRouter } from "../durability/journal/durable_router.ts";
import { memoryLog } from "../support/memory_log.ts";
import { routerWithRules } from "../support/router.ts";

const MINUTE = 60_000;

/** A router whose jobs of `f` may wait for ten minutes. */
function withTtl(rule: object = {}) {
  const log = memoryLog("WARNING");
  const made = routerWithRules({ f: { ttl: "10m", ...rule } }, { log, history: true });
  const { router } = made;
  const ended = () => [...router.functions.values()][0].counts.ended.expired;
  return { ...made, log, client: made.peer(), ended };
}

describe("with ttl, a job", () => {
  for (const type of ["SUBMIT_JOB", "SUBMIT_JOB_BG"] as const) {
    test(`that waits for so long expires (${type})`, () => {
      const { router, clock, client, peer, ended, log } = withTtl();
      const handle = client.submit(type, "f", "u", "");
      clock.advance(10 * MINUTE - 1);
      assertEquals([router.jobs.size, client.types()], [1, []]);
      clock.advance(1);
      assertEquals([router.jobs.size, ended(), router.timers.size], [0, 1, 0]);
      const told = type === "SUBMIT_JOB" ? [{ type: "WORK_FAIL", args: [handle] }] : [];
      assertEquals(client.packets(), told);
      assertEquals(peer().canDo("f").grab(), null);
      assertEquals(log.lines.map(({ fields }) => [fields?.event, fields?.handle]), [
        ["jobExpired", handle],
      ]);
      const answer = client.text(`why ${handle}`);
      assert(answer.includes("It expired, as it had waited for longer than it may"), answer);
      assertInvariants(router);
    });
  }

  test("runs as long as it takes, and has its result", () => {
    const { clock, client, peer, ended } = withTtl();
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    const worker = peer().canDo("f");
    worker.grab();
    clock.advance(60 * MINUTE);
    worker.send("WORK_COMPLETE", handle, "result");
    assertEquals([client.types(), ended()], [["WORK_COMPLETE"], 0]);
  });

  test("expires when its run fails after that time, as there is no further one", () => {
    for (const end of ["lost", "failed"] as const) {
      const { router, clock, client, peer, ended } = withTtl({ retry: 5 });
      const handle = client.submit("SUBMIT_JOB", "f", "", "");
      const worker = peer().canDo("f");
      worker.grab();
      clock.advance(60 * MINUTE);
      if (end === "lost") worker.vanish();
      else worker.send("WORK_FAIL", handle);
      assertEquals([client.types(), ended(), router.jobs.size], [["WORK_FAIL"], 1, 0]);
      assertInvariants(router);
    }
  });

  test("expires while it waits for a further run: that does not begin the time anew", () => {
    const { clock, client, peer, ended } = withTtl({ retry: { base: "1h", jitter: 0 } });
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    const worker = peer().canDo("f");
    worker.grab();
    worker.send("WORK_FAIL", handle);
    clock.advance(10 * MINUTE);
    assertEquals([client.types(), ended()], [["WORK_FAIL"], 1]);
  });

  test("for a later time may wait for so long from then on", () => {
    const { router, clock, client, ended } = withTtl();
    client.submit("SUBMIT_JOB_EPOCH", "f", "", `${(clock.epoch() + 60 * MINUTE) / 1000}`, "");
    clock.advance(70 * MINUTE - 1);
    assertEquals(router.jobs.size, 1);
    clock.advance(1);
    assertEquals([router.jobs.size, ended()], [0, 1]);
  });

  test("stays when the rule is gone, and when it is newer than the job", () => {
    const { router, policy, clock, client } = withTtl();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    policy.use({});
    router.operations.applyRules();
    clock.advance(20 * MINUTE);
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    policy.use({ f: { ttl: "10m" } });
    router.operations.applyRules();
    clock.advance(20 * MINUTE);
    assertEquals(router.jobs.size, 2);
  });

  test("is dead then, if the rule says so, unless it is a foreground job", () => {
    const { router, clock, client, peer } = withTtl({ dead: { expired: true } });
    const admin = peer();
    const kept = client.submit("SUBMIT_JOB_BG", "f", "", "");
    client.submit("SUBMIT_JOB", "f", "", "");
    clock.advance(10 * MINUTE);
    assertEquals(client.types(), ["WORK_FAIL"]);
    assertEquals([...router.dead.all()].map(({ job }) => job.handle), [kept]);
    const [{ counts }] = router.functions.values();
    assertEquals([counts.ended.expired, counts.ended.buried], [1, 1]);
    const answer = admin.text(`why ${kept}`);
    assert(answer.includes("as it had waited for longer than it may. No worker gets it."), answer);
    assertInvariants(router);
    admin.text(`kick job ${kept}`);
    assertEquals(router.jobs.size, 1);
    clock.advance(10 * MINUTE);
    assertEquals([router.jobs.size, counts.ended.buried], [0, 2]);
  });

  test("takes no memory for long when others end: so many are noted as twice live, and 1024", () => {
    const { router, clock, client, peer, ended } = withTtl();
    const worker = peer().canDo("f");
    const kept = client.submit("SUBMIT_JOB", "f", "kept", "");
    worker.grab();
    for (let count = 0; count < 3000; count++) {
      const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
      worker.grab();
      worker.send("WORK_COMPLETE", handle, "");
      assert(router.expiry.size <= 1024 + 2 * 2 + 1);
    }
    worker.vanish();
    clock.advance(10 * MINUTE);
    assertEquals([ended(), router.jobByHandle(kept), router.expiry.size], [1, undefined, 0]);
  });

  test("expires with a hundred thousand others, in turns", () => {
    const { router, clock, ended } = withTtl();
    for (let count = 0; count < 100_000; count++) router.enqueueJob({ function: "f" });
    clock.advance(10 * MINUTE);
    assertEquals([ended(), router.jobs.size], [100_000, 0]);
    assertInvariants(router);
  });
});

describe("with ttl and a store, a job", () => {
  const EPOCH = 1_700_000_000_000;
  const rules = (policies: object) => {
    const { policy } = routerWithRules(policies as never);
    return policy;
  };

  test("expires at its time, whatever restarts there are, and leaves no record", async () => {
    const policy = rules({ f: { ttl: "10m" } });
    const { peer, durable, store, clock, restart } = await durableRouter({ epoch: EPOCH, policy });
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    peer().submit("SUBMIT_JOB_BG", "g", "", "");
    durable.writer.settle();
    clock.advance(4 * MINUTE);
    assertEquals([store.jobs.size, store.records().length], [2, 1]);
    const after = await restart();
    const passed = after.clock.epoch() - EPOCH;
    after.clock.advance(10 * MINUTE - passed - 1);
    assertEquals(after.router.jobs.size, 2);
    after.clock.advance(1);
    assertEquals(after.router.jobs.size, 1);
    after.durable.writer.settle();
    assertEquals([store.jobs.size, store.records().length], [1, 0]);
  });

  test("that was stored before there was such a rule begins its time at the start", async () => {
    const policy = rules({});
    const { peer, durable, restart } = await durableRouter({ epoch: EPOCH, policy });
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    durable.writer.settle();
    policy.use({ f: { ttl: "10m" } });
    const { router, clock } = await restart();
    clock.advance(10 * MINUTE - 1);
    assertEquals(router.jobs.size, 1);
    clock.advance(1);
    assertEquals(router.jobs.size, 0);
  });

  test("that ends in time takes its record along", async () => {
    const policy = rules({ f: { ttl: "10m" } });
    const { peer, durable, store } = await durableRouter({ epoch: EPOCH, policy });
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    durable.writer.settle();
    const worker = peer().canDo("f");
    worker.grab();
    worker.send("WORK_COMPLETE", handle, "");
    durable.writer.settle();
    assertEquals([store.jobs.size, store.records().length], [0, 0]);
  });
});

test("a heap of due times keeps those that it is told to, in order", () => {
  const heap = new DueHeap();
  for (let number = 0; number < 500; number++) heap.push(number * 7919 % 1000, number);
  heap.retain((number) => number % 5 === 0);
  const times: number[] = [];
  for (; heap.size > 0; heap.pop()) {
    assertEquals(heap.number % 5, 0);
    times.push(heap.due);
  }
  assertEquals(times.length, 100);
  assertEquals(times, times.toSorted((a, b) => a - b));
});
