import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConnectionLostError, NotGearmanError, ServerError } from "../../client/errors.ts";
import type { ReceivedPacket } from "../../client/replies.ts";
import { parseServerAddress, type ServerAddress } from "../../client/server_address.ts";
import { type ConnectionOwner, ServerConnection } from "../../client/server_connection.ts";
import { encodeName } from "../../protocol/mod.ts";
import { ConnectError } from "../../transport/socket_errors.ts";
import { Server } from "../../mod.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { freePort, Gearmand } from "../support/gearmand.ts";
import { program, testWith } from "../support/programs.ts";
import { startServer } from "../support/server.ts";
import { ForeignServer, onRequests, responseBytes } from "./foreign_server.ts";

const gearmand = program("gearmand", "gearman-job-server");
const TIMEOUT = 10_000;

/** Keeps what comes. */
class Recorder implements ConnectionOwner {
  readonly end: Promise<Error>;
  readonly #packets: ReceivedPacket[] = [];
  readonly #ended = Promise.withResolvers<Error>();
  #wanted: ((packet: ReceivedPacket) => void) | null = null;

  constructor() {
    this.end = this.#ended.promise;
  }

  packet(packet: ReceivedPacket): void {
    if (this.#wanted === null) this.#packets.push(packet);
    else this.#wanted(packet);
    this.#wanted = null;
  }

  closed(error: Error): void {
    this.#ended.resolve(error);
  }

  next(): Promise<ReceivedPacket> {
    const packet = this.#packets.shift();
    if (packet !== undefined) return Promise.resolve(packet);
    return new Promise((resolve) => this.#wanted = resolve);
  }
}

function open(address: ServerAddress, owner: ConnectionOwner = new Recorder(), timeout = TIMEOUT) {
  return ServerConnection.open(parseServerAddress(address), owner, { timeout });
}

/** One job as client and as worker of the same connection: any Gearman server allows that. */
async function playAJob(address: ServerAddress): Promise<void> {
  const peer = new Recorder();
  const connection = await open(address, peer);
  connection.send("CAN_DO", ["größe"]);
  connection.send("SUBMIT_JOB", ["größe", "key"], encodeName("a\0b"));
  const { args: [handle] } = await peer.next();
  connection.send("GRAB_JOB_UNIQ");
  assertEquals(await peer.next(), {
    name: "JOB_ASSIGN_UNIQ",
    args: [handle, "größe", "key"],
    data: encodeName("a\0b"),
    uniqueBytes: encodeName("key"),
  });
  connection.send("WORK_STATUS", [handle, "1", "2"]);
  connection.send("WORK_COMPLETE", [handle], new Uint8Array([0, 255]));
  const status = await peer.next();
  assertEquals([status.name, status.args], ["WORK_STATUS", [handle, "1", "2"]]);
  const result = await peer.next();
  assertEquals([result.name, result.args], ["WORK_COMPLETE", [handle]]);
  assertEquals(result.data, new Uint8Array([0, 255]));
  connection.close();
  assert(await peer.end instanceof ConnectionLostError);
}

describe("a connection to a server", () => {
  test("carries requests and their answers over TCP", async () => {
    await using server = startServer();
    await playAJob(`127.0.0.1:${server.port}`);
  });

  test("and over a unix socket", async () => {
    const directory = mkdtempSync(join(tmpdir(), "geartrain-"));
    await using server = new Server();
    const path = join(directory, "socket");
    await server.start({ path });
    await playAJob(`unix:${path}`);
    rmSync(directory, { recursive: true });
  });

  test("and within the process, without a socket", async () => {
    await using server = new Server();
    await playAJob(server);
  });

  testWith([gearmand], "and to the C server", async () => {
    await using server = await Gearmand.start(gearmand.program);
    await playAJob(`127.0.0.1:${server.port}`);
  });

  test("brings a body larger than any buffer, with both ends sending at once", async () => {
    await using server = startServer();
    for (const address of [`127.0.0.1:${server.port}`, server.server]) {
      const peer = new Recorder();
      const connection = await open(address, peer);
      const large = new Uint8Array(20 * 1024 * 1024).fill(7);
      connection.send("ECHO_REQ", [], large);
      connection.send("ECHO_REQ", [], large, true);
      assert(connection.unsent > large.length);
      await connection.roomToSend(0);
      assertEquals(connection.unsent, 0);
      for (let count = 0; count < 2; count++) {
        const { data } = await peer.next();
        assertEquals([data.length, data[0], data.at(-1)], [large.length, 7, 7]);
      }
      connection.close();
    }
  });

  test("tells its owner when the server goes", async () => {
    const server = startServer();
    const peer = new Recorder();
    const connection = await open(`127.0.0.1:${server.port}`, peer);
    await server.stop();
    assert(await peer.end instanceof ConnectionLostError);
    assert(connection.isClosed);
    connection.send("ECHO_REQ", [], encodeName("nobody reads this"));
    await connection.roomToSend(0);
  });
});

describe("a connection is refused", () => {
  test("where nobody listens", async () => {
    const port = await freePort();
    const error = await assertRejects(() => open(`127.0.0.1:${port}`), ConnectError);
    assertEquals(error.code, "ECONNREFUSED");
  });

  test("by an HTTP server, with what that answers", async () => {
    await using server = await ForeignServer.start((socket) =>
      void socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
    );
    const error = await assertRejects(() => open(server.address), NotGearmanError);
    assertEquals(
      error.message,
      `${server.address} is not a Gearman server: it sent "HTTP/1.1 400 Bad Request"`,
    );
  });

  test("by servers that answer with other bytes, or send the request back", async () => {
    for (const answer of ["\x15\x03\x01\0\x02\x02\x28", "\0RES\0\0\0\x14\0\0\0\x01x", null]) {
      await using server = await ForeignServer.start((socket) =>
        void socket.once("data", (bytes) => socket.write(answer ?? bytes, "latin1"))
      );
      await assertRejects(() => open(server.address), NotGearmanError);
    }
  });

  test("by a server that closes without a word", async () => {
    await using server = await ForeignServer.start((socket) =>
      void socket.once("data", () => socket.end())
    );
    await assertRejects(() => open(server.address), ConnectionLostError, "closed");
  });

  test("by a server that does not answer in time", async () => {
    const accepted = Promise.withResolvers<void>();
    await using server = await ForeignServer.start((socket) =>
      void socket.once("data", () => accepted.resolve())
    );
    const clock = new ManualClock();
    const opening = ServerConnection.open(parseServerAddress(server.address), new Recorder(), {
      timeout: TIMEOUT,
      clock,
    });
    await accepted.promise;
    clock.advance(TIMEOUT);
    await assertRejects(() => opening, ConnectionLostError, "does not answer for 10000 ms");
    assertEquals(clock.timers, 0);
  });

  test("when it is called off", async () => {
    const accepted = Promise.withResolvers<void>();
    await using server = await ForeignServer.start((socket) =>
      void socket.once("data", () => accepted.resolve())
    );
    const giveUp = new AbortController();
    const place = parseServerAddress(server.address);
    const opening = ServerConnection.open(place, new Recorder(), {
      timeout: TIMEOUT,
      signal: giveUp.signal,
    });
    await accepted.promise;
    giveUp.abort(new Error("changed my mind"));
    await assertRejects(() => opening, Error, "changed my mind");
  });

  test("by a server with too many connections, in its words", async () => {
    await using server = startServer({ maxConnections: 1 });
    const first = await open(`127.0.0.1:${server.port}`);
    const error = await assertRejects(() => open(`127.0.0.1:${server.port}`), ServerError);
    assertEquals(error.code, "TOO_MANY_CONNECTIONS");
    first.close();
  });
});

describe("a connection is closed", () => {
  test("when a packet is larger than it takes", async () => {
    await using server = await ForeignServer.start((socket) =>
      onRequests(socket, () => socket.write(responseBytes("ECHO_RES", "x".repeat(100))))
    );
    const peer = new Recorder();
    const connection = await ServerConnection.open(parseServerAddress(server.address), peer, {
      timeout: TIMEOUT,
      maxPacketSize: 99,
    });
    connection.send("ECHO_REQ", [], encodeName("x"));
    assert((await peer.end).message.includes("more than 99 bytes"));
  });
});

describe("the address of a server", () => {
  test("is a host, a host and a port, an IPv6 address or a unix socket", () => {
    const hosts = ["jobs", "jobs:1", "10.0.0.1", "unix:/run/x"];
    const ipv6 = ["[::1]:4731", "::1", "[::1]", "::ffff:10.0.0.1", "fe80::1%eth0", "[fe80::1%1]:2"];
    const names = [...hosts, ...ipv6].map((address) => parseServerAddress(address).name);
    assertEquals(names, [
      ...["jobs:4730", "jobs:1", "10.0.0.1:4730", "unix:/run/x"],
      ...["[::1]:4731", "[::1]:4730", "[::1]:4730", "[::ffff:10.0.0.1]:4730"],
      ...["[fe80::1%eth0]:4730", "[fe80::1%1]:2"],
    ]);
  });

  test("is refused when it is anything else", () => {
    const wrongs = ["", "jobs:", "jobs:0", "jobs:65536", "a b", "http://x", "unix:", "[x"];
    const noIpv6 = ["a:b:", "::1::", "1:2:3", "[jobs]", "[10.0.0.1]:4730", "fe80::1%", "[a:b:]:1"];
    for (const wrong of [...wrongs, ...noIpv6]) {
      assertThrows(() => parseServerAddress(wrong), TypeError);
    }
    assertThrows(() => parseServerAddress({} as string), TypeError);
  });
});
