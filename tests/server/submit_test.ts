import { describe, test } from "node:test";
import { assert, assertEquals, assertNotStrictEquals, assertRejects } from "@std/assert";
import {
  Client,
  ConnectionLostError,
  GearmanError,
  JobExceptionError,
  JobFailedError,
  JobTimeoutError,
  type JobUpdate,
  Server,
  ServerError,
  Worker,
} from "../../mod.ts";
import { MemoryStore } from "../../store/mod.ts";
import { ManualClock, type TestServer, testServer } from "../../testing/mod.ts";
import { RawPeer } from "../support/raw_peer.ts";

/** A worker that has taken the one job of a server. */
async function workerOf(server: TestServer): Promise<{ worker: RawPeer; handle: string }> {
  const worker = await RawPeer.connect(server.port);
  const [job] = server.jobs();
  worker.packet("CAN_DO", job.functionName);
  const [handle] = await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
  return { worker, handle };
}

/** Waits until the server has done what the peer sent. */
async function done(peer: RawPeer): Promise<void> {
  await peer.packet("ECHO_REQ", "").expect("ECHO_RES");
}

/** What comes before the end of a job, as text. */
async function updatesOf(job: AsyncIterable<JobUpdate>): Promise<string[]> {
  const found: string[] = [];
  for await (const update of job) {
    found.push(
      update.type === "status"
        ? `${update.numerator}/${update.denominator}`
        : `${update.type} ${new TextDecoder().decode(update.data)}`,
    );
  }
  return found;
}

describe("Server.submit", () => {
  test("resolves with what the worker returned, and with the handle before", async () => {
    await using server = new Server();
    await using _worker = new Worker({
      servers: [server],
      functions: { upper: (job) => job.text().toUpperCase() },
    });
    const job = server.submit({ function: "upper", payload: "gearman" });
    const [live] = server.jobs();
    assertEquals([await job.handle, live.background], [live.handle, false]);
    assertEquals(await job.text(), "GEARMAN");
    assertEquals(new TextDecoder().decode(await job), "GEARMAN");
    assertEquals(server.jobs(), []);
  });

  test("iterates over data, warnings and status, in their order, and then has the result", async () => {
    await using server = await testServer();
    const job = server.submit({ function: "resize" });
    const { worker, handle } = await workerOf(server);
    using _worker = worker;
    worker.packet("WORK_DATA", handle, "a\0b").packet("WORK_STATUS", handle, "1", "4")
      .packet("WORK_WARNING", handle, "hot").packet("WORK_DATA", handle, "")
      .packet("WORK_COMPLETE", handle, "c\0d");
    assertEquals(await updatesOf(job), ["data a\0b", "1/4", "warning hot", "data "]);
    assertEquals(await job.text(), "c\0d");
    server.assertInvariants();
  });

  test("resolves with bytes that nobody else changes", async () => {
    await using server = await testServer();
    const first = server.submit({ function: "resize", unique: "cat" });
    const second = server.submit({ function: "resize", unique: "cat" });
    const { worker, handle } = await workerOf(server);
    using _worker = worker;
    const large = "x".repeat(1024 * 1024);
    worker.packet("WORK_COMPLETE", handle, large);
    const [bytes, others] = await Promise.all([first.bytes(), second.bytes()]);
    bytes.fill(0);
    assertNotStrictEquals(bytes, others);
    assert(others.every((byte) => byte === "x".charCodeAt(0)));
    assertEquals(others.length, large.length);
  });

  test("rejects when the worker says that the job failed, or sends an exception", async () => {
    await using server = await testServer();
    const failed = server.submit({ function: "resize" });
    const failing = await workerOf(server);
    using worker = failing.worker;
    await done(worker.packet("WORK_FAIL", failing.handle));
    const failure = await assertRejects(() => failed.bytes(), JobFailedError, "The job failed");
    assertEquals([failure.functionName, failure.handle], ["resize", failing.handle]);
    const threw = server.submit({ function: "resize" });
    const throwing = await workerOf(server);
    using other = throwing.worker;
    await done(other.packet("WORK_EXCEPTION", throwing.handle, "no\0memory"));
    const exception = await assertRejects(() => threw.bytes(), JobExceptionError);
    assertEquals(exception.text, "no\0memory");
    await assertRejects(() => updatesOf(threw), JobExceptionError);
  });

  test("rejects when the job has lost as many workers as it may, and waits before", async () => {
    await using server = await testServer({ jobRetries: 2 });
    const job = server.submit({ function: "resize" });
    for (let losses = 1; losses <= 2; losses++) {
      const { worker } = await workerOf(server);
      const gone = new Promise<void>((resolve) => {
        const remove = server.on("connectionClosed", () => resolve(remove()));
      });
      worker[Symbol.dispose]();
      await gone;
      assertEquals(server.jobs().map((live) => live.losses), losses < 2 ? [losses] : []);
    }
    await assertRejects(() => job.bytes(), JobFailedError);
  });

  test("joins the job of a client with the same unique, and both get the result", async () => {
    await using server = await testServer();
    await using client = new Client({ servers: [server.address] });
    const theirs = client.submit("resize", "", { unique: "cat" });
    const handle = await theirs.handle;
    const ours = server.submit({ function: "resize", unique: "cat" });
    assertEquals(await ours.handle, handle);
    assertEquals(server.jobs().map((job) => job.subscriberCount), [2]);
    const { worker } = await workerOf(server);
    using _worker = worker;
    worker.packet("WORK_DATA", handle, "half").packet("WORK_COMPLETE", handle, "whole");
    assertEquals([await updatesOf(ours), await updatesOf(theirs)], [["data half"], ["data half"]]);
    assertEquals([await ours.text(), await theirs.text()], ["whole", "whole"]);
    server.assertInvariants();
  });

  test("tells each of very many that wait for the same job, but who has left meanwhile", async () => {
    await using server = await testServer();
    const leaves = new AbortController();
    const request = { function: "resize", unique: "cat" };
    const jobs = Array.from({ length: 1000 }, () => server.submit(request));
    const left = server.submit(request, { signal: leaves.signal });
    const { worker, handle } = await workerOf(server);
    using _worker = worker;
    server.on("jobFinished", () => leaves.abort(new Error("enough")));
    worker.packet("WORK_DATA", handle, "half").packet("WORK_COMPLETE", handle, "whole");
    const results = await Promise.all(
      jobs.map(async (job) => [...await updatesOf(job), await job.text()]),
    );
    assertEquals(new Set(results.flat()), new Set(["data half", "whole"]));
    await assertRejects(() => left.bytes(), Error, "enough");
    server.assertInvariants();
  });

  test("rejects with what the server says when there is no room for the job", async () => {
    await using server = new Server({ maxQueue: { resize: 1 } });
    void server.submit({ function: "resize" });
    const error = await assertRejects(
      () => server.submit({ function: "resize" }).bytes(),
      ServerError,
    );
    assertEquals([error.code, error.text], ["QUEUE_ERROR", "Job queue is full"]);
    assertEquals(server.jobsOutstanding(), 1);
  });

  test("rejects for what is no job, an option that does not exist, and a job with a time", async () => {
    await using server = new Server();
    const cases: [object, object, string][] = [
      [{ function: "a\0b" }, {}, "contains a NUL"],
      [{ function: "f", payloat: "" }, {}, 'A job has no "payloat"'],
      [{ function: "f" }, { timout: 1 }, 'Unknown option "timout"'],
      [{ function: "f" }, { timeout: -1 }, "Option timeout must be"],
      [{ function: "f" }, { maxUnread: -1 }, "Option maxUnread must be"],
      [{ function: "f", at: new Date() }, {}, "use enqueueJob()"],
    ];
    for (const [request, options, message] of cases) {
      const job = server.submit(request as { function: string }, options);
      await assertRejects(() => job.bytes(), Error, message);
      await assertRejects(() => job.handle, Error, message);
    }
    assertEquals(server.jobsOutstanding(), 0);
  });
});

describe("a program that waits for a job no more", () => {
  test("rejects with the signal's reason; a job that waits and is nobody's else ends", async () => {
    await using server = await testServer();
    const outcomes: string[] = [];
    server.on("jobFinished", ({ outcome }) => outcomes.push(outcome));
    const enough = new AbortController();
    const job = server.submit({ function: "resize", unique: "a" }, { signal: enough.signal });
    const other = server.submit({ function: "resize", unique: "b" }, { signal: enough.signal });
    const stays = server.submit({ function: "resize", unique: "b" });
    enough.abort(new Error("enough"));
    await assertRejects(() => job.bytes(), Error, "enough");
    await assertRejects(() => other.bytes(), Error, "enough");
    assertEquals(outcomes, ["abandoned"]);
    assertEquals(server.jobs().map((live) => [live.unique, live.subscriberCount]), [["b", 1]]);
    server.assertInvariants();
    assertEquals(stays.cancel(), true);
    const late = server.submit({ function: "resize" }, { signal: enough.signal });
    await assertRejects(() => late.bytes(), Error, "enough");
    assertEquals(server.jobsOutstanding(), 0);
  });

  test("rejects after its timeout; a job that runs goes on, and its result goes nowhere", async () => {
    const clock = new ManualClock();
    await using server = await testServer({ clock });
    const job = server.submit({ function: "resize" }, { timeout: 5000 });
    const { worker, handle } = await workerOf(server);
    using _worker = worker;
    clock.advance(4999);
    assertEquals(server.jobs()[0].subscriberCount, 1);
    clock.advance(1);
    const error = await assertRejects(() => job.bytes(), JobTimeoutError, "longer than 5000 ms");
    assertEquals(error.handle, handle);
    assertEquals(server.jobs().map((live) => [live.isRunning, live.subscriberCount]), [[true, 0]]);
    await done(worker.packet("WORK_COMPLETE", handle, "late"));
    assertEquals(server.jobsOutstanding(), 0);
    server.assertInvariants();
  });

  test("keeps at most maxUnread bytes that it does not read, and gets the result", async () => {
    await using server = await testServer();
    const job = server.submit({ function: "resize" }, { maxUnread: 1000 });
    const { worker, handle } = await workerOf(server);
    using _worker = worker;
    const half = "x".repeat(500);
    worker.packet("WORK_DATA", handle, half).packet("WORK_DATA", handle, half);
    worker.packet("WORK_COMPLETE", handle, "done");
    assertEquals(await job.text(), "done");
    await assertRejects(() => updatesOf(job), GearmanError, "(maxUnread)");
  });
});

describe("cancel() of a job that a program waits for", () => {
  test("ends it for all who wait, while it waits or runs, once", async () => {
    await using server = await testServer();
    await using client = new Client({ servers: [server.address] });
    const theirs = client.submit("resize", "", { unique: "cat" });
    await theirs.handle;
    const ours = server.submit({ function: "resize", unique: "cat" });
    const { worker, handle } = await workerOf(server);
    using _worker = worker;
    assertEquals([ours.cancel(), ours.cancel()], [true, false]);
    await assertRejects(() => ours.bytes(), JobFailedError);
    await assertRejects(() => theirs.bytes(), JobFailedError);
    assertEquals(server.jobsOutstanding(), 0);
    await worker.packet("WORK_COMPLETE", handle, "late").expect("ERROR");
    server.assertInvariants();
  });

  test("in a listener of the server's events is no call back from inside", async () => {
    await using server = await testServer();
    const job = server.submit({ function: "resize" });
    server.on("jobStarted", () => void job.cancel());
    using worker = await RawPeer.connect(server.port);
    worker.packet("CAN_DO", "resize").packet("GRAB_JOB");
    await worker.expect("NO_JOB");
    await assertRejects(() => job.bytes(), JobFailedError);
    server.assertInvariants();
  });
});

test("what a program does with a result comes after the work of the router, not within", async () => {
  await using server = await testServer();
  const steps: string[] = [];
  server.on("jobFinished", () => steps.push("the router has ended the job"));
  const job = server.submit({ function: "resize" });
  void job.bytes().then(() => steps.push("the program has it"));
  const { worker, handle } = await workerOf(server);
  using _worker = worker;
  await done(worker.packet("WORK_COMPLETE", handle, ""));
  await job;
  assertEquals(steps, ["the router has ended the job", "the program has it"]);
});

describe("a server that stops", () => {
  test("at once rejects what its program waits for, and what it submits later", async () => {
    const server = await testServer();
    const waits = server.submit({ function: "resize" });
    await server.stop();
    await assertRejects(() => waits.bytes(), ConnectionLostError, "The server was stopped");
    const late = server.submit({ function: "resize" });
    await assertRejects(() => late.bytes(), Error, "The server has been stopped");
  });

  for (
    const [what, store] of [["without a store", undefined], ["with one", MemoryStore]] as const
  ) {
    test(`gracefully, ${what}, waits until its program has its result`, async () => {
      const server = await testServer({ store: store && new store("H:test:000000000001") });
      await server.loaded;
      const job = server.submit({ function: "resize" });
      const { worker, handle } = await workerOf(server);
      let hasStopped = false;
      const stopped = server.stop({ graceful: true }).then(() => hasStopped = true);
      await done(worker);
      assertEquals(hasStopped, false);
      worker.packet("WORK_COMPLETE", handle, "done");
      assertEquals(await job.text(), "done");
      worker[Symbol.dispose]();
      await stopped;
    });
  }
});

describe("a server whose stored jobs are still read", () => {
  test("takes what its program submits when they are", async () => {
    await using server = new Server({ store: new MemoryStore("H:test:000000000001") });
    const job = server.submit({ function: "resize" });
    assertEquals(server.jobsOutstanding(), 0);
    const handle = await job.handle;
    assertEquals(server.jobs().map((live) => live.handle), [handle]);
  });

  test("takes nothing of it when it was stopped before", async () => {
    const server = new Server({ store: new MemoryStore("H:test:000000000001") });
    const job = server.submit({ function: "resize" });
    await server.stop();
    await assertRejects(() => job.bytes(), ConnectionLostError, "The server was stopped");
    assertEquals(server.jobsOutstanding(), 0);
  });
});
