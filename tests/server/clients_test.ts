import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { execFileSync } from "node:child_process";
import { connect, createServer, type Server as NetServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import { type ByteConn, type Log, Server } from "../../mod.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { startServe } from "../support/program.ts";
import { startServer } from "../support/server.ts";
import { unless } from "../support/unless.ts";
import { assertServes, assertServesPeers } from "./round_trip.ts";
import { untilClients } from "./until_clients.ts";

describe("newClient", () => {
  test("serves sockets of node:net that another program accepted", async () => {
    await using server = new Server();
    await using door = await Door.open();
    const [worker, accepted] = await door.connect();
    const adopted = server.newClient(accepted);
    assertEquals(server.clients(), [adopted]);
    assertEquals(adopted.peer.hostname, "127.0.0.1");
    const [client, other] = await door.connect();
    server.newClient(other);
    await assertServesPeers(client, worker);
    worker.destroy();
    client.destroy();
  });

  test("a socket that was adopted still gets replies after a half-close", async () => {
    await using server = new Server();
    await using door = await Door.open();
    const [peer, accepted] = await door.connect();
    server.newClient(accepted);
    peer.send("version\n").halfClose();
    assert((await peer.allUntilClose()).startsWith("OK "));
  });

  test("serves an object with the methods of Deno.Conn", async () => {
    await using server = new Server();
    await using door = await Door.open();
    const [worker, workerSocket] = await door.connect();
    const [client, clientSocket] = await door.connect();
    const adopted = server.newClient(connLike(workerSocket));
    assertEquals(adopted.peer, { hostname: "192.0.2.7", port: 12345 });
    server.newClient(connLike(clientSocket));
    await assertServesPeers(client, worker);
    worker.destroy();
    client.destroy();
  });

  test("what cannot be read from and written to throws and is no client", async () => {
    await using server = new Server();
    for (const wrong of [undefined, null, 5, {}, { read() {}, write() {} }]) {
      assertThrows(() => server.newClient(wrong as unknown as ByteConn), TypeError);
    }
    assertEquals(server.clients(), []);
  });

  const never = () => new Promise<number>(() => {});
  const oneLine = (buffer: Uint8Array) => {
    buffer.set(new TextEncoder().encode("version\n"));
    return Promise.resolve("version\n".length);
  };
  const fail = () => {
    throw new Error("broken");
  };
  const broken: Record<string, { read: unknown; write: unknown }> = {
    "whose read throws": { read: fail, write: never },
    "whose read returns nothing": { read: () => {}, write: never },
    "that has read less than nothing": { read: () => Promise.resolve(-1), write: never },
    "that has read more than there is room for": { read: () => Promise.resolve(1e9), write: never },
    "whose write throws": { read: oneLine, write: fail },
    "whose write returns nothing": { read: oneLine, write: () => {} },
    "that has written nothing": { read: oneLine, write: () => Promise.resolve(0) },
    "that has written no number": { read: oneLine, write: () => Promise.resolve(NaN) },
  };
  for (const [what, methods] of Object.entries(broken)) {
    test(`an object ${what} is disconnected, and nobody else is`, async () => {
      await using listening = startServer();
      using other = await listening.peer();
      await other.packet("ECHO_REQ", "").expect("ECHO_RES");
      const closed = new Promise((resolve) => {
        listening.server.newClient({ ...methods, close: () => resolve(true) } as ByteConn);
      });
      await closed;
      await untilClients(listening.server, 1);
      await other.packet("ECHO_REQ", "").expect("ECHO_RES");
    });
  }

  test("a server that is full tells the peer, closes and throws", async () => {
    await using server = new Server({ maxConnections: 1 });
    await using door = await Door.open();
    const [first, accepted] = await door.connect();
    const client = server.newClient(accepted);
    const [second, refused] = await door.connect();
    assertThrows(() => server.newClient(refused), Error, "1 connections");
    const [code, text] = await second.expect("ERROR", 2);
    assertEquals([code, text], ["TOO_MANY_CONNECTIONS", "Server has too many connections"]);
    assertEquals(await second.allUntilClose(), "");
    assertEquals(server.clients(), [client]);
    first.destroy();
    second.destroy();
  });

  test("a server that has been stopped throws", async () => {
    const server = new Server();
    await server.stop();
    await using door = await Door.open();
    const [peer, accepted] = await door.connect();
    assertThrows(() => server.newClient(accepted), Error, "stopped");
    accepted.destroy();
    peer.destroy();
  });
});

describe("clients", () => {
  test("are the open connections in the order they came", async () => {
    await using listening = startServer();
    const { server } = listening;
    assertEquals(server.clients(), []);
    const peers: RawPeer[] = [];
    for (let count = 0; count < 3; count++) {
      const peer = await listening.peer();
      await peer.packet("SET_CLIENT_ID", `peer${count}`).packet("ECHO_REQ", "").expect("ECHO_RES");
      peers.push(peer);
    }
    assertEquals(ids(server), ["peer0", "peer1", "peer2"]);
    const closed = new Promise((resolve) => server.on("connectionClosed", resolve));
    peers[1].destroy();
    await closed;
    assertEquals(ids(server), ["peer0", "peer2"]);
    peers.forEach((peer) => peer.destroy());
  });

  test("know their abilities, client id and peer", async () => {
    await using listening = startServer();
    using peer = await listening.peer();
    peer.packet("CAN_DO", "first").packet("CAN_DO", "second").packet("SET_CLIENT_ID", "me");
    await peer.packet("ECHO_REQ", "").expect("ECHO_RES");
    const [client] = listening.server.clients();
    assertEquals(client.abilityNames, ["first", "second"]);
    assertEquals(client.clientIdText, "me");
    assertEquals(client.peer.hostname, "127.0.0.1");
  });
});

describe("noteDisconnectedClient", () => {
  test("disconnects, forgets and returns the client; its running job goes to another", async () => {
    await using listening = startServer();
    const { server } = listening;
    server.enqueueJob({ function: "f", unique: "1" });
    using worker = await listening.peer();
    worker.packet("CAN_DO", "f");
    await worker.packet("GRAB_JOB_UNIQ").expect("JOB_ASSIGN_UNIQ", 4);
    const [client] = server.clients();
    assertEquals(server.noteDisconnectedClient(client), client);
    assertEquals(server.clients(), []);
    assertEquals(await worker.allUntilClose(), "");

    using next = await listening.peer();
    next.packet("CAN_DO", "f");
    const [, name, unique] = await next.packet("GRAB_JOB_UNIQ").expect("JOB_ASSIGN_UNIQ", 4);
    assertEquals([name, unique], ["f", "1"]);
  });

  test("returns undefined for a client that is gone, or of another server", async () => {
    await using first = new Server();
    await using second = new Server();
    first.toInprocessServer();
    second.toInprocessServer();
    const [client] = first.clients();
    assertEquals(second.noteDisconnectedClient(client), undefined);
    assertEquals(second.clients().length, 1);
    first.noteDisconnectedClient(client);
    assertEquals(first.noteDisconnectedClient(client), undefined);
  });
});

const SILENT = 10_000;
const descriptors = Number(execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }));
const fewDescriptors = descriptors < SILENT + 1000 &&
  `needs ${SILENT + 1000} descriptors, has ${descriptors}`;

describe("maxConnections", () => {
  test("one more reads an ERROR and the end, and the next is served after one left", async () => {
    const lines: string[] = [];
    const log: Log = {
      level: "INFO",
      // At DEBUG no line is left out.
      enabled: (level) => level !== "DEBUG",
      write: (level, message) => void lines.push(`${level} ${message}`),
    };
    await using listening = startServer({ maxConnections: 2, log });
    const { server } = listening;
    using first = await listening.peer();
    const second = await listening.peer();
    await first.packet("ECHO_REQ", "").expect("ECHO_RES");
    await second.packet("ECHO_REQ", "").expect("ECHO_RES");

    for (let count = 0; count < 20; count++) {
      using refused = await listening.peer();
      // It is still sending when it is refused.
      refused.packet("ECHO_REQ", "x".repeat(1000));
      assertEquals(await refused.expect("ERROR", 2), [
        "TOO_MANY_CONNECTIONS",
        "Server has too many connections",
      ]);
      assertEquals(await refused.allUntilClose(), "");
    }
    assertEquals(server.clients().length, 2);
    const refusals = lines.filter((line) => line.includes("Connection refused"));
    assert(refusals.length >= 1 && refusals.length <= 5, `${refusals.length} lines`);
    assertMatch(
      refusals[0],
      /^ERROR Connection refused: client=127\.0\.0\.1:\d+ cause="2 connections are open, /,
    );

    const closed = new Promise((resolve) => server.on("connectionClosed", resolve));
    second.destroy();
    await closed;
    using third = await listening.peer();
    await assertServesPeers(first, third);
  });

  const [title, { skip }] = unless(
    fewDescriptors,
    "10,000 connections that send nothing do not keep one from working",
  );
  test(title, { skip, timeout: 60_000 }, async () => {
    // In a process of its own: both ends in one would need twice the descriptors.
    await using program = startServe();
    const port = await program.port();
    const silent: Socket[] = [];
    // More at once than the backlog holds would wait for the kernel to try again.
    while (silent.length < SILENT) {
      silent.push(...await Promise.all(Array.from({ length: 200 }, () => connected(port))));
    }
    await assertServes(port);
    using asking = await RawPeer.connect(port);
    const { length } = await asking.send("clients\n").textReply();
    assertEquals(length, SILENT + 1);
    silent.forEach((socket) => socket.destroy());
  });
});

/** A connection to a port of this machine. */
async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

function ids(server: Server): string[] {
  return server.clients().map((client) => client.clientIdText);
}

/** A socket behind the methods of `Deno.Conn`. */
function connLike(socket: Socket): ByteConn & { remoteAddr: unknown } {
  const chunks = socket.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  return {
    remoteAddr: { transport: "tcp", hostname: "::ffff:192.0.2.7", port: 12345 },
    async read(buffer) {
      while (rest.length === 0) {
        const { value, done } = await chunks.next();
        if (done) return null;
        rest = value as Buffer;
      }
      const count = Math.min(rest.length, buffer.length);
      buffer.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    write(bytes) {
      return new Promise((resolve, reject) => {
        // It takes its time: not everything goes at once.
        const some = Buffer.from(bytes.subarray(0, 7));
        socket.write(some, (error) => error ? reject(error) : resolve(some.length));
      });
    },
    close: () => socket.destroy(),
  };
}

/** Accepts connections for a program that hands them to a server. */
class Door implements AsyncDisposable {
  readonly #listener: NetServer;
  readonly #port: number;

  private constructor(listener: NetServer, port: number) {
    this.#listener = listener;
    this.#port = port;
  }

  static async open(): Promise<Door> {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    return new Door(listener, (listener.address() as { port: number }).port);
  }

  /** A peer and the socket that was accepted from it. */
  async connect(): Promise<[RawPeer, Socket]> {
    const accepted = once(this.#listener, "connection");
    const peer = await RawPeer.connect(this.#port);
    return [peer, (await accepted)[0] as Socket];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await once(this.#listener, "close");
  }
}
