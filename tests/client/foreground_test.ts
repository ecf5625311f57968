import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  Client,
  type ForegroundJob,
  GearmanError,
  JobExceptionError,
  JobFailedError,
  JobTimeoutError,
  type JobUpdate,
  jsonCodec,
  LARGEST_DATA,
  PayloadTooLargeError,
  Server,
  textCodec,
  Worker,
  type WorkerJob,
} from "../../mod.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import type { RawPeer } from "../support/raw_peer.ts";
import { startServer } from "../support/server.ts";
import { testWithEachServer, testWithServers } from "./any_server.ts";
import { type RawFunction, type RawJob, RawWorker } from "./raw_worker.ts";

const reverse: RawFunction = ({ payload }) => [...payload].reverse().join("");
const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Reads what comes for a job. */
async function updatesOf(job: AsyncIterable<JobUpdate>): Promise<JobUpdate[]> {
  const updates: JobUpdate[] = [];
  for await (const update of job) updates.push(update);
  return updates;
}

/** A worker takes the job, which must be there by then. */
async function grab(worker: RawPeer, job: ForegroundJob<unknown>): Promise<string[]> {
  await job.handle;
  worker.packet("CAN_DO", job.functionName).packet("GRAB_JOB");
  return await worker.expect("JOB_ASSIGN", 3);
}

describe("a foreground job", () => {
  testWithServers("brings its result as bytes, text or JSON", {
    reverse,
    bytes: () => "\0\xff",
    json: () => '{"width":80}',
  }, async ({ client }) => {
    assertEquals(await client.submit("reverse", "Gearman"), bytes("namraeG"));
    assertEquals(await client.submit("reverse", bytes("abc")).text(), "cba");
    assertEquals(await client.submit("reverse").text(), "");
    assertEquals(await client.submit("bytes").bytes(), bytes("\0\xff"));
    assertEquals(await client.submit("json").json<{ width: number }>(), { width: 80 });
  });

  testWithServers("takes a stream, and JSON through a codec", {
    echo: ({ payload }) => payload,
  }, async ({ client }) => {
    assertEquals(
      await client.submit("echo", new Blob(["from ", "a stream"]).stream()).text(),
      "from a stream",
    );
    const codec = jsonCodec<{ n: number }, { n: number }>();
    const job = client.submit("echo", { n: 1 }, { codec });
    const { n } = await job;
    assertEquals([n, await job.text()], [1, '{"n":1}']);
  });

  testWithServers("is iterated over for data, warnings and status, then it ends", {
    resize: ({ send }) => {
      send("WORK_DATA", "one");
      send("WORK_STATUS", "1", "2");
      send("WORK_WARNING", "careful");
      send("WORK_DATA", "two\0three");
      return "done";
    },
  }, async ({ client }) => {
    const job = client.submit("resize", "");
    assertEquals(await updatesOf(job), [
      { type: "data", data: bytes("one") },
      { type: "status", numerator: 1, denominator: 2 },
      { type: "warning", data: bytes("careful") },
      { type: "data", data: bytes("two\0three") },
    ]);
    assertEquals(await job.text(), "done");
  });

  test("has all that a promise has", async () => {
    await using server = new Server();
    const functions = {
      reverse: (job: WorkerJob) => [...job.text()].reverse().join(""),
      fail: () => Promise.reject(new Error("no")),
    };
    await using _worker = new Worker({ servers: [server], functions });
    await using client = new Client({ servers: [server] });
    const job: Promise<string> = client.submit("reverse", "abc", { codec: textCodec });
    const ends: string[] = [];
    assertEquals(await job.finally(() => void ends.push("done")), "cba");
    assertEquals(await job.catch(() => "not called"), "cba");
    const failing = client.submit("fail", "", { codec: textCodec });
    assertEquals(await failing.catch((error) => (error as Error).message), "The job threw: no");
    const ending = failing.finally(() => void ends.push("failed"));
    await assertRejects(() => ending, JobExceptionError, "no");
    assertEquals(ends, ["done", "failed"]);
    assertEquals(await Promise.allSettled([job]), [{ status: "fulfilled", value: "cba" }]);
    assertEquals(Object.prototype.toString.call(job), "[object ForegroundJob]");
  });

  testWithServers("has its handle before the result", { reverse }, async ({ client }) => {
    const job = client.submit("reverse", "x");
    const first = await Promise.race([job.handle, job.text()]);
    assert(first.startsWith("H:"), first);
  });

  testWithServers("is of each priority, or has a reducer", { reverse }, async ({ client }) => {
    for (const priority of ["high", "normal", "low"] as const) {
      assertEquals(
        await client.submit("reverse", priority, { priority }).text(),
        [...priority].reverse().join(""),
      );
    }
    assertEquals(await client.submit("reverse", "abc", { reducer: "sum" }).text(), "cba");
  });

  testWithServers("rejects with the function and the handle when it failed", {
    fail: ({ send }) => {
      send("WORK_FAIL");
      return null;
    },
  }, async ({ client, port }) => {
    const job = client.submit("fail", "");
    const error = await assertRejects(() => job.bytes(), JobFailedError);
    assert(!(error instanceof JobExceptionError));
    assertEquals(error.functionName, "fail");
    assertEquals(error.handle, await job.handle);
    assertEquals(error.server, `127.0.0.1:${port}`);
    await assertRejects(() => updatesOf(job), JobFailedError);
  });

  testWithServers("rejects with the exception, also if the worker sends a failure after it", {
    throws: ({ send }) => {
      send("WORK_EXCEPTION", "no\0 such picture");
      send("WORK_FAIL");
      return null;
    },
    reverse,
  }, async ({ client }) => {
    const error = await assertRejects(() => client.submit("throws", "").text(), JobExceptionError);
    assertEquals(error.payload, bytes("no\0 such picture"));
    assertEquals(error.message, "The job threw: no\0 such picture");
    assertEquals(error.functionName, "throws");
    assertEquals(await client.submit("reverse", "on").text(), "no");
  });

  testWithEachServer(
    "shares its handle and its updates with one of the same unique",
    async (port) => {
      // The job ends when all three have been submitted.
      const begun = Promise.withResolvers<RawJob>();
      const slow = (job: RawJob) => (begun.resolve(job), null);
      using _worker = await RawWorker.start(port, { slow });
      await using client = new Client({ servers: [`127.0.0.1:${port}`] });
      const jobs = ["a", "b", "c"].map((payload) =>
        client.submit("slow", payload, { unique: "same" })
      );
      const handles = await Promise.all(jobs.map((job) => job.handle));
      assertEquals(new Set(handles).size, 1);
      const { send, payload } = await begun.promise;
      send("WORK_DATA", "once");
      send("WORK_DATA", "twice");
      send("WORK_COMPLETE", payload);
      for (const job of jobs) {
        assertEquals((await updatesOf(job)).length, 2);
        assertEquals(await job.text(), "a");
      }
    },
  );

  testWithServers("may be one of thousands at a time", { reverse }, async ({ client }) => {
    const results = await Promise.all(
      Array.from({ length: 5000 }, (_, n) => client.submit("reverse", `${n}`).text()),
    );
    results.forEach((result, n) => assertEquals(result, [...`${n}`].reverse().join("")));
  });

  test("does all of this in one process, without a socket", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server] });
    const job = client.submit("reverse", "Gearman");
    using worker = await server.peer();
    const [handle, , payload] = await grab(worker, job);
    worker.packet("WORK_COMPLETE", handle, [...payload].reverse().join(""));
    assertEquals([await job.text(), await job.handle], ["namraeG", handle]);
  });
});

describe("the waiting for a foreground job ends", () => {
  const clock = new ManualClock();
  testWithServers(
    "when its worker never returns and its time is over, with no timer left",
    { hang: () => null, reverse },
    async ({ client }) => {
      const job = client.submit("hang", "", { timeout: 1000 });
      const handle = await job.handle;
      clock.advance(1000);
      const error = await assertRejects(() => job.bytes(), JobTimeoutError, "longer than 1000 ms");
      assertEquals([error.functionName, error.handle], ["hang", handle]);
      assertEquals(clock.timers, 0);
      assertEquals(await client.submit("reverse", "on").text(), "no");
    },
    { clock, replyTimeout: Infinity },
  );

  test("after a day, unless the client or the job has another timeout", async () => {
    await using server = startServer();
    const servers = [server.server];
    const clock = new ManualClock();
    const options = { servers, clock, replyTimeout: Infinity };
    await using patient = new Client(options);
    await using hurried = new Client({ ...options, jobTimeout: 1000 });
    const jobs = [hurried.submit("nobody"), patient.submit("nobody"), patient.submit("nobody")];
    const ownTime = hurried.submit("nobody", "", { timeout: 2000 });
    const forEver = hurried.submit("slow", "", { timeout: Infinity });
    await Promise.all([...jobs, ownTime, forEver].map((job) => job.handle));
    clock.advance(1000);
    await assertRejects(() => jobs[0].bytes(), JobTimeoutError, "longer than 1000 ms");
    clock.advance(1000);
    await assertRejects(() => ownTime.bytes(), JobTimeoutError, "longer than 2000 ms");
    clock.advance(24 * 3600 * 1000 - 2000);
    await assertRejects(() => jobs[1].bytes(), JobTimeoutError, "longer than 86400000 ms");
    await assertRejects(() => jobs[2].bytes(), JobTimeoutError);
    using worker = await server.peer();
    const [handle] = await grab(worker, forEver);
    assertEquals(handle, await forEver.handle);
    worker.packet("WORK_COMPLETE", handle, "late");
    assertEquals(await forEver.text(), "late");
  });

  test("when its signal fires, before, while or after it is submitted", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server] });
    const reason = new Error("changed my mind");
    const fired = client.submit("nobody", "", { signal: AbortSignal.abort(reason) });
    await assertRejects(() => fired.handle, Error, "changed my mind");
    const early = new AbortController();
    const beforeSubmit = client.submit("nobody", "", { signal: early.signal });
    early.abort(reason);
    await assertRejects(() => beforeSubmit.handle, Error, "changed my mind");
    const late = new AbortController();
    const job = client.submit("nobody", "", { signal: late.signal });
    await job.handle;
    late.abort(reason);
    await assertRejects(() => job.bytes(), Error, "changed my mind");
    assertEquals(server.server.jobs().map(({ handle }) => handle), [await job.handle]);
  });

  test("when its result comes, whatever the codec makes of it", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server] });
    const job = client.submit("nobody", 1, { codec: jsonCodec<number, number>() });
    using worker = await server.peer();
    const [handle] = await grab(worker, job);
    worker.packet("WORK_COMPLETE", handle, "no JSON");
    await assertRejects(() => job.result(), SyntaxError);
    assertEquals(await job.text(), "no JSON");
  });
});

describe("a submit is refused before anything is sent", () => {
  test("when it is given up while its stream is read, which is cancelled", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server] });
    for (const background of [false, true] as const) {
      const canceled = Promise.withResolvers<unknown>();
      const reading = Promise.withResolvers<void>();
      const payload = new ReadableStream<Uint8Array>({
        pull: () => reading.resolve(),
        cancel: canceled.resolve,
      }, { highWaterMark: 0 });
      const controller = new AbortController();
      const { signal } = controller;
      const job = background
        ? client.submit("f", payload, { background, signal })
        : client.submit("f", payload, { signal });
      const rejected = assertRejects(async () => await job, Error, "enough");
      await reading.promise;
      controller.abort(new Error("enough"));
      await rejected;
      assertEquals(((await canceled.promise) as Error).message, "enough");
    }
    assertEquals(server.server.jobs().length, 0);
  });

  test("when the payload is too large, with the limit", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server], maxPayload: 4 });
    const stream = () => new Blob(["123", "45"]).stream();
    for (const payload of ["12345", bytes("12345"), stream()]) {
      const job = client.submit("resize", payload);
      const error = await assertRejects(() => job.bytes(), PayloadTooLargeError, "4 bytes");
      assertEquals(error.functionName, "resize");
    }
    assertEquals(server.server.clients(), []);
  });

  test("when the payload, a name or an option makes no sense", async () => {
    await using client = new Client({ servers: ["unix:/nonexistent"] });
    const wrong: [string, unknown, Record<string, unknown>, string][] = [
      ["", "", {}, "empty"],
      ["a\0b", "", {}, "NUL"],
      ["f".repeat(513), "", {}, "512 bytes"],
      ["f", "", { unique: "u".repeat(65) }, "64 bytes"],
      ["f", "", { reducer: "r".repeat(65) }, "64 bytes"],
      ["f", "", { priority: "urgent" }, "urgent"],
      ["f", "", { reducer: "r", priority: "high" }, "a priority and a reducer"],
      ["f", "", { timeout: 0 }, "milliseconds"],
      ["f", "", { background: false, at: 1 }, "background"],
      ["f", "", { at: NaN }, "a number of milliseconds >= 0"],
      ["f", "", { at: 1, priority: "low" }, "a time"],
      ["f", 1, {}, "codec"],
      ["f", "", { priorty: "high" }, "priorty"],
      ["f", undefined, { codec: jsonCodec() }, "NoServer"],
      ["f", () => {}, { codec: jsonCodec() }, "JSON"],
    ];
    for (const [name, payload, options, text] of wrong) {
      const submit = client.submit as (...args: unknown[]) => PromiseLike<unknown>;
      const error = await assertRejects(async () => {
        await submit.call(client, name, payload, options);
      }, Error);
      assert(`${error.name} ${error.message}`.includes(text), `${text}: ${error}`);
    }
  });
});

describe("the largest payload and result", () => {
  // One byte too much for a server would cost the connection, with all that is under way on it.
  test("fit the packets that a server takes, with the longest names", async () => {
    await using server = startServer();
    const servers = [server.server];
    const name = "n".repeat(512);
    await using _worker = new Worker({ servers, functions: { [name]: (job) => job.payload } });
    await using client = new Client({ servers });
    const options = { unique: "u".repeat(64) };
    const result = await client.submit(name, new Uint8Array(LARGEST_DATA), options);
    assertEquals(result.length, LARGEST_DATA);
    const reduced = { reducer: "r".repeat(64), unique: options.unique, background: true } as const;
    await client.submit("nobody", new Uint8Array(LARGEST_DATA), reduced);
    const more = client.submit(name, new Uint8Array(LARGEST_DATA + 1));
    await assertRejects(() => more.bytes(), PayloadTooLargeError);
  });
});

describe("updates that nobody reads", () => {
  test("are dropped above the limit: the reader is told, and the result comes", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server], maxUnread: 1000 });
    const job = client.submit("talk", "");
    using worker = await server.peer();
    const [handle] = await grab(worker, job);
    for (let n = 0; n < 10; n++) worker.packet("WORK_DATA", handle, "x".repeat(200));
    worker.packet("WORK_COMPLETE", handle, "done");
    assertEquals(await job.text(), "done");
    await assertRejects(() => updatesOf(job), GearmanError, "maxUnread");
  });

  test("may be 100 MB, which a slow reader still gets whole", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [`127.0.0.1:${server.port}`] });
    const job = client.submit("talk", "");
    using worker = await server.peer();
    const [handle] = await grab(worker, job);
    const chunk = "x".repeat(10_000_000);
    for (let n = 0; n < 10; n++) worker.packet("WORK_DATA", handle, chunk);
    worker.packet("WORK_COMPLETE", handle, chunk);
    // It reads nothing before everything is there.
    assertEquals((await job.bytes()).length, chunk.length);
    let length = 0;
    for (const update of await updatesOf(job)) {
      if (update.type === "data") length += update.data.length;
    }
    assertEquals(length, 100_000_000);
  });

  test("are let go of by a reader that leaves", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server] });
    const job = client.submit("talk", "");
    using worker = await server.peer();
    const [handle] = await grab(worker, job);
    worker.packet("WORK_STATUS", handle, "1", "many").packet("WORK_DATA", handle, "more");
    for await (const update of job) {
      assertEquals(update, { type: "status", numerator: 1, denominator: 0 });
      break;
    }
    worker.packet("WORK_COMPLETE", handle, "done");
    assertEquals(await job.text(), "done");
    assertEquals(await updatesOf(job), []);
  });
});
