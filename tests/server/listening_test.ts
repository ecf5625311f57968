import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { inspect } from "node:util";
import { ListenError, type ListeningSockOptions, type PeerView, Server } from "../../mod.ts";
import { assertServes } from "./round_trip.ts";
import { unless } from "../support/unless.ts";

const directory = mkdtempSync(join(tmpdir(), "listening-"));
after(() => rmSync(directory, { recursive: true }));

const LOOPBACK: ListeningSockOptions = { localAddr: "127.0.0.1" };
const hasIpv6 = Object.values(networkInterfaces()).flat().some((a) => a?.address === "::1");
const noIpv6 = hasIpv6 ? false : "this machine has no IPv6";

describe("createListeningSock", () => {
  test("opens several sockets at once, each of which serves", async () => {
    await using server = new Server();
    const first = server.createListeningSock(0, LOOPBACK);
    const second = server.createListeningSock(0, { ...LOOPBACK, acceptPerLoop: 1, backlog: 5 });
    const path = join(directory, "several.sock");
    const third = server.createListeningSock({ path });
    assertEquals(server.listeners(), [first, second, third]);
    assertEquals(third.addr, { transport: "unix", hostname: "", port: 0, path });
    await assertServes(first.addr.port);
    await assertServes(second.addr.port);
    await assertServes({ path });
  });

  test("localAddr binds to that address only", async () => {
    await using server = new Server();
    const { addr } = server.createListeningSock(0, { localAddr: "127.0.0.2" });
    assertEquals(addr.hostname, "127.0.0.2");
    assertEquals(await outcome(addr.port, "127.0.0.2"), "connected");
    assertEquals(await outcome(addr.port, "127.0.0.1"), "ECONNREFUSED");
  });

  test("without localAddr it listens on all addresses, and IPv4 peers have IPv4 addresses", async () => {
    await using server = new Server();
    const { addr } = server.createListeningSock(0);
    await assertServes(addr.port);
    const opened = nextConnection(server);
    const socket = await connected(addr.port, "127.0.0.1");
    assertEquals((await opened).peer.hostname, "127.0.0.1");
    socket.destroy();
  });

  test(...unless(noIpv6, "IPv6 peers have their IPv6 address, without brackets"), async () => {
    await using server = new Server();
    const { addr } = server.createListeningSock(0, { localAddr: "::1" });
    const opened = nextConnection(server);
    const socket = await connected(addr.port, "::1");
    assertEquals((await opened).peer, {
      hostname: "::1",
      port: (socket.address() as { port: number }).port,
    });
    socket.destroy();
  });

  test("what was closed, or could not listen, is no longer among the listeners", async () => {
    await using server = new Server();
    const first = await server.start(0, LOOPBACK);
    const second = await server.start(0, LOOPBACK);
    await assertRejects(() => server.start(first.addr.port, LOOPBACK), ListenError);
    assertEquals(server.listeners(), [first, second]);
    await first.close();
    assertEquals(server.listeners(), [second]);
  });

  test("what is neither a port nor a path is a TypeError, and so are options of another kind", () => {
    const server = new Server();
    for (
      const place of ["4730", null, undefined, {}, { port: 4730 }, { path: 4730 }] as unknown[]
    ) {
      const listen = () => server.createListeningSock(place as number, LOOPBACK);
      assertThrows(listen, TypeError, "a port number, or { path }");
    }
    for (const options of ["127.0.0.1", null, 5, []] as unknown[]) {
      const listen = () => server.createListeningSock(0, options as ListeningSockOptions);
      assertThrows(listen, TypeError, 'such as { localAddr: "127.0.0.1" }');
    }
    assertEquals(server.listeners(), []);
  });

  test("an address of another machine throws EADDRNOTAVAIL", async () => {
    await using server = new Server();
    const listen = () => server.createListeningSock(0, { localAddr: "192.0.2.1" });
    assertEquals(assertThrows(listen, ListenError).code, "EADDRNOTAVAIL");
    assertEquals(server.listeners(), []);
  });

  const wrong = [
    { local_addr: "127.0.0.1" },
    { localAddr: 1 },
    { mode: 0o660 },
    { mode: 0o1777 },
    { group: 33 },
    { group: -1 },
    { acceptPerLoop: 0 },
    { acceptPerLoop: "10" },
    { backlog: 0.5 },
    { backlog: Infinity },
  ];
  for (const options of wrong) {
    test(`${inspect(options)} throws, and nothing listens`, async () => {
      await using server = new Server();
      const [name] = Object.keys(options);
      assertThrows(
        () => server.createListeningSock(0, options as ListeningSockOptions),
        Error,
        name,
      );
      assertEquals(server.listeners(), []);
    });
  }

  for (const place of [-1, 65536, 0.5, NaN, { path: "" }]) {
    test(`a place ${inspect(place)} throws`, async () => {
      await using server = new Server();
      assertThrows(() => server.createListeningSock(place as number), RangeError);
    });
  }

  test("listeners are closed by stop, and a unix socket's file is gone", async () => {
    const server = new Server();
    const { addr } = server.createListeningSock(0, LOOPBACK);
    const path = join(directory, "stopped.sock");
    server.createListeningSock({ path });
    assert(existsSync(path));
    await server.stop();
    assert(!existsSync(path));
    assertEquals(server.listeners(), []);
    assertEquals(await outcome(addr.port, "127.0.0.1"), "ECONNREFUSED");
    assertThrows(() => server.createListeningSock(0, LOOPBACK), Error, "stopped");
  });

  test("the address is free as soon as stop has resolved", async () => {
    let port = 0;
    for (let round = 0; round < 10; round++) {
      const server = new Server();
      port = server.createListeningSock(port, LOOPBACK).addr.port;
      await server.stop();
    }
  });

  test("a listener can be closed by itself; its connections stay", async () => {
    await using server = new Server();
    const listener = server.createListeningSock(0, LOOPBACK);
    const { port } = listener.addr;
    const socket = await connected(port, "127.0.0.1");
    socket.write("version\n");
    await firstBytes(socket);
    listener.close();
    assertEquals(await outcome(port, "127.0.0.1"), "ECONNREFUSED");
    socket.write("version\n");
    assert((await firstBytes(socket)).startsWith("OK "));
    socket.destroy();
  });
});

describe("start", () => {
  test("resolves with the listener when it listens", async () => {
    await using server = new Server();
    const listener = await server.start(0, LOOPBACK);
    await assertServes(listener.addr.port);
  });

  test("rejects when it cannot", async () => {
    await using server = new Server();
    const { addr } = await server.start(0, LOOPBACK);
    const error = await assertRejects(() => server.start(addr.port, LOOPBACK), ListenError);
    assertEquals(error.code, "EADDRINUSE");
    assertEquals(server.listeners().length, 1);
  });
});

function nextConnection(server: Server): Promise<PeerView> {
  return new Promise((resolve) => {
    const ignore = server.on("connectionOpened", ({ connection }) => {
      ignore();
      resolve(connection);
    });
  });
}

function connected(port: number, host: string): Promise<Socket> {
  const socket = connect({ port, host });
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}

async function outcome(port: number, host: string): Promise<string> {
  try {
    (await connected(port, host)).destroy();
    return "connected";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

function firstBytes(socket: Socket): Promise<string> {
  return new Promise((resolve) => socket.once("data", (bytes) => resolve(bytes.toString())));
}
