import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Client,
  ConnectError,
  ConnectionLostError,
  GearmanError,
  NoServerError,
  NotGearmanError,
  type StrayPacket,
} from "../../mod.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { freePort, Gearmand } from "../support/gearmand.ts";
import { program, testWith } from "../support/programs.ts";
import { startServer } from "../support/server.ts";
import { ForeignServer, onRequests, responseBytes } from "./foreign_server.ts";
import { RawWorker } from "./raw_worker.ts";

const gearmand = program("gearmand", "gearman-job-server");
const reverse = ({ payload }: { payload: string }) => [...payload].reverse().join("");

/** A server that answers requests as a test says. */
function playedServer(
  play: (socket: Socket, type: string, body: string) => void,
): Promise<ForeignServer> {
  return ForeignServer.start((socket) =>
    onRequests(socket, (type, body) => play(socket, type, body))
  );
}

describe("without a server", () => {
  test("a submit rejects, foreground and background, and so do questions", async () => {
    const port = await freePort();
    await using client = new Client({ servers: [`127.0.0.1:${port}`], backoff: { first: 0 } });
    const job = client.submit("resize", "");
    const error = await assertRejects(() => job.bytes(), NoServerError);
    assertEquals(error.functionName, "resize");
    assertEquals(
      error.message,
      `No job server: Cannot connect to 127.0.0.1:${port}: nobody listens there`,
    );
    assert(error.errors[0] instanceof ConnectError);
    await assertRejects(() => job.handle, NoServerError);
    for (
      const attempt of [
        () => client.submit("resize", "", { background: true }),
        () => client.status("H:x:1"),
        () => client.statusByUnique("x"),
        () => client.echo("hi"),
      ]
    ) await assertRejects(attempt, NoServerError);
  });

  test("but with an HTTP server, the error says what that answers", async () => {
    await using server = await ForeignServer.start((socket) =>
      void socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
    );
    await using client = new Client({ servers: [server.address] });
    const error = await assertRejects(() => client.submit("f", "").bytes(), NoServerError);
    assert(error.errors[0] instanceof NotGearmanError);
    assert(error.message.includes(`is not a Gearman server: it sent "HTTP/1.1 400`), error.message);
  });
});

describe("with several servers", () => {
  test("one that is down is passed over, and left alone from then on", async () => {
    const port = await freePort();
    await using server = startServer();
    const clock = new ManualClock();
    await using client = new Client({
      servers: [`127.0.0.1:${port}`, `127.0.0.1:${server.port}`],
      clock,
    });
    for (let n = 0; n < 10; n++) await client.submit("f", "", { background: true });
    assertEquals(server.server.jobs().length, 10);
    // Once it is back it gets its turn, as soon as its rest is over.
    await using back = startServer({}, port);
    await client.submit("f", "", { background: true });
    assertEquals(back.server.jobs().length, 0);
    clock.advance(1000);
    for (let n = 0; n < 10; n++) await client.submit("f", "", { background: true });
    assertEquals([back.server.jobs().length, server.server.jobs().length], [5, 16]);
  });

  test("jobs take turns, and those with a unique meet at one server", async () => {
    await using a = startServer();
    await using b = startServer();
    await using c = startServer();
    const all = [a, b, c];
    const servers = all.map(({ port }) => `127.0.0.1:${port}`);
    await using first = new Client({ servers });
    await using second = new Client({ servers: servers.toReversed() });
    const counts = () => all.map(({ server }) => server.jobs().length);
    for (let n = 0; n < 6; n++) await first.submit("f", "", { background: true });
    assertEquals(counts(), [2, 2, 2]);
    for (let n = 0; n < 60; n++) {
      const unique = n % 2 === 0 ? `unique ${n}` : "-";
      const options = { background: true, unique } as const;
      const handles = await Promise.all(
        [first, second].map((client) => client.submit("f", `${n}`, options)),
      );
      assertEquals(handles[0], handles[1]);
    }
    const [x, y, z] = counts();
    assertEquals(x + y + z, 66);
    assert(Math.min(x, y, z) > 10, `${[x, y, z]}`);
  });

  test("a unique whose server is down goes to the same other one for everybody", async () => {
    await using a = startServer();
    await using b = startServer();
    const down = `127.0.0.1:${await freePort()}`;
    const servers = [`127.0.0.1:${a.port}`, down, `127.0.0.1:${b.port}`];
    await using first = new Client({ servers });
    await using second = new Client({ servers: servers.toReversed() });
    for (let n = 0; n < 20; n++) {
      const options = { background: true, unique: `${n}` } as const;
      const [one, other] = await Promise.all(
        [first, second].map((c) => c.submit("f", "", options)),
      );
      assertEquals(one, other);
    }
  });

  test("the one that knows a job tells its status; without it, one that is down is an error", async () => {
    await using a = startServer();
    await using b = startServer();
    const servers = [`127.0.0.1:${a.port}`, `127.0.0.1:${b.port}`];
    await using client = new Client({ servers });
    const handles = [1, 2].map(() => client.submit("f", "", { background: true, unique: "" }));
    for (const handle of handles) assert((await client.status(await handle)).known);
    assertEquals((await client.status("H:nobody:1")).known, false);
    const down = `127.0.0.1:${await freePort()}`;
    await using partial = new Client({ servers: [servers[0], down] });
    assert((await partial.status(a.server.jobs()[0].handle)).known);
    await assertRejects(() => partial.status("H:nobody:1"), NoServerError);
  });
});

describe("when the connection breaks", () => {
  test("a running job rejects with its handle, and is not submitted again", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [`127.0.0.1:${server.port}`] });
    const job = client.submit("slow", "");
    const handle = await job.handle;
    using worker = await server.peer();
    worker.packet("CAN_DO", "slow").packet("GRAB_JOB");
    await worker.expect("JOB_ASSIGN", 3);
    server.server.noteDisconnectedClient(server.server.clients()[0]);
    const error = await assertRejects(() => job.bytes(), ConnectionLostError);
    assertEquals([error.functionName, error.handle], ["slow", handle]);
    assert(error.message.includes("closed"), error.message);
    // The next one gets a new connection.
    await client.submit("other", "", { background: true });
    assertEquals(server.server.jobs().map(({ functionName }) => functionName), ["slow", "other"]);
  });

  test("a submit that has no answer yet rejects too", async () => {
    await using server = await playedServer((socket) => socket.destroy());
    await using client = new Client({ servers: [server.address] });
    const background = client.submit("f", "", { background: true });
    const foreground = client.submit("f", "");
    const error = await assertRejects(() => background, ConnectionLostError);
    assertEquals([error.functionName, error.handle], ["f", undefined]);
    await assertRejects(() => foreground.handle, ConnectionLostError);
  });

  test("since what comes is no Gearman any more, the error says so", async () => {
    await using server = await playedServer((socket) => {
      socket.write(responseBytes("JOB_CREATED", "H:x:1"));
      socket.write("\x01nonsense");
    });
    await using client = new Client({ servers: [server.address] });
    const job = client.submit("f", "");
    const error = await assertRejects(() => job.bytes(), ConnectionLostError, "not a Gearman");
    assertEquals(error.handle, await job.handle);
    assert(error.cause instanceof NotGearmanError);
  });

  testWith([gearmand], "so it is with the C server, and a restarted one serves again", async () => {
    const first = await Gearmand.start(gearmand.program);
    const { port } = first;
    await using client = new Client({ servers: [`127.0.0.1:${port}`] });
    const jobs = Array.from({ length: 100 }, (_, n) => client.submit("nobody", `${n}`));
    await Promise.all(jobs.map((job) => job.handle));
    await first.stop();
    for (const job of jobs) await assertRejects(() => job.bytes(), ConnectionLostError);
    await assertRejects(() => client.echo("hi"), NoServerError);
    await using _second = await Gearmand.start(gearmand.program, { port });
    using _worker = await RawWorker.start(port, { reverse });
    assertEquals(await client.submit("reverse", "again").text(), "niaga");
  });

  test("attempts to connect again are spaced out, and shared", async () => {
    const port = await freePort();
    const clock = new ManualClock();
    await using client = new Client({
      servers: [`127.0.0.1:${port}`],
      clock,
      backoff: { first: 1000, longest: 4000, random: () => 1 - Number.EPSILON },
    });
    await assertRejects(() => client.echo("hi"), NoServerError);
    let connections = 0;
    await using server = await ForeignServer.start((socket) => {
      connections++;
      onRequests(socket, (_, body) => void socket.write(responseBytes("ECHO_RES", body)));
    }, port);
    const waiting = Array.from({ length: 100 }, (_, n) => client.echo(`${n}`));
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals([connections, clock.timers], [0, 1]);
    clock.advance(1000);
    const echoes = await Promise.all(waiting);
    assertEquals(new TextDecoder().decode(echoes[99]), "99");
    assertEquals(connections, 1);
    assertEquals(server.port, port);
  });
});

describe("a server that falls silent", () => {
  test("is given up when it owes an answer: nothing waits for ever", async () => {
    const asked = Promise.withResolvers<void>();
    await using server = await playedServer(() => asked.resolve());
    const clock = new ManualClock();
    await using client = new Client({ servers: [server.address], clock, replyTimeout: 1000 });
    const submit = client.submit("f", "", { background: true });
    const job = client.submit("f", "");
    await asked.promise;
    // What was sent meanwhile counts as a sign of life, once.
    clock.advance(1000);
    clock.advance(1000);
    const error = await assertRejects(() => submit, ConnectionLostError, "does not answer");
    assertEquals(error.functionName, "f");
    await assertRejects(() => job.bytes(), ConnectionLostError);
    assertEquals(clock.timers, 0);
  });

  test("while it has jobs is asked for an echo, and given up without one", async () => {
    const echoed = Promise.withResolvers<void>();
    await using server = await playedServer((socket, type) => {
      if (type === "SUBMIT_JOB") socket.write(responseBytes("JOB_CREATED", "H:x:1"));
      if (type === "ECHO_REQ") echoed.resolve();
    });
    const clock = new ManualClock();
    await using client = new Client({ servers: [server.address], clock, replyTimeout: 1000 });
    const job = client.submit("f", "");
    await job.handle;
    clock.advance(1000);
    await echoed.promise;
    clock.advance(1000);
    clock.advance(1000);
    await assertRejects(() => job.bytes(), ConnectionLostError, "does not answer");
    assertEquals(clock.timers, 0);
  });
});

describe("packets that nobody waits for", () => {
  test("are ignored, and told to whoever wants to know", async () => {
    await using server = await playedServer((socket, type, body) => {
      if (type !== "ECHO_REQ") return;
      socket.write(responseBytes("WORK_COMPLETE", "H:nobody:1", "result"));
      socket.write(responseBytes("WORK_STATUS", "H:nobody:2", "1", "2"));
      socket.write(responseBytes("JOB_CREATED", "H:nobody:3"));
      socket.write(responseBytes("NOOP"));
      socket.write(responseBytes("ECHO_RES", body));
    });
    const strays: StrayPacket[] = [];
    const onStray = (packet: StrayPacket) => void strays.push(packet);
    await using client = new Client({ servers: [server.address], onStray });
    assertEquals(await client.echo("hi"), new TextEncoder().encode("hi"));
    assertEquals(strays.map(({ name, handle }) => `${name} ${handle}`), [
      ...["WORK_COMPLETE H:nobody:1", "WORK_STATUS H:nobody:2"],
      ...["JOB_CREATED H:nobody:3", "NOOP "],
    ]);
    assertEquals(strays[0].server, server.address);
    await using silent = new Client({ servers: [server.address] });
    await silent.echo("hi");
  });

  test("may be a result right behind the handle, which is waited for", async () => {
    await using server = await playedServer((socket, type) => {
      if (type !== "SUBMIT_JOB") return;
      const created = responseBytes("JOB_CREATED", "H:x:1");
      const result = responseBytes("WORK_COMPLETE", "H:x:1", "fast");
      socket.write(new Uint8Array([...created, ...result]));
    });
    await using client = new Client({ servers: [server.address] });
    assertEquals(await client.submit("f", "").text(), "fast");
  });
});

describe("a closed client", () => {
  test("rejects what was under way and what comes later, and may be closed again", async () => {
    await using server = startServer();
    const client = new Client({ servers: [`127.0.0.1:${server.port}`] });
    const job = client.submit("nobody", "");
    const handle = await job.handle;
    const connecting = new Client({ servers: [`127.0.0.1:${server.port}`] });
    const early = connecting.submit("nobody", "", { background: true });
    await connecting.close();
    await client.close();
    await client.close();
    const error = await assertRejects(() => job.bytes(), ConnectionLostError, "client was closed");
    assertEquals(error.handle, handle);
    await assertRejects(() => early, ConnectionLostError, "closed");
    await assertRejects(() => client.submit("f", "").handle, ConnectionLostError, "closed");
    await assertRejects(() => client.echo("hi"), GearmanError, "closed");
  });

  test("was refused in the first place with options that make no sense", () => {
    const wrong: [Record<string, unknown>, string][] = [
      [{}, "servers"],
      [{ servers: [] }, "servers"],
      [{ servers: ["http://x"] }, "HOST"],
      [{ servers: ["x"], conectTimeout: 1 }, "conectTimeout"],
      [{ servers: ["x"], connectTimeout: -1 }, "connectTimeout"],
      [{ servers: ["x"], replyTimeout: 2 ** 40 }, "replyTimeout"],
      [{ servers: ["x"], jobTimeout: 0 }, "jobTimeout"],
      [{ servers: ["x"], maxPayload: "1" }, "maxPayload"],
      [{ servers: ["x"], backoff: { first: 10, longest: 1 } }, "backoff"],
    ];
    for (const [options, text] of wrong) {
      assertThrows(() => new Client(options as never), Error, text);
    }
  });
});
