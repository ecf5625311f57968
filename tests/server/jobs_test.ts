import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { type JobRequest, Server } from "../../mod.ts";
import type { RawPeer } from "../support/raw_peer.ts";
import { startServer } from "../support/server.ts";

describe("enqueueJob", () => {
  const malformed: [request: unknown, message: string][] = [
    ["resize", "must name its function"],
    [{ func: "resize" }, "must name its function"],
    [{ function: "resize", unqiue: "cat" }, 'has no "unqiue"'],
    [{ function: "resize", priority: "hihg" }, 'a priority "hihg"; there are high, normal, low'],
    [{ function: "resize", payload: { size: 5 } }, "must be a string or a Uint8Array"],
    [{ function: "resize", at: "tomorrow" }, "(at) must be a date"],
  ];
  for (const [request, message] of malformed) {
    test(`${JSON.stringify(request)} is a TypeError, and no job`, async () => {
      await using server = new Server();
      assertThrows(() => server.enqueueJob(request as { function: string }), TypeError, message);
      assertEquals(server.jobs(), []);
    });
  }

  test("puts a background job in its queue, which a worker then does", async () => {
    await using listening = startServer();
    const job = listening.server.enqueueJob({ function: "f", unique: "u", payload: "work" })!;
    assertEquals([job.functionName, job.unique, job.priority], ["f", "u", "normal"]);
    assertEquals(new TextDecoder().decode(job.payload), "work");
    assert(job.background && !job.isRunning && !job.isFinished);
    using worker = await listening.peer();
    assertEquals(await grab(worker, "f"), [job.handle, "f", "u", "work"]);
    assert(job.isRunning);
    worker.packet("WORK_COMPLETE", job.handle, "");
    await worker.packet("ECHO_REQ", "").expect("ECHO_RES");
    assert(job.isFinished);
  });

  test("wakes a worker that sleeps", async () => {
    await using listening = startServer();
    using worker = await listening.peer();
    await asleep(worker, "f");
    listening.server.enqueueJob({ function: "f" });
    await worker.expect("NOOP");
  });

  test("highpri puts it before the others, in whatever priority it asked for", async () => {
    await using listening = startServer();
    const { server } = listening;
    server.enqueueJob({ function: "f", unique: "normal" });
    server.enqueueJob({ function: "f", unique: "low", priority: "low" });
    const job = server.enqueueJob({ function: "f", unique: "high", priority: "low" }, true);
    assertEquals(job!.priority, "high");
    using worker = await listening.peer();
    assertEquals((await grab(worker, "f"))[2], "high");
    assertEquals((await grab(worker, "f"))[2], "normal");
    assertEquals((await grab(worker, "f"))[2], "low");
  });

  test("joins a live job with the same function and unique", async () => {
    await using server = new Server();
    const job = server.enqueueJob({ function: "f", unique: "u" });
    assertEquals(server.enqueueJob({ function: "f", unique: "u" }), job);
    assert(server.enqueueJob({ function: "g", unique: "u" }) !== job);
    assertEquals(server.jobsOutstanding(), 2);
  });

  test("returns undefined when the queue is full", async () => {
    await using server = new Server();
    server.setMaxQueue("f", 1);
    const job = server.enqueueJob({ function: "f", unique: "u" });
    assertEquals(server.enqueueJob({ function: "f" }), undefined);
    assertEquals(server.enqueueJob({ function: "f", unique: "u" }), job);
    assertEquals(server.jobs(), [job]);
  });

  test("takes a waiting job to the end of another priority's queue", async () => {
    await using listening = startServer();
    const { server } = listening;
    server.enqueueJob({ function: "f", unique: "first" });
    const job = server.enqueueJob({ function: "f", unique: "second" })!;
    assertEquals(server.enqueueJob(job, true), job);
    assertEquals(job.priority, "high");
    using worker = await listening.peer();
    assertEquals((await grab(worker, "f"))[2], "second");
    assertEquals((await grab(worker, "f"))[2], "first");
  });

  test("leaves a job alone that runs or has ended", async () => {
    await using listening = startServer();
    const { server } = listening;
    const job = server.enqueueJob({ function: "f" })!;
    using worker = await listening.peer();
    await grab(worker, "f");
    assertEquals(server.enqueueJob(job, true), job);
    assert(job.isRunning);
    server.noteJobFinished(job);
    server.enqueueJob(job, true);
    assertEquals(server.jobsOutstanding(), 0);
  });

  const wrong: [string, JobRequest][] = [
    ["a function name of 513 bytes", { function: "x".repeat(513) }],
    ["a function name with a NUL", { function: "a\0b" }],
    ["a unique of 65 bytes", { function: "f", unique: "x".repeat(65) }],
    ["a unique of 33 two-byte characters", { function: "f", unique: "ü".repeat(33) }],
    ["a reducer of 65 bytes", { function: "f", reducer: "x".repeat(65) }],
  ];
  for (const [what, request] of wrong) {
    test(`${what} throws`, async () => {
      await using server = new Server();
      assertThrows(() => server.enqueueJob(request), RangeError);
      assertEquals(server.jobs(), []);
    });
  }
});

describe("jobs", () => {
  test("are those that wait or run, found by handle under two names", async () => {
    await using listening = startServer();
    const { server } = listening;
    const jobs = ["a", "b", "c"].map((name) => server.enqueueJob({ function: name })!);
    assertEquals(server.jobs(), jobs);
    assertEquals(server.jobsOutstanding(), 3);
    for (const job of jobs) {
      assertEquals(server.jobByHandle(job.handle), job);
      assertEquals(server.jobsByHandle(job.handle), job);
    }
    using worker = await listening.peer();
    await grab(worker, "b");
    assertEquals(server.jobs(), jobs);
    assertEquals(jobs[1].worker, server.clients()[0]);
    for (const handle of ["", "H:other:1", jobs[0].handle.slice(0, -1), `${jobs[0].handle}0`]) {
      assertEquals(server.jobByHandle(handle), undefined);
    }
  });

  test("noteJobFinished ends one, and its worker's result comes too late", async () => {
    await using listening = startServer();
    const { server } = listening;
    const job = server.enqueueJob({ function: "f" })!;
    using worker = await listening.peer();
    await grab(worker, "f");
    server.noteJobFinished(job);
    assertEquals(server.jobByHandle(job.handle), undefined);
    assertEquals(server.jobsOutstanding(), 0);
    const [code] = await worker.packet("WORK_COMPLETE", job.handle, "").expect("ERROR", 2);
    assertEquals(code, "JOB_NOT_FOUND");
    server.noteJobFinished(job);
    assertEquals(server.jobsOutstanding(), 0);
  });
});

describe("setMaxQueue", () => {
  const full = ["QUEUE_ERROR", "Job queue is full"];

  for (const reset of [0, undefined, ""] as const) {
    test(`limits a function that exists or not, and ${JSON.stringify(reset)} resets`, async () => {
      await using listening = startServer();
      const { server } = listening;
      using peer = await listening.peer();
      server.setMaxQueue("f", 1);
      await peer.packet("SUBMIT_JOB_BG", "f", "", "").expect("JOB_CREATED");
      assertEquals(await peer.packet("SUBMIT_JOB_BG", "f", "", "").expect("ERROR", 2), full);
      server.setMaxQueue("f", reset);
      await peer.packet("SUBMIT_JOB_BG", "f", "", "").expect("JOB_CREATED");
      server.setMaxQueue("f", 2);
      assertEquals(await peer.packet("SUBMIT_JOB_BG", "f", "", "").expect("ERROR", 2), full);
    });
  }

  test("limits by priority", async () => {
    await using server = new Server();
    server.setMaxQueue("f", { low: 1 });
    assert(server.enqueueJob({ function: "f", priority: "low" }));
    assertEquals(server.enqueueJob({ function: "f", priority: "low" }), undefined);
    assert(server.enqueueJob({ function: "f", priority: "normal" }));
  });

  for (const max of [-1, 0.5, NaN, "5", { urgent: 1 }, null]) {
    test(`${inspect(max)} throws and changes nothing`, async () => {
      await using server = new Server();
      server.setMaxQueue("f", 1);
      assertThrows(() => server.setMaxQueue("f", max as number), Error);
      assert(server.enqueueJob({ function: "f" }));
      assertEquals(server.enqueueJob({ function: "f" }), undefined);
    });
  }
});

describe("wake-ups", () => {
  test("wakeUpSleepers sends NOOP to at most wakeup workers of the function", async () => {
    await using listening = startServer({ wakeup: 1, wakeupDelay: -1 });
    const { server } = listening;
    using first = await listening.peer();
    using second = await listening.peer();
    await asleep(first, "f");
    await asleep(second, "f");
    server.wakeUpSleepers("nobody knows this function");
    server.wakeUpSleepers("f");
    await first.expect("NOOP");
    server.wakeUpSleepers("f");
    await second.expect("NOOP");
    server.wakeUpSleepers("f");
    await second.packet("ECHO_REQ", "nothing before this").expect("ECHO_RES");
  });

  test("onClientSleep wakes a worker at once if there is work, else remembers it", async () => {
    await using listening = startServer();
    const { server } = listening;
    using worker = await listening.peer();
    await worker.packet("CAN_DO", "f").packet("ECHO_REQ", "").expect("ECHO_RES");
    const [client] = server.clients();
    server.onClientSleep(client);
    await worker.packet("ECHO_REQ", "nothing before this").expect("ECHO_RES");
    server.enqueueJob({ function: "f" });
    await worker.expect("NOOP");
    server.onClientSleep(client);
    await worker.expect("NOOP");
  });
});

/** Grabs a job: handle, function, unique, payload. */
function grab(worker: RawPeer, name: string): Promise<string[]> {
  return worker.packet("CAN_DO", name).packet("GRAB_JOB_UNIQ").expect("JOB_ASSIGN_UNIQ", 4);
}

/** Resolves when the server knows that the worker sleeps. */
async function asleep(worker: RawPeer, name: string): Promise<void> {
  worker.packet("CAN_DO", name).packet("PRE_SLEEP");
  await worker.packet("ECHO_REQ", "").expect("ECHO_RES");
}
