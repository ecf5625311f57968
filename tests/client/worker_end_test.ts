import { describe, test } from "node:test";
import { setImmediate } from "node:timers";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Client, Worker, type WorkerJob } from "../../mod.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { startServer, untilListed } from "../support/server.ts";
import { testWithEachServer } from "./any_server.ts";
import { ForeignServer, onRequests, responseBytes } from "./foreign_server.ts";
import { Gate } from "./gate.ts";

const reverse = (job: WorkerJob) => [...job.text()].reverse().join("");
/** A clock that moves by itself when somebody waits for a second or less, and keeps how long. */
class RestClock extends ManualClock {
  readonly rests: number[] = [];
  readonly #onRest: () => void;

  constructor(onRest: () => void) {
    super();
    this.#onRest = onRest;
  }

  override after(delay: number, callback: () => void): () => void {
    const callOff = super.after(delay, callback);
    if (delay > 1000) return callOff;
    this.rests.push(delay);
    this.#onRest();
    setImmediate(() => this.advance(delay));
    return callOff;
  }
}

describe("a Worker that stops", () => {
  test("finishes what it does, megabytes too, and takes nothing more", async () => {
    await using server = startServer();
    const servers = [`127.0.0.1:${server.port}`];
    const gate = new Gate();
    const big = async (job: WorkerJob) => {
      await gate.pass(job);
      return new Uint8Array(5_000_000).fill(7);
    };
    const worker = new Worker({ servers, functions: { big } });
    await using client = new Client({ servers });
    const arrival = gate.arrival();
    const [first, second] = [client.submit("big"), client.submit("big")];
    await arrival;
    const stopped = worker.stop();
    gate.letGo();
    await stopped;
    assertEquals((await first).length, 5_000_000);
    const handle = await second.handle;
    assertEquals((await client.status(handle)).running, false);
    assertEquals(server.server.jobs().length, 1);
    second.then(() => {}, () => {});
  });

  testWithEachServer(
    "leaves nothing of a job behind that ran when it was stopped",
    async (port) => {
      const servers = [`127.0.0.1:${port}`];
      const gate = new Gate();
      const worker = new Worker({ servers, functions: { slow: gate.pass } });
      await using client = new Client({ servers });
      const arrival = gate.arrival();
      await client.submit("slow", "x", { background: true });
      await arrival;
      const stopped = worker.stop();
      gate.letGo();
      await stopped;
      // A server that took the job for unfinished would list it.
      assertEquals(await untilListed(port, "status", /^slow\t/), ["slow\t0\t0\t0"]);
    },
  );

  testWithEachServer("keeps the job that it does until it is done", async (port) => {
    const servers = [`127.0.0.1:${port}`];
    const gate = new Gate();
    const worker = new Worker({ servers, functions: { pass: gate.pass }, concurrency: 2 });
    await using client = new Client({ servers });
    const arrival = gate.arrival();
    const job = client.submit("pass", "kept", { timeout: 5000 });
    await arrival;
    const stopped = worker.stop();
    gate.letGo();
    await stopped;
    assertEquals(await job.text(), "kept");
  });

  testWithEachServer("stops by itself after as many jobs as it may do", async (port) => {
    const servers = [`127.0.0.1:${port}`];
    const gate = new Gate();
    await using client = new Client({ servers });
    const jobs = ["1", "2", "3", "4"].map((text) => client.submit("pass", text));
    await Promise.all(jobs.map(({ handle }) => handle));
    const three = [gate.arrival(), gate.arrival(), gate.arrival()];
    const functions = { pass: gate.pass };
    await using worker = new Worker({ servers, functions, concurrency: 4, maxJobs: 3 });
    await Promise.all(three);
    gate.letGo();
    await worker.finished;
    const done = await Promise.all(jobs.slice(0, 3).map((job) => job.text()));
    assertEquals(done, ["1", "2", "3"]);
    assertEquals(await client.status(await jobs[3].handle), {
      known: true,
      running: false,
      numerator: 0,
      denominator: 0,
    });
    jobs[3].then(() => {}, () => {});
  });

  test("ends although no server was ever reached", async () => {
    await using foreign = await ForeignServer.start(() => {});
    const worker = new Worker({ servers: [foreign.address], functions: { reverse } });
    await worker.stop();
    await worker.stop();
  });
});

describe("a Worker whose server goes away", () => {
  test("aborts its jobs, connects again, and sends no result of before", async () => {
    await using server = startServer();
    const servers = [`127.0.0.1:${server.port}`];
    const errors: Error[] = [];
    const connected: string[] = [];
    const first = Promise.withResolvers<WorkerJob>();
    let calls = 0;
    const slow = async (job: WorkerJob) => {
      if (++calls > 1) return `call ${calls}`;
      first.resolve(job);
      await new Promise((resolve) => job.signal.addEventListener("abort", resolve));
      return "of before";
    };
    await using _worker = new Worker({
      servers,
      functions: { slow },
      clientId: "the-worker",
      backoff: { first: 1, longest: 1 },
      onConnected: (name) => void connected.push(name),
      onServerError: (error) => void errors.push(error),
    });
    await using client = new Client({ servers });
    const result = client.submit("slow").text();
    const job = await first.promise;
    for (const connection of server.server.clients()) {
      if (connection.clientIdText !== "the-worker") continue;
      server.server.noteDisconnectedClient(connection);
    }
    assertEquals(await result, "call 2");
    assert(job.signal.aborted);
    assertEquals(errors.length, 1);
    assertEquals(connected, [...servers, ...servers]);
  });

  test("comes ever more rarely to a server that gives it what it cannot take", async () => {
    const job = responseBytes("JOB_ASSIGN_UNIQ", "H:1", "reverse", "", "x".repeat(20_000));
    await using foreign = await ForeignServer.start((socket) => {
      onRequests(socket, (type) => void (type === "GRAB_JOB_UNIQ" && socket.write(job)));
    });
    const rested = Promise.withResolvers<void>();
    const clock = new RestClock(() => clock.rests.length === 3 && rested.resolve());
    const lost = Promise.withResolvers<Error>();
    await using _worker = new Worker({
      servers: [foreign.address],
      functions: { reverse },
      maxPayload: 1000,
      backoff: { first: 100, longest: 1000, random: () => 1 },
      clock,
      onServerError: (error) => lost.resolve(error),
    });
    assertMatch(
      (await lost.promise).message,
      /sent a packet of more than \d+ bytes \(maxPayload\)$/,
    );
    await rested.promise;
    assertEquals(clock.rests.slice(0, 3), [100, 200, 400]);
  });

  test("takes payloads that are larger than most servers take", async () => {
    await using server = startServer({ maxPacketSize: 2 ** 27 });
    const servers = [`127.0.0.1:${server.port}`];
    await using _worker = new Worker({
      servers,
      functions: { size: (job) => `${job.payload.length}` },
    });
    await using client = new Client({ servers, maxPayload: 2 ** 27 });
    assertEquals(await client.submit("size", new Uint8Array(80_000_000)).text(), "80000000");
  });

  test("gives up a connection on which a request for a job is not answered", async () => {
    const clock = new ManualClock();
    const grabs: (() => void)[] = [];
    await using foreign = await ForeignServer.start((socket) => {
      onRequests(socket, (type) => {
        if (type === "OPTION_REQ") socket.write(responseBytes("OPTION_RES", "exceptions"));
        if (type === "GRAB_JOB_UNIQ") grabs.shift()?.();
      });
    });
    const grab = () => new Promise<void>((resolve) => grabs.push(resolve));
    const lost = Promise.withResolvers<Error>();
    const [one, two] = [grab(), grab()];
    const worker = new Worker({
      servers: [foreign.address],
      functions: { reverse },
      replyTimeout: 1000,
      backoff: { first: 0, longest: 0 },
      clock,
      onServerError: (error) => lost.resolve(error),
    });
    await one;
    clock.advance(1000);
    assert((await lost.promise).message.endsWith("does not answer for 1000 ms"));
    clock.advance(1);
    await two;
    foreign.hangUp();
    await worker.stop();
  });
});
