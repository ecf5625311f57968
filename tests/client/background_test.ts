import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, type JobRequest, JobTimeoutError, jsonCodec, ServerError } from "../../mod.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { startServer } from "../support/server.ts";
import { testWithServers } from "./any_server.ts";
import { ForeignServer } from "./foreign_server.ts";

describe("a background job", () => {
  testWithServers("resolves with its handle, by which its status is told", {
    other: () => "",
  }, async ({ client }) => {
    const handle = await client.submit("resize", "x", { background: true });
    assert(handle.startsWith("H:"));
    const waiting = { known: true, running: false, numerator: 0, denominator: 0 };
    assertEquals(await client.status(handle), waiting);
    assertEquals(await client.status("H:nobody:1"), { ...waiting, known: false });
  });

  testWithServers("has a status with its progress while it runs", {
    resize: ({ send }) => {
      send("WORK_STATUS", "3", "10");
      return null;
    },
  }, async ({ client }) => {
    const job = client.submit("resize", "x", { unique: "picture" });
    for await (const _ of job) break;
    const running = { known: true, running: true, numerator: 3, denominator: 10 };
    assertEquals(await client.status(await job.handle), running);
    assertEquals(await client.statusByUnique("picture"), { ...running, clients: 1 });
    const { known, clients } = await client.statusByUnique("no picture");
    assertEquals([known, clients], [false, 0]);
  });

  test("has a status by the longest unique that it can be submitted with", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server] });
    const unique = "é".repeat(32);
    await client.submit("f", "", { background: true, unique });
    assertEquals((await client.statusByUnique(unique)).known, true);
    for (const wrong of [`${unique}x`, "a\0b"]) {
      const refused = () => client.statusByUnique(wrong);
      await assertRejects(refused, RangeError, "A unique has at most 64 bytes and no NUL");
    }
    const refused = () => client.status("h".repeat(64));
    await assertRejects(refused, RangeError, "A handle has at most 63 bytes and no NUL");
  });

  testWithServers("and all other requests are answered each by its own answer", {
    reverse: ({ payload }) => [...payload].reverse().join(""),
  }, async ({ client }) => {
    const large = new Uint8Array(1_000_000).fill(1);
    const [echo, status, result, handle, large2] = await Promise.all([
      client.echo("hi"),
      client.status("H:nobody:1"),
      client.submit("reverse", "abc").text(),
      client.submit("nobody", "", { background: true }),
      client.echo(large),
    ]);
    assertEquals(echo, new TextEncoder().encode("hi"));
    assertEquals([status.known, result, large2], [false, "cba", large]);
    assert((await client.status(handle)).known);
  });

  test("has the priority, unique, reducer and payload that it was given", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server] });
    const submits: [Partial<JobRequest>, Promise<string>][] = [
      [{ priority: "high" }, client.submit("f", "", { background: true, priority: "high" })],
      [{ priority: "low" }, client.submit("f", "", { background: true, priority: "low" })],
      [{ reducer: "sum" }, client.submit("f", "", { background: true, reducer: "sum" })],
      [{ unique: "größe" }, client.submit("f", "", { background: true, unique: "größe" })],
    ];
    for (const [expected, submit] of submits) {
      const job = server.server.jobByHandle(await submit) as unknown as Record<string, unknown>;
      for (const [name, value] of Object.entries(expected)) assertEquals(job[name], value, name);
    }
    const codec = jsonCodec<number[], never>();
    const handle = await client.submit("f", [1, 2], { background: true, codec });
    const { payload } = server.server.jobByHandle(handle)!;
    assertEquals(new TextDecoder().decode(payload), "[1,2]");
  });

  test("runs at its time, given as a Date, an instant or milliseconds", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server] });
    using worker = await server.peer();
    const later = Date.now() + 3_600_000;
    for (const at of [later, new Date(later), { epochMilliseconds: later }]) {
      await client.submit("report", "", { at });
    }
    worker.packet("CAN_DO", "report").packet("GRAB_JOB");
    await worker.expect("NO_JOB");
    const past = await client.submit("report", "", { at: 0 });
    worker.packet("GRAB_JOB");
    assertEquals((await worker.expect("JOB_ASSIGN", 3))[0], past);
  });

  testWithServers("with a time is taken", { other: () => "" }, async ({ client }) => {
    const handle = await client.submit("report", "x", { at: new Date(Date.now() + 3_600_000) });
    assertEquals((await client.status(handle)).running, false);
  });

  test("rejects when the server takes too long to answer, or the signal fires", async () => {
    const asked = Promise.withResolvers<void>();
    await using server = await ForeignServer.start((socket) =>
      void socket.once("data", () => asked.resolve())
    );
    const clock = new ManualClock();
    await using client = new Client({ servers: [server.address], clock });
    const late = client.submit("f", "", { background: true, timeout: 10 });
    const enough = new AbortController();
    const aborted = client.submit("f", "", { background: true, signal: enough.signal });
    await asked.promise;
    clock.advance(10);
    enough.abort(new Error("enough"));
    const { functionName } = await assertRejects(() => late, JobTimeoutError);
    assertEquals(functionName, "f");
    await assertRejects(() => aborted, Error, "enough");
  });
});

describe("an ERROR", () => {
  test("rejects the one of 100 submits that it answers, and no other", async () => {
    await using server = startServer({ maxQueue: { narrow: 1 } });
    await using client = new Client({ servers: [`127.0.0.1:${server.port}`] });
    const submits = Array.from({ length: 100 }, (_, n) => {
      const name = n === 10 || n === 50 ? "narrow" : `wide${n}`;
      return n % 2 === 0
        ? client.submit(name, `${n}`, { background: true })
        : client.submit(name, `${n}`).handle;
    });
    const outcomes = await Promise.allSettled(submits);
    const failed = outcomes.flatMap((o, n) => o.status === "rejected" ? [[n, o.reason]] : []);
    assertEquals(failed.map(([n]) => n), [50]);
    const error = failed[0][1];
    assert(error instanceof ServerError);
    assertEquals([error.code, error.functionName], ["QUEUE_ERROR", "narrow"]);
    // Each of the others got its own handle.
    for (const [n, outcome] of outcomes.entries()) {
      if (outcome.status === "rejected") continue;
      const job = server.server.jobByHandle(outcome.value)!;
      assertEquals(new TextDecoder().decode(job.payload), `${n}`);
    }
  });

  testWithServers("of the C server does so too", {
    other: () => "",
  }, async ({ client, port }) => {
    const first = client.submit("narrow", "", { background: true });
    await first;
    using admin = await RawPeer.connect(port);
    admin.send("maxqueue narrow 1\n");
    await admin.nextLine();
    const results = await Promise.allSettled(
      ["wide", "narrow", "wide"].map((name) => client.submit(name, "").handle),
    );
    assertEquals(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
    const { reason } = results[1] as PromiseRejectedResult;
    assertEquals([reason.code, reason.text], ["QUEUE_ERROR", "Job queue is full"]);
  });
});
