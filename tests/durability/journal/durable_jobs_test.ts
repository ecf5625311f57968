import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { PacketType } from "../../../protocol/mod.ts";
import { JobState, JobStorage } from "../../../router/mod.ts";
import { type FakePeer, request } from "../../support/fake_peer.ts";
import type { DurableJobs } from "../../../durability/journal/durable_jobs.ts";
import { memoryLog } from "../../support/memory_log.ts";
import { durableRouter } from "./durable_router.ts";
import { StoreError } from "../../../store/store.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { TestStore } from "./test_store.ts";

const { SUBMIT_JOB_BG, WORK_COMPLETE } = PacketType;

/** May the output of this peer leave? From now on it sends by `raw` only, as a link has another `send`. */
function mayLeave(durable: DurableJobs, peer: FakePeer): boolean {
  return durable.writer.mayLeave(Object.assign(peer, { send: () => {} }) as { send(): void });
}

describe("JOB_CREATED of a background job", () => {
  test("leaves when it is stored, all of a round by one batch", async () => {
    const { peer, store, stored } = await durableRouter();
    const client = peer(), other = peer();
    for (const payload of ["1", "2", "3"]) client.send("SUBMIT_JOB_BG", "f", "", payload);
    other.send("SUBMIT_JOB_HIGH_BG", "g", "", "4");
    assertEquals([store.batches, store.jobs.size], [0, 0]);
    assertEquals(client.types(), ["JOB_CREATED", "JOB_CREATED", "JOB_CREATED"]);
    assertEquals(other.types(), ["JOB_CREATED"]);
    assertEquals([store.batches, stored()], [1, ["1", "2", "3", "4"]]);
  });

  test("is an error in its place when the job cannot be stored, and no worker gets it", async () => {
    const { peer, store, router, reports } = await durableRouter();
    const client = peer(), worker = peer().canDo("f").send("PRE_SLEEP");
    store.isBroken = true;
    client.send("ECHO_REQ", "a").send("SUBMIT_JOB_BG", "f", "", "1").send("ECHO_REQ", "b")
      .send("SUBMIT_JOB", "f", "", "2").send("SUBMIT_JOB_BG", "f", "", "3");
    const packets = client.packets();
    assertEquals(packets.map(({ type }) => type), [
      "ECHO_RES",
      "ERROR",
      "ECHO_RES",
      "JOB_CREATED",
      "ERROR",
    ]);
    assertEquals(packets[1].args, ["QUEUE_ERROR", "The job could not be stored"]);
    assertEquals(packets[2].args, ["b"]);
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals([worker.grab()?.[2], worker.grab()], ["2", null]);
    assertEquals([router.jobs.size, reports], [1, ["test: the disk is full"]]);
    assertInvariants(router);
  });

  test("that could not be stored leaves a line that names job, client and cause", async () => {
    const log = memoryLog("WARNING");
    const { peer, store, router, durable, clock } = await durableRouter({ log });
    store.isBroken = true;
    peer().send("SUBMIT_JOB_BG", "f", "u", "1").packets();
    assertMatch(
      log.texts[0],
      /^WARNING Submit refused: function=f handle=H:test:\w+ unique=u submitter=1@127\.0\.0\.1:40000 cause="test: the disk is full"$/,
    );
    // What a program submits has no client.
    clock.advance(1000);
    router.enqueueJob({ function: "g" });
    durable.writer.settle();
    assertMatch(
      log.texts[1],
      /^WARNING Submit refused: function=g handle=H:test:\w+ cause="test: the disk is full"$/,
    );
  });

  test("comes again as soon as the store takes jobs again", async () => {
    const { peer, store, stored, reports } = await durableRouter();
    const client = peer();
    store.isBroken = true;
    client.send("SUBMIT_JOB_BG", "f", "", "1").send("SUBMIT_JOB_BG", "f", "", "2");
    assertEquals(client.types(), ["ERROR", "ERROR"]);
    store.isBroken = false;
    client.submit("SUBMIT_JOB_BG", "f", "", "3");
    assertEquals([stored(), reports], [["3"], [
      "test: the disk is full",
      "NOTICE: test works again",
    ]]);
  });

  test("waits while its batch is written elsewhere, and nobody else's output does", async () => {
    const { peer, router, durable, store } = await durableRouter();
    store.isSlow = true;
    const sent: string[] = [];
    const sender = Object.assign(peer(), { send: () => sent.push("sent") });
    sender.raw(request(SUBMIT_JOB_BG, "f", "", "1"));
    assertEquals([durable.writer.mayLeave(sender), durable.writer.mayLeave(sender)], [
      false,
      false,
    ]);
    assertEquals(durable.writer.mayLeave({ send: () => {} }), true);
    router.enqueueJob({ function: "f", payload: "2" });
    store.pending.shift()!();
    await Promise.resolve();
    await new Promise(setImmediate);
    assertEquals([sent, store.jobs.size, store.pending.length], [["sent"], 1, 1]);
    store.pending.shift()!();
    await new Promise(setImmediate);
    assertEquals([durable.writer.mayLeave(sender), store.jobs.size], [true, 2]);
    assertInvariants(router);
  });
});

describe("output that waits for a store that takes its time", () => {
  test("leaves when its batch is written, though the next one begins then", async () => {
    const { peer, store, router, durable } = await durableRouter();
    const first = peer(), second = peer();
    store.isSlow = true;
    const sent: string[] = [];
    const submit = (peer: FakePeer) => peer.raw(request(SUBMIT_JOB_BG, "f", "", ""));
    const senderOf = (peer: FakePeer, name: string) =>
      Object.assign(peer, {
        send() {
          if (durable.writer.mayLeave(this)) sent.push(name);
        },
      });
    submit(first);
    const senders = [senderOf(first, "first"), senderOf(second, "second")];
    assertEquals(senders.map((sender) => durable.writer.mayLeave(sender)), [false, true]);
    // This one waits for the next batch, which must not begin before the first has sent.
    submit(second);
    assertEquals(durable.writer.mayLeave(senders[1]), false);
    store.pending.shift()!();
    await new Promise(setImmediate);
    assertEquals([sent, store.pending.length], [["first"], 1]);
    store.pending.shift()!();
    await new Promise(setImmediate);
    assertEquals([sent, store.jobs.size, router.jobs.size], [["first", "second"], 2, 2]);
  });

  test("keeps the order of foreground jobs that came in while a batch was written", async () => {
    const { peer, store, durable } = await durableRouter();
    const client = peer(), worker = peer().canDo("f");
    client.beforeReading = worker.beforeReading = () => {};
    store.isSlow = true;
    client.send("SUBMIT_JOB_BG", "f", "", "1");
    assertEquals(durable.writer.settle(), false);
    client.send("SUBMIT_JOB", "f", "", "2");
    store.pending.shift()!();
    await Promise.resolve();
    client.send("SUBMIT_JOB", "f", "", "3");
    await new Promise(setImmediate);
    durable.writer.settle();
    const payloads = [1, 2, 3].map(() => worker.grab()?.[2]);
    assertEquals(payloads, ["1", "2", "3"]);
  });

  test("does not hold up foreground jobs of other functions", async () => {
    const { peer, store, durable, router } = await durableRouter();
    const client = peer(), worker = peer().canDo("g");
    client.beforeReading = worker.beforeReading = () => {};
    store.isSlow = true;
    client.send("SUBMIT_JOB_BG", "f", "", "1");
    assertEquals(durable.writer.settle(), false);
    client.send("SUBMIT_JOB", "g", "", "2");
    assertEquals(worker.grab()?.[2], "2");
    assertInvariants(router);
  });

  test("goes on waiting if the peer has more to do with what is written next", async () => {
    const { peer, store, durable } = await durableRouter();
    const worker = peer().canDo("f"), other = peer();
    const handle = other.submit("SUBMIT_JOB_BG", "f", "", "1");
    worker.grab();
    worker.beforeReading = other.beforeReading = () => {};
    store.isSlow = true;
    other.send("SUBMIT_JOB_BG", "f", "", "2");
    assertEquals([durable.writer.settle(), mayLeave(durable, worker)], [false, true]);
    // The result is written with the next batch, before the worker gets the next job.
    worker.raw(request(WORK_COMPLETE, handle, ""));
    assertEquals(mayLeave(durable, worker), false);
    other.text("maxqueue f 5");
    assertEquals(mayLeave(durable, other), false);
    for (let batches = 0; batches < 2; batches++) {
      store.pending.shift()!();
      await new Promise(setImmediate);
    }
    assertEquals([mayLeave(durable, worker), mayLeave(durable, other)], [true, true]);
    assertEquals(store.jobs.size, 1);
  });
});

test("a defect that shows when a job is stored breaks no promise of it", async () => {
  const { peer, router, durable, store } = await durableRouter();
  const client = peer(), worker = peer().canDo("f").send("PRE_SLEEP");
  client.send("SUBMIT_JOB_BG", "f", "", "1");
  worker.flush = () => {
    throw new Error("a defect");
  };
  assertThrows(() => durable.writer.settle(), Error, "a defect");
  assertEquals([client.types(), store.jobs.size, router.jobs.size], [["JOB_CREATED"], 1, 1]);
});

describe("a stored job", () => {
  test("is taken out when it ends, however it does", async () => {
    const { peer, router, stored } = await durableRouter({ jobRetries: 1 });
    const client = peer(), worker = peer().canDo("f");
    const handles = ["complete", "fail", "exception", "cancel", "lost", "stays"]
      .map((payload) => client.submit("SUBMIT_JOB_BG", "f", "", payload));
    for (let jobs = 0; jobs < 3; jobs++) worker.grab();
    worker.send("WORK_COMPLETE", handles[0], "").send("WORK_FAIL", handles[1])
      .send("WORK_EXCEPTION", handles[2], "why");
    worker.packets();
    router.operations.cancel(router.jobByHandle(handles[3])!, null);
    assertEquals(worker.grab()![2], "lost");
    worker.vanish();
    client.packets();
    client.send("ECHO_REQ", "").packets();
    assertEquals(stored(), ["stays"]);
  });

  test("that ended before it was written is never written", async () => {
    const { router, store, durable } = await durableRouter();
    router.operations.cancel(router.enqueueJob({ function: "f", payload: "1" })!, null);
    durable.writer.settle();
    assertEquals([store.jobs.size, router.jobs.size], [0, 0]);
  });

  test("that ended while it was being written is taken out behind that", async () => {
    const { router, store, durable } = await durableRouter();
    store.isSlow = true;
    const job = router.enqueueJob({ function: "f", payload: "1" })!;
    durable.writer.settle();
    router.operations.cancel(job, null);
    store.pending.shift()!();
    await new Promise(setImmediate);
    assertEquals(store.jobs.size, 1);
    store.pending.shift()!();
    await new Promise(setImmediate);
    assertEquals(store.jobs.size, 0);
  });

  test("that loses its worker while it was being written has that written behind it", async () => {
    const { peer, store } = await durableRouter();
    const client = peer(), worker = peer().canDo("f");
    client.submit("SUBMIT_JOB", "f", "same", "");
    worker.grab();
    store.isSlow = true;
    client.send("SUBMIT_JOB_BG", "f", "same", "");
    await new Promise(setImmediate);
    worker.vanish();
    for (const losses of [0, 1]) {
      store.pending.shift()!();
      await new Promise(setImmediate);
      assertEquals(store.jobs.get(1)!.losses, losses);
    }
  });

  test("is taken out later when the store fails at its end", async () => {
    const { peer, store, clock, stored } = await durableRouter();
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "1");
    worker.grab();
    store.failing.add("write");
    worker.send("WORK_COMPLETE", handle, "").packets();
    assertEquals(stored(), ["1"]);
    store.failing.clear();
    clock.advance(1000);
    assertEquals(stored(), []);
  });

  test("has a time that numbers can have, however far away a client wants it", async () => {
    const { peer, store, restart } = await durableRouter();
    peer().submit("SUBMIT_JOB_EPOCH", "f", "", "99999999999999999", "far");
    assertEquals(store.jobs.get(1)!.due, Number.MAX_SAFE_INTEGER);
    const { router } = await restart();
    assertEquals([...router.jobs.values()].map(({ state }) => state), [JobState.SCHEDULED]);
  });

  test("begins as a foreground job that a background submit joined", async () => {
    const { peer, store, stored, router } = await durableRouter();
    const first = peer(), second = peer();
    const handle = first.submit("SUBMIT_JOB", "f", "same", "1");
    assertEquals(store.jobs.size, 0);
    assertEquals(second.submit("SUBMIT_JOB_BG", "f", "same", "1"), handle);
    assertEquals(stored(), ["1"]);
    first.vanish();
    assertEquals(router.jobs.size, 1);
  });

  test("refuses the background submit that joined, and goes on for the client that waits", async () => {
    const { peer, store, router } = await durableRouter();
    const first = peer(), second = peer();
    first.submit("SUBMIT_JOB", "f", "same", "1");
    store.isBroken = true;
    assertEquals(second.send("SUBMIT_JOB_BG", "f", "same", "1").types(), ["ERROR"]);
    assertEquals(router.jobs.size, 1);
    assertInvariants(router);
    first.vanish();
    assertEquals(router.jobs.size, 0);
  });

  test("is not overtaken by a foreground job of the same round", async () => {
    const { peer } = await durableRouter();
    const client = peer(), worker = peer().canDo("f");
    client.send("SUBMIT_JOB_BG", "f", "", "1").send("SUBMIT_JOB", "f", "", "2");
    client.packets();
    assertEquals([worker.grab()![2], worker.grab()![2]], ["1", "2"]);
  });
});

describe("after a restart", () => {
  test("jobs have their order, priority, unique, reducer, due time, losses and handle", async () => {
    const before = await durableRouter();
    const client = before.peer(), worker = before.peer().canDo("f");
    const later = String(Math.floor(before.clock.epoch() / 1000) + 60);
    const lost = client.submit("SUBMIT_JOB_HIGH_BG", "f", "", "lost");
    client.submit("SUBMIT_JOB_LOW_BG", "f", "", "low");
    client.submit("SUBMIT_JOB_BG", "f", "unique", "normal");
    client.submit("SUBMIT_REDUCE_JOB_BACKGROUND", "f", "", "sum", "", "reduced");
    client.submit("SUBMIT_JOB_EPOCH", "f", "", later, "due");
    worker.grab();
    worker.vanish();
    client.packets();

    const { peer, router, clock } = await before.restart();
    const again = peer(), other = peer().canDo("f");
    assertEquals(router.jobByHandle(lost)!.losses, 1);
    assertEquals(again.send("GET_STATUS", lost).packets()[0].args[1], "1");
    const joined = again.submit("SUBMIT_JOB_BG", "f", "unique", "ignored");
    assertEquals(router.jobByHandle(joined)!.unique, "unique");
    assertEquals(other.grab()![2], "lost");
    assertEquals(other.grab("GRAB_JOB_UNIQ")!.slice(2), ["unique", "normal"]);
    assertEquals(other.grab("GRAB_JOB_ALL")!.slice(3), ["sum", "reduced"]);
    assertEquals(other.grab()![2], "low");
    assertEquals(other.grab(), null);
    clock.advance(60_000);
    assertEquals(other.grab()![2], "due");
    assertInvariants(router);
  });

  test("no job gets the handle of an earlier one, also of one that was not stored", async () => {
    const before = await durableRouter();
    const client = before.peer();
    const handles = new Set([client.submit("SUBMIT_JOB_BG", "f", "", "")]);
    for (let jobs = 0; jobs < 100; jobs++) handles.add(client.submit("SUBMIT_JOB", "f", "", ""));
    const { peer } = await before.restart();
    for (let jobs = 0; jobs < 100; jobs++) handles.add(peer().submit("SUBMIT_JOB", "f", "", ""));
    assertEquals(handles.size, 201);
  });

  test("limits hold that were set at run time", async () => {
    const before = await durableRouter();
    before.peer().text("maxqueue f 1");
    const { peer } = await before.restart();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(client.send("SUBMIT_JOB_BG", "f", "", "").packets()[0].args[0], "QUEUE_ERROR");
  });

  test("a job that a worker ran runs again", async () => {
    const before = await durableRouter();
    before.peer().submit("SUBMIT_JOB_BG", "f", "", "1");
    assertEquals(before.peer().canDo("f").grab()![2], "1");
    const { peer } = await before.restart();
    assertEquals(peer().canDo("f").grab()![2], "1");
  });
});

describe("a crash", () => {
  test("between a job's result and its commit makes the job run again, by the same handle", async () => {
    const before = await durableRouter();
    const handle = before.peer().submit("SUBMIT_JOB_BG", "f", "", "payload");
    const client = before.peer(), worker = before.peer().canDo("f");
    client.beforeReading = () => {};
    const unique = client.send("SUBMIT_JOB", "f", "", "other").packets()[0].args[0];
    assertEquals([worker.grab()![0], worker.grab()![0]], [handle, unique]);
    before.store.isSlow = true;
    worker.send("WORK_COMPLETE", handle, "").send("WORK_COMPLETE", unique, "result");
    // The worker gets nothing more before the commit.
    assertEquals(mayLeave(before.durable, worker), false);
    assertEquals(before.router.jobs.size, 0);

    const { peer, stored } = await durableRouter({ store: before.store.copy() });
    const again = peer().canDo("f");
    assertEquals(again.grab(), [handle, "f", "payload"]);
    assertEquals(stored(), ["payload"]);
    again.send("WORK_COMPLETE", handle, "").packets();
    assertEquals([stored(), again.grab()], [[], null]);
  });

  test("before the commit of a submit leaves nothing behind, as nobody was told", async () => {
    const before = await durableRouter();
    before.store.isSlow = true;
    const client = before.peer();
    client.beforeReading = () => {};
    client.send("SUBMIT_JOB_BG", "f", "", "payload");
    assertEquals(mayLeave(before.durable, client), false);
    const { router } = await durableRouter({ store: before.store.copy() });
    assertEquals(router.jobs.size, 0);
  });
});

describe("payloads beyond the memory limit", () => {
  test("are in the store only, and workers get them", async () => {
    const { peer, router, durable } = await durableRouter({ memoryLimit: 25 });
    const client = peer(), worker = peer().canDo("f");
    const payloads = ["a", "b", "c", "d", "e"].map((letter) => letter.repeat(10));
    for (const payload of payloads) client.submit("SUBMIT_JOB_BG", "f", "", payload);
    const outside = [...router.jobs.values()].map(({ storage }) => storage === JobStorage.OUTSIDE);
    assertEquals(outside, [false, false, true, true, true]);
    assertEquals(durable.payloads.bytes, 20);
    for (const payload of payloads) {
      const [handle, , got] = worker.grab()!;
      assertEquals(got, payload);
      worker.send("WORK_COMPLETE", handle, "").packets();
    }
    assertEquals(durable.payloads.bytes, 0);
    assertInvariants(router);
  });

  test("leave memory again when the worker is lost that had them", async () => {
    const { peer, durable, router } = await durableRouter({ memoryLimit: 25 });
    for (let jobs = 0; jobs < 5; jobs++) peer().submit("SUBMIT_JOB_BG", "f", "", "x".repeat(10));
    const worker = peer().canDo("f");
    for (let jobs = 0; jobs < 5; jobs++) worker.grab();
    assertEquals(durable.payloads.bytes, 50);
    worker.vanish();
    peer().bytes();
    assertEquals(durable.payloads.bytes, 20);
    assertInvariants(router);
    const next = peer().canDo("f");
    for (let jobs = 0; jobs < 5; jobs++) assertEquals(next.grab()![2], "x".repeat(10));
  });

  test("stay there when the server starts", async () => {
    const before = await durableRouter({ memoryLimit: 25 });
    for (let jobs = 0; jobs < 5; jobs++) {
      before.peer().submit("SUBMIT_JOB_BG", "f", "u" + jobs, "x".repeat(10));
    }
    const { router, durable, peer } = await before.restart();
    assert(durable.payloads.bytes <= 25);
    assertEquals(
      [...router.jobs.values()].map(({ unique }) => unique).sort().join(),
      "u0,u1,u2,u3,u4",
    );
    const worker = peer().canDo("f");
    for (let jobs = 0; jobs < 5; jobs++) assertEquals(worker.grab()![2], "x".repeat(10));
  });

  test("leave no memory behind that they shared with what stays", async () => {
    const { router, durable } = await durableRouter({ memoryLimit: 0 });
    for (let jobs = 0; jobs < 1000; jobs++) {
      router.enqueueJob({ function: "f", unique: `u${jobs}`, payload: "x".repeat(1000) });
      durable.writer.settle();
    }
    const kept = new Set([...router.jobs.values()].map(({ body }) => body.buffer));
    const bytes = [...kept].reduce((sum, { byteLength }) => sum + byteLength, 0);
    assert(bytes <= 128 * 1024, `${bytes} bytes for 1000 jobs`);
  });

  test("are read for a program that looks at them", async () => {
    const { router, durable } = await durableRouter({ memoryLimit: 0 });
    const job = router.enqueueJob({ function: "f", payload: "payload" })!;
    durable.writer.settle();
    assertEquals(job.storage, JobStorage.OUTSIDE);
    assertEquals(new TextDecoder().decode(job.payload), "payload");
  });

  test("are not needed to compare other submits with them", async () => {
    const { peer, router, durable, restart } = await durableRouter({ memoryLimit: 0 });
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "-", "payload");
    assertEquals([...router.jobs.values()].map(({ storage }) => storage), [JobStorage.OUTSIDE]);
    assertEquals(peer().submit("SUBMIT_JOB_BG", "f", "-", "payload"), handle);
    assertNotEquals(peer().submit("SUBMIT_JOB_BG", "f", "-", "another"), handle);
    assertEquals([router.jobs.size, durable.payloads.bytes], [2, 0]);
    assertInvariants(router);
    const again = await restart();
    assertEquals(again.durable.payloads.bytes, 0);
    assertEquals(again.peer().submit("SUBMIT_JOB_BG", "f", "-", "payload"), handle);
    assertEquals(again.router.jobs.size, 2);
    assertEquals(again.peer().canDo("f").grab()!.slice(0, 3), [handle, "f", "payload"]);
  });

  test("that are keys are joined though the store cannot be read", async () => {
    const { peer, router, store, reports } = await durableRouter({ memoryLimit: 0 });
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "-", "payload");
    store.failing.add("payloads");
    assertEquals(peer().submit("SUBMIT_JOB_BG", "f", "-", "payload"), handle);
    assertNotEquals(peer().submit("SUBMIT_JOB_BG", "f", "-", "another"), handle);
    assertEquals([router.jobs.size, reports], [2, []]);
    assertInvariants(router);
    store.failing.clear();
    const worker = peer().canDo("f");
    assertEquals(
      [worker.grab()![2], worker.grab()![2], worker.grab()],
      ["payload", "another", null],
    );
  });

  test("that cannot be read are asked for again, while other jobs go on", async () => {
    const { peer, router, store, clock, reports } = await durableRouter({ memoryLimit: 0 });
    const client = peer(), worker = peer().canDo("f");
    client.submit("SUBMIT_JOB_BG", "f", "", "1");
    store.isBroken = true;
    client.submit("SUBMIT_JOB", "f", "", "2");
    assertEquals([worker.grab()![2], worker.grab(), reports.length], ["2", null, 1]);
    assertInvariants(router);
    store.isBroken = false;
    clock.advance(1000);
    assertEquals(worker.grab()![2], "1");
  });

  test("that cannot be read are asked for a few at a time, and told of once", async () => {
    const { peer, store, clock, reports } = await durableRouter({ memoryLimit: 0 });
    const client = peer(), worker = peer().canDo("f");
    for (let jobs = 0; jobs < 100; jobs++) client.submit("SUBMIT_JOB_BG", "f", "", "payload");
    let reads = 0;
    const { payloads } = store;
    store.payloads = () => {
      reads++;
      throw new StoreError("test: cannot read");
    };
    assertEquals([worker.grab(), worker.grab()], [null, null]);
    assertEquals([reads, reports], [32, ["test: cannot read"]]);
    store.payloads = payloads;
    assertEquals(worker.grab()![2], "payload");
    clock.advance(1000);
    for (let jobs = 1; jobs < 100; jobs++) assertEquals(worker.grab()![2], "payload");
  });
});

describe("while stored jobs are read", () => {
  test("text commands are answered and packets wait, in their order", async () => {
    const before = await durableRouter();
    const client = before.peer();
    for (let jobs = 0; jobs < 10; jobs++) client.submit("SUBMIT_JOB_BG", "f", "", String(jobs));
    const { router, durable, peer } = await before.restart();
    router.isLoading = true;
    const early = peer();
    early.beforeReading = () => {};
    early.raw("version\n");
    const { out } = early.connection;
    assert(out.size > 0);
    out.clear();
    early.send("ECHO_REQ", "x");
    early.send("SUBMIT_JOB_BG", "f", "", "10");
    assertEquals([out.size, early.connection.isHolding, router.jobs.size], [0, true, 10]);
    router.loaded();
    early.beforeReading = () => durable.writer.settle();
    assertEquals(early.types(), ["ECHO_RES", "JOB_CREATED"]);
    assertEquals(router.jobs.size, 11);
  });
});

test("a store that fails at the start rejects the reading", async () => {
  const store = new TestStore();
  store.isBroken = true;
  let message = "";
  await durableRouter({ store }).catch((error) => message = error.message);
  assertEquals(message, "test: the disk is full");
});
