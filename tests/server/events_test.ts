import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { type Log, Server, type ServerEvents } from "../../mod.ts";
import type { RawPeer } from "../support/raw_peer.ts";
import { startServer } from "../support/server.ts";

describe("events", () => {
  test("tell of connections, opened and closed, with a reason", async () => {
    await using listening = startServer();
    const { server } = listening;
    const opened = next(server, "connectionOpened");
    const closed = next(server, "connectionClosed");
    using peer = await listening.peer();
    const { connection } = await opened;
    assertEquals(connection, server.clients()[0]);
    peer.destroy();
    const end = await closed;
    assertEquals(end.connection, connection);
    assertEquals(typeof end.reason, "string");
    assertEquals(server.clients(), []);
  });

  test("tell of a job from its submit to its result", async () => {
    await using listening = startServer();
    const { server } = listening;
    const seen: string[] = [];
    server.on(
      "jobSubmitted",
      ({ job }) => seen.push(`submitted ${job.functionName} ${job.unique}`),
    );
    server.on("jobStarted", ({ job, worker }) => {
      seen.push(`started ${job.handle === handle} ${worker.clientIdText}`);
    });
    server.on("jobFinished", ({ job, outcome }) => {
      seen.push(`${outcome} ${job.handle === handle} ${job.isFinished}`);
    });
    using client = await listening.peer();
    using worker = await listening.peer();
    const [handle] = await client.packet("SUBMIT_JOB", "f", "u", "").expect("JOB_CREATED");
    // Joining a live job is no new job.
    await client.packet("SUBMIT_JOB", "f", "u", "").expect("JOB_CREATED");
    await startJob(worker);
    await worker.packet("WORK_COMPLETE", handle, "").packet("ECHO_REQ", "").expect("ECHO_RES");
    assertEquals(seen, ["submitted f u", "started true worker", "completed true true"]);
  });

  const outcomes: [string, (worker: RawPeer, handle: string, server: Server) => unknown][] = [
    ["failed", (worker, handle) => worker.packet("WORK_FAIL", handle)],
    ["exception", (worker, handle) => worker.packet("WORK_EXCEPTION", handle, "why")],
    ["cancelled", (worker, handle) => worker.send(`cancel job ${handle}\n`)],
    ["lost", (worker) => worker.destroy()],
  ];
  for (const [outcome, act] of outcomes) {
    test(`tell that a job ended as ${outcome}`, async () => {
      await using listening = startServer({ jobRetries: 1 });
      const { server } = listening;
      const job = server.enqueueJob({ function: "f" })!;
      using worker = await listening.peer();
      if (outcome !== "cancelled") await startJob(worker);
      const finished = next(server, "jobFinished");
      act(worker, job.handle, server);
      assertEquals(await finished, { job, outcome });
    });
  }

  test("tell that a job was abandoned by its only client", async () => {
    await using listening = startServer();
    const { server } = listening;
    const finished = next(server, "jobFinished");
    using client = await listening.peer();
    const [handle] = await client.packet("SUBMIT_JOB", "f", "", "").expect("JOB_CREATED");
    client.destroy();
    const { job, outcome } = await finished;
    assertEquals([job.handle, outcome], [handle, "abandoned"]);
  });

  test("go to every listener, until it is taken off", async () => {
    await using server = new Server();
    const seen: string[] = [];
    const ignoreFirst = server.on("jobSubmitted", () => seen.push("first"));
    const ignoreSecond = server.on("jobSubmitted", () => seen.push("second"));
    server.enqueueJob({ function: "f" });
    ignoreFirst();
    ignoreFirst();
    server.enqueueJob({ function: "f" });
    ignoreSecond();
    server.enqueueJob({ function: "f" });
    assertEquals(seen, ["first", "second", "second"]);
  });

  test("a listener that throws is logged; the others and the job go on", async () => {
    const lines: string[] = [];
    const log: Log = {
      level: "ERROR",
      enabled: (level) => level === "ERROR",
      write: (level, message) => void lines.push(`${level} ${message}`),
    };
    await using listening = startServer({ log });
    const { server } = listening;
    let others = 0;
    const names = ["connectionOpened", "jobSubmitted", "jobStarted", "jobFinished"] as const;
    for (const name of names) {
      server.on(name, () => {
        throw new Error(`trouble\nin ${name}`);
      });
      server.on(name, () => others++);
    }
    const job = server.enqueueJob({ function: "f" })!;
    using worker = await listening.peer();
    await startJob(worker);
    await worker.packet("WORK_COMPLETE", job.handle, "").packet("ECHO_REQ", "").expect("ECHO_RES");
    assert(job.isFinished);
    assertEquals(others, 4);
    assertEquals(lines.length, 4);
    for (const name of names) {
      const line = `ERROR A listener for ${name} failed: Error: trouble\\nin ${name}`;
      assert(lines.includes(line), lines.join());
    }
  });

  test("a listener may submit the next job when one has ended", async () => {
    await using server = new Server();
    const seen: string[] = [];
    server.on("jobFinished", ({ job }) => {
      seen.push(job.unique);
      if (seen.length < 3) {
        server.noteJobFinished(server.enqueueJob({ function: "f", unique: `${seen.length}` })!);
      }
    });
    server.noteJobFinished(server.enqueueJob({ function: "f", unique: "0" })!);
    assertEquals(seen, ["0", "1", "2"]);
    assertEquals(server.jobsOutstanding(), 0);
  });

  test("a listener may end a job as it starts: the worker gets the next one", async () => {
    await using listening = startServer();
    const { server } = listening;
    server.on("jobStarted", ({ job }) => {
      if (job.unique === "unwanted") server.noteJobFinished(job);
    });
    server.enqueueJob({ function: "f", unique: "unwanted" });
    const { handle } = server.enqueueJob({ function: "f", unique: "wanted" })!;
    using worker = await listening.peer();
    worker.packet("CAN_DO", "f").packet("GRAB_JOB");
    assertEquals((await worker.expect("JOB_ASSIGN", 3))[0], handle);
  });

  test("a listener may turn a peer away as it connects", async () => {
    await using listening = startServer();
    const { server } = listening;
    const ignore = server.on("connectionOpened", ({ connection }) => {
      server.noteDisconnectedClient(connection);
    });
    using peer = await listening.peer();
    assertEquals(await peer.allUntilClose(), "");
    assertEquals(server.clients(), []);
    ignore();
    using other = await listening.peer();
    await other.packet("ECHO_REQ", "hello").expect("ECHO_RES");
  });

  test("a listener that is no function throws", async () => {
    await using server = new Server();
    assertThrows(() => server.on("jobSubmitted", "f" as never), TypeError, "jobSubmitted");
  });

  test("an event that does not exist throws", async () => {
    await using server = new Server();
    for (const name of ["jobDone", "toString", ""]) {
      assertThrows(() => server.on(name as keyof ServerEvents, () => {}), TypeError, "no event");
    }
  });
});

function next<Name extends keyof ServerEvents>(
  server: Server,
  name: Name,
): Promise<ServerEvents[Name]> {
  return new Promise((resolve) => {
    const ignore = server.on(name, (event) => {
      ignore();
      resolve(event);
    });
  });
}

function startJob(worker: RawPeer): Promise<string[]> {
  worker.packet("SET_CLIENT_ID", "worker").packet("CAN_DO", "f");
  return worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
}
