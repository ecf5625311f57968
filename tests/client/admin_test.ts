import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Admin,
  CommandRefusedError,
  ConnectError,
  ConnectionLostError,
  NoAnswerError,
  Server,
  UnsupportedError,
} from "../../mod.ts";
import { type TestServer, testServer } from "../../testing/mod.ts";
import { ScriptedServer } from "../support/scripted_server.ts";
import { RawPeer } from "../support/raw_peer.ts";

/** An admin of a server in this process, and one that comes through a socket. */
async function withBoth(body: (admin: Admin, server: TestServer) => Promise<void>): Promise<void> {
  for (const bySocket of [false, true]) {
    await using server = await testServer({ allowShutdown: true });
    await using admin = new Admin(bySocket ? server.address : server);
    await body(admin, server);
  }
}

describe("an admin", () => {
  test("tells of functions, jobs and connections, with numbers as numbers", () =>
    withBoth(async (admin, server) => {
      using worker = await RawPeer.connect(server.port);
      worker.packet("CAN_DO", "resize").packet("SET_CLIENT_ID", "w1");
      await worker.packet("ECHO_REQ", "").expect("ECHO_RES");
      const job = server.enqueueJob({ function: "resize", unique: "cat", payload: "12345" }, true)!;
      const { rows: [status], untold } = await admin.status();
      assertEquals(untold, null);
      assertEquals(
        [status.function, status.jobs, status.waiting, status.high, status.running, status.workers],
        ["resize", 1, 1, 1, 0, 1],
      );
      const { rows: [listed] } = await admin.jobs({ unique: "cat" });
      const { age, ...facts } = listed;
      assert(age! >= 0);
      assertEquals(facts, {
        handle: job.handle,
        function: "resize",
        unique: "cat",
        state: "waiting",
        priority: "high",
        background: true,
        due: null,
        losses: 0,
        failures: 0,
        numerator: 0,
        denominator: 0,
        bytes: 5,
        clients: 0,
        submitter: null,
        worker: null,
      });
      assertEquals((await admin.job(job.handle))?.unique, "cat");
      assertEquals(await admin.job("H:nobody:1"), undefined);
      const { rows } = await admin.workers();
      assertEquals(
        rows.find(({ clientId }) => clientId === "w1")?.functions,
        ["resize"],
      );
    }));

  test("cancels one job, many, and those that wait, and says how many", () =>
    withBoth(async (admin, server) => {
      const jobs = [1, 2, 3].map(() => server.enqueueJob({ function: "resize" })!);
      server.enqueueJob({ function: "mail", unique: "a b" });
      assertEquals(await admin.cancel(jobs[0].handle), true);
      assertEquals(await admin.cancel(jobs[0].handle), false);
      assertEquals(await admin.cancelAll({ unique: "a b" }), 1);
      assertEquals(await admin.cancelAll({ function: "resize" }), 2);
      server.enqueueJob({ function: "mail" });
      assertEquals(await admin.purge("mail"), 1);
      assertEquals(server.jobsOutstanding(), 0);
      await assertRejects(() => admin.cancelAll({}), TypeError, "Name a function or a unique");
    }));

  test("pauses and resumes a function, and tells what is paused", () =>
    withBoth(async (admin, server) => {
      const before = Date.now();
      await admin.pause("resize", { duration: 600_000, reason: " new\nversion " });
      await admin.pause("mail");
      const [mail, resize] = await admin.pauses();
      assertEquals([mail.function, mail.until, mail.reason], ["mail", null, ""]);
      assertEquals([resize.function, resize.reason], ["resize", "new version"]);
      assertEquals(resize.until! - resize.since, 600_000);
      assert(resize.since >= before && resize.by !== "");
      server.enqueueJob({ function: "resize" });
      assertEquals((await admin.status()).rows[0].paused, true);
      assertEquals((await admin.why("resize"))[0].code, "paused");
      assertEquals(await admin.resume("resize"), true);
      assertEquals(await admin.resume("resize"), false);
      assertEquals((await admin.status()).rows[0].paused, false);
      await assertRejects(() => admin.pause("f", { duration: 0 }), RangeError, "above 0");
    }));

  test("buries jobs, brings them back and drops them, and tells which are dead", () =>
    withBoth(async (admin, server) => {
      const before = Date.now();
      const jobs = ["a", "b", "c"].map((unique) =>
        server.enqueueJob({ function: "print out", unique, payload: "12345" })!
      );
      for (const { handle } of jobs) assertEquals(await admin.bury(handle), true);
      assertEquals(await admin.bury(jobs[0].handle), false);
      const [first, ...others] = await admin.dead("print out");
      const { died, worker, ...rest } = first;
      assert(died >= before && worker !== null);
      assertEquals(rest, {
        handle: jobs[0].handle,
        function: "print out",
        unique: "a",
        losses: 0,
        failures: 0,
        bytes: 5,
        cause: "buried",
        text: null,
      });
      assertEquals(others.map(({ unique }) => unique), ["b", "c"]);
      assertEquals([await admin.kick("print out", 1), server.jobsOutstanding()], [1, 1]);
      assertEquals(await admin.kickJob(jobs[2].handle), true);
      assertEquals(await admin.kickJob(jobs[2].handle), false);
      assertEquals(await admin.dropDead("print out", 3_600_000), 0);
      assertEquals(await admin.dropDead("print out"), 1);
      assertEquals(await admin.dead(), []);
      assertEquals((await admin.why(jobs[1].handle))[0].code, "ended_unknown");
      await admin.purge("print out");
    }));

  test("quiets workers, by number or client id, and tells who is quiet", () =>
    withBoth(async (admin, server) => {
      using worker = await RawPeer.connect(server.port);
      worker.packet("SET_CLIENT_ID", "w 1").packet("CAN_DO", "resize");
      await worker.packet("ECHO_REQ", "").expect("ECHO_RES");
      assertEquals(await admin.quiet("w 1"), 1);
      const told = (await admin.workers()).rows.find(({ clientId }) => clientId === "w 1")!;
      assertEquals(told.quiet, true);
      server.enqueueJob({ function: "resize" });
      await worker.packet("GRAB_JOB").expect("NO_JOB");
      assertEquals(await admin.unquiet(told.connection.connection!), 1);
      await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
      assertEquals(await admin.quiet("nobody"), 0);
    }));

  test("moves a job that waits for its time, and lets it run now", () =>
    withBoth(async (admin, server) => {
      const at = new Date(Date.now() + 3_600_000);
      const job = server.enqueueJob({ function: "resize", at })!;
      const later = new Date(at.getTime() + 1234);
      assertEquals(await admin.moveJob(job.handle, later), true);
      assertEquals((await admin.job(job.handle))?.due, later.getTime());
      assertEquals(await admin.runJob(job.handle), true);
      assertEquals((await admin.job(job.handle))?.state, "waiting");
      assertEquals(await admin.runJob(job.handle), false);
      assertEquals(await admin.moveJob("H:nobody:1", 0), false);
      await assertRejects(() => admin.moveJob(job.handle, new Date(NaN)), RangeError, "valid date");
    }));

  test("limits, creates and drops functions", () =>
    withBoth(async (admin, server) => {
      await admin.create("resize");
      await admin.setMaxQueue("resize", 1);
      await admin.setMaxQueue("mail", { low: 2 });
      assertEquals(await admin.maxQueues(), [
        { function: "mail", high: 0, normal: 0, low: 2 },
        { function: "resize", high: 1, normal: 1, low: 1 },
      ]);
      assert(server.enqueueJob({ function: "resize" }) !== undefined);
      assertEquals(server.enqueueJob({ function: "resize" }), undefined);
      await assertRejects(
        () => admin.drop("resize"),
        CommandRefusedError,
        "still connected workers",
      );
      await assertRejects(() => admin.drop("mail"), CommandRefusedError, "function not found");
      await admin.create("mail");
      await admin.drop("mail");
      assertEquals((await admin.status()).rows.map((row) => row.function), ["resize"]);
    }));

  test("tells version, process id and log level, and stops the server", () =>
    withBoth(async (admin) => {
      assert((await admin.version()).geartrain !== null);
      assert(await admin.pid() > 0);
      assertEquals(await admin.logLevel(), "FATAL");
      await admin.drain();
      await admin.drain(false);
      await admin.shutdown({ graceful: true });
    }));

  test("sends no line that somebody hid in a name", async () => {
    await using server = new Server({ allowShutdown: true });
    await using admin = new Admin(server);
    for (const name of ["x\nshutdown", "x y", ""]) {
      await assertRejects(() => admin.cancel(name), TypeError, "A handle must have no space");
      await assertRejects(() => admin.job(name), TypeError, "A handle must have no space");
      await assertRejects(() => admin.drop(name), Error);
      await assertRejects(() => admin.setMaxQueue(name, 1), Error);
      assertEquals((await admin.jobs({ function: name })).rows, []);
    }
    for (const limit of [-1, 1.5, NaN]) {
      await assertRejects(() => admin.setMaxQueue("f", limit), RangeError, "an integer >= 0");
    }
    assertEquals(server.enqueueJob({ function: "f" })?.isFinished, false);
  });

  test("asks in turn what is asked at once", async () => {
    await using server = await testServer();
    await using admin = new Admin(server.address);
    server.enqueueJob({ function: "resize" });
    const answers = await Promise.all([
      admin.drop("resize").catch(({ name }) => name),
      admin.purge("resize"),
      admin.drop("resize"),
      admin.status(),
    ]);
    assertEquals(answers.slice(0, 3), ["CommandRefusedError", 1, undefined]);
    assertEquals(server.clients().length, 1);
  });

  test("connects again when the server has closed the connection", async () => {
    await using server = await testServer();
    await using admin = new Admin(server.address);
    await admin.create("resize");
    const [first] = server.clients();
    const closed = new Promise<void>((resolve) => server.on("connectionClosed", () => resolve()));
    server.noteDisconnectedClient(first);
    await closed;
    // It may learn of that only when it asks.
    await admin.status().catch((error) => assert(error instanceof NoAnswerError));
    assertEquals((await admin.status()).rows.map((row) => row.function), ["resize"]);
    assert(server.clients()[0].id > first.id);
  });
});

describe("an admin of another server", () => {
  test("gets what that tells, and what it does not", async () => {
    const replies: Record<string, string> = {
      status: "resize\t3\t1\t2\n.\n",
      version: "OK 1.1.20\n",
    };
    using server = await ScriptedServer.start((line) =>
      replies[line] ?? "ERR UNKNOWN_COMMAND Unknown+server+command\r\n"
    );
    await using admin = new Admin(`127.0.0.1:${server.port}`);
    const { rows: [row], untold } = await admin.status();
    assertEquals([row.waiting, row.running, row.workers, row.completed], [2, 1, 2, undefined]);
    assert(untold !== null);
    assertEquals((await admin.version()).geartrain, null);
    await assertRejects(() => admin.cancelAll({ function: "resize" }), UnsupportedError);
  });

  test("rejects when there is no answer in time, and none at all", async () => {
    using silent = await ScriptedServer.start(() => "");
    const address = `127.0.0.1:${silent.port}`;
    await using admin = new Admin(address, { timeout: 20 });
    await assertRejects(() => admin.version(), NoAnswerError, "does not answer");
    silent[Symbol.dispose]();
    await assertRejects(() => admin.version(), ConnectError);
  });
});

test("an admin that is closed answers nothing any more", async () => {
  using silent = await ScriptedServer.start(() => "");
  const admin = new Admin(`127.0.0.1:${silent.port}`);
  const waits = admin.version();
  const queued = admin.version();
  const refused = Promise.all([
    assertRejects(() => waits, NoAnswerError, "the connection is closed"),
    assertRejects(() => queued, ConnectionLostError, "The admin is closed"),
  ]);
  while (silent.lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await admin.close();
  await refused;
  await assertRejects(() => admin.status(), ConnectionLostError, "The admin is closed");
});

test("an admin is not made of what is no address, or with an unknown option", () => {
  assertThrows(() => new Admin("a b"), TypeError, "is not HOST");
  const wrong = { timout: 5 } as object;
  assertThrows(() => new Admin("localhost", wrong), TypeError, 'Unknown option "timout"');
  assertThrows(() => new Admin("localhost", { timeout: 0 }), RangeError, "timeout");
});
