import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { denoRounds } from "../../transport/event_loop.ts";
import { addressText, ListenError } from "../../transport/socket_errors.ts";
import type { ListenOptions, Transport } from "../../transport/transport.ts";
import {
  echoReply,
  echoRequest,
  settings,
  TestClient,
  TestListener,
  transports,
} from "./handlers.ts";
import { unless } from "../support/unless.ts";

/** Runs a test with a folder of its own. */
async function inFolder(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "geartrain-"));
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Listens, and expects that this fails. */
async function failure(transport: Transport, options: ListenOptions): Promise<ListenError> {
  let opened: TestListener;
  try {
    opened = await TestListener.open(transport, () => {}, settings(), options);
  } catch (error) {
    assert(error instanceof ListenError, String(error));
    return error;
  }
  await opened[Symbol.asyncDispose]();
  throw new Error(`It listens on ${addressText(options)}`);
}

/** Is the connection served? */
async function assertServed(listener: TestListener): Promise<void> {
  using client = await TestClient.connect(listener.addr);
  await client.send(echoRequest("hello"));
  await client.untilLength(echoReply("hello").length);
}

/** What the kernel knows of sockets; without the program a test is skipped, or fails in CI. */
const noSs = process.env.GEARTRAIN_REQUIRE_INTEROP !== "1" &&
  spawnSync("ss", ["-V"]).status !== 0 && "Debian package iproute2 is not installed";

function ss(...args: string[]): string[] {
  return execFileSync("ss", args, { encoding: "utf8" }).split("\n").filter((line) => line !== "");
}

/** Does a timer for keepalive probes run at this end of a connection? */
function hasKeepAliveTimer(localPort: number, peerPort: number): boolean {
  const [line] = ss(
    "-tnoH",
    "state",
    "established",
    `sport = :${localPort}`,
    `dport = :${peerPort}`,
  );
  return line.includes("timer:(keepalive");
}

/** How many connections may wait to be accepted on a port. */
function backlogOf(port: number): number {
  const [line] = ss("-tlnH", `sport = :${port}`);
  return Number(line.split(/\s+/)[2]);
}

/** Does this machine have IPv6? */
async function hasIpv6(transport: Transport): Promise<boolean> {
  try {
    await using _ = await TestListener.open(transport, () => {}, settings(), { hostname: "::1" });
    return true;
  } catch {
    return false;
  }
}

for (const transport of transports) {
  const open = (options: ListenOptions): Promise<TestListener> =>
    TestListener.open(transport, () => {}, settings(), options);

  describe(`listening with ${transport.name}`, () => {
    test("port 0 becomes a free port", async () => {
      await using listener = await open({ hostname: "127.0.0.1", port: 0 });
      const { hostname, port, path } = listener.addr;
      assertEquals([listener.addr.transport, hostname, path], ["tcp", "127.0.0.1", undefined]);
      assert(port > 0);
      await assertServed(listener);
    });

    test("several listeners serve at once", async () => {
      await using first = await open({ hostname: "127.0.0.1", port: 0 });
      await using second = await open({ hostname: "127.0.0.1", port: 0 });
      for (const listener of [first, second, first]) await assertServed(listener);
    });

    test("a port in use is EADDRINUSE, and the message names the address", async () => {
      await using listener = await open({ hostname: "127.0.0.1", port: 0 });
      const error = await failure(transport, { hostname: "127.0.0.1", port: listener.addr.port });
      assertEquals(error.code, "EADDRINUSE");
      assertEquals(
        error.message,
        `Cannot listen on 127.0.0.1:${listener.addr.port}: the address is in use`,
      );
      await assertServed(listener);
    });

    test("the port is told once it is known, and no other before", async () => {
      const listener = transport.listen({ hostname: "127.0.0.1", port: 0 }, settings(), (link) => {
        throw new Error(`${link.peer.hostname} connects`);
      });
      try {
        assert(listener.addr.port > 0);
      } catch (error) {
        assertStringIncludes((error as Error).message, "await listener.ready");
      }
      await listener.ready;
      const { port } = listener.addr;
      assert(port > 0);
      await listener.close();
      assertEquals(listener.addr.port, port);
    });

    test("one that is closed before it is ready does not listen later", async () => {
      const was = await open({ hostname: "127.0.0.1", port: 0 });
      const { port } = was.addr;
      await was[Symbol.asyncDispose]();
      const listener = transport.listen({ hostname: "127.0.0.1", port }, settings(), (link) => {
        throw new Error(`${link.peer.hostname} connects`);
      });
      await listener.close();
      await using again = await open({ hostname: "127.0.0.1", port });
      await assertServed(again);
    });

    test("a port in use is EADDRINUSE without a hostname, too", async () => {
      await using listener = await open({ port: 0 });
      const error = await failure(transport, { port: listener.addr.port });
      assertEquals(error.code, "EADDRINUSE");
      assertStringIncludes(error.message, `*:${listener.addr.port}`);
    });

    test("an address of another machine is EADDRNOTAVAIL", async () => {
      const error = await failure(transport, { hostname: "192.0.2.1", port: 0 });
      // node:net on Deno calls it EINVAL.
      assert(["EADDRNOTAVAIL", "EINVAL"].includes(error.code), error.code);
      assertStringIncludes(error.message, "192.0.2.1:0");
    });

    test("a name without an address is ENOTFOUND", async () => {
      const error = await failure(transport, { hostname: "no-such-host.invalid", port: 0 });
      assert(["ENOTFOUND", "EAI_AGAIN"].includes(error.code), error.code);
      assertStringIncludes(error.message, "no-such-host.invalid");
    });

    test("without a hostname IPv4 is served, under plain addresses", async () => {
      await using listener = await open({ port: 0 });
      await assertServed(listener);
      assertEquals((await listener.handler()).link.peer.hostname, "127.0.0.1");
    });

    test("without a hostname IPv6 is served, under addresses without brackets", async () => {
      if (!await hasIpv6(transport)) return;
      await using listener = await open({ port: 0 });
      using client = await TestClient.connect({ ...listener.addr, hostname: "::1" });
      const { peer } = (await listener.handler()).link;
      assertEquals(peer, { hostname: "::1", port: client.socket.localPort! });
    });

    test("the peer's address is that of the client", async () => {
      await using listener = await open({ hostname: "127.0.0.1", port: 0 });
      using client = await TestClient.connect(listener.addr);
      const { peer } = (await listener.handler()).link;
      assertEquals(peer, { hostname: "127.0.0.1", port: client.socket.localPort! });
    });

    test("a unix socket is served, and its file is gone after close()", async () => {
      await inFolder(async (directory) => {
        const path = join(directory, "gear.sock");
        const listener = await open({ path });
        assertEquals(listener.addr, { transport: "unix", hostname: "", port: 0, path });
        await assertServed(listener);
        assertEquals(listener.handlers[0].link.peer, { hostname: "unix", port: 0 });
        await listener[Symbol.asyncDispose]();
        assert(!existsSync(path));
      });
    });

    test("the file of a unix socket that nobody listens on is replaced", async () => {
      await inFolder(async (directory) => {
        const path = join(directory, "gear.sock");
        const elsewhere = await open({ path: join(directory, "elsewhere.sock") });
        renameSync(join(directory, "elsewhere.sock"), path);
        await elsewhere[Symbol.asyncDispose]();
        assert(existsSync(path));
        await using listener = await open({ path });
        await assertServed(listener);
      });
    });

    test("a unix socket that is in use is EADDRINUSE and goes on", async () => {
      await inFolder(async (directory) => {
        const path = join(directory, "gear.sock");
        await using listener = await open({ path });
        const error = await failure(transport, { path });
        assertEquals(error.code, "EADDRINUSE");
        assertStringIncludes(error.message, `unix:${path}`);
        await assertServed(listener);
      });
    });

    test("a file that is no socket is not removed", async () => {
      await inFolder(async (directory) => {
        const path = join(directory, "precious");
        writeFileSync(path, "data");
        assertEquals((await failure(transport, { path })).code, "EADDRINUSE");
        assert(existsSync(path));
      });
    });

    test("a unix socket in a folder that does not exist is refused", async () => {
      await inFolder(async (directory) => {
        const error = await failure(transport, { path: join(directory, "no", "gear.sock") });
        assert(["ENOENT", "EACCES"].includes(error.code), error.code);
      });
    });

    test("close() frees the address and leaves the connections", async () => {
      await using listener = await open({ hostname: "127.0.0.1", port: 0 });
      using client = await TestClient.connect(listener.addr);
      await listener.handler();
      await listener.listener.close();
      await listener.listener.close();
      await using again = await open({ hostname: "127.0.0.1", port: listener.addr.port });
      await assertServed(again);
      await client.send(echoRequest("still here"));
      await client.untilLength(echoReply("still here").length);
    });

    for (
      const [keepAlive, expected] of [
        [true, true],
        [{ idle: 60 }, true],
        [{ idle: 60, interval: 5, count: 3 }, true],
        [false, false],
      ] as const
    ) {
      const title = `keepalive ${JSON.stringify(keepAlive)}: probes are ${
        expected ? "" : "not "
      }due`;
      test(...unless(noSs, title), async () => {
        await using listener = await open({ hostname: "127.0.0.1", port: 0, keepAlive });
        using client = await TestClient.connect(listener.addr);
        await listener.handler();
        const port = client.socket.localPort!;
        assertEquals(hasKeepAliveTimer(listener.addr.port, port), expected);
      });
    }

    test(...unless(noSs, "the backlog is what was asked for, where the runtime can"), async () => {
      const asked = 7;
      await using listener = await open({ hostname: "127.0.0.1", port: 0, backlog: asked });
      // Bun has its own under node:net too.
      const isFixed = transport.ignores.includes("backlog") || "Bun" in globalThis;
      const expected = isFixed ? 512 : asked;
      assertEquals(backlogOf(listener.addr.port), expected);
    });
  });
}

/** Calls a function whenever somebody asks Deno for its next round. */
function notingRounds(note: () => void): Disposable {
  const { next } = denoRounds;
  denoRounds.next = (run) => {
    note();
    next.call(denoRounds, run);
  };
  return { [Symbol.dispose]: () => void (denoRounds.next = next) };
}

describe("acceptPerLoop", () => {
  const [own] = transports;
  const skip = own.ignores.includes("acceptPerLoop")
    ? `${own.name} accepts by itself, as many as wait`
    : false;

  test(
    ...unless(skip, "so many connections are accepted before the others are served"),
    async () => {
      let inThisRound = 0;
      let most = 0;
      using _ = notingRounds(() => inThisRound = 0);
      await using listener = await TestListener.open(
        own,
        () => most = Math.max(most, ++inThisRound),
        settings(),
        { hostname: "127.0.0.1", port: 0, acceptPerLoop: 3 },
      );
      const clients = await Promise.all(
        Array.from({ length: 60 }, () => TestClient.connect(listener.addr)),
      );
      await listener.handler(59);
      for (const client of clients) client.socket.destroy();
      assertEquals(most, 3);
    },
  );
});

describe("addressText", () => {
  test("shows every kind of address", () => {
    assertEquals(addressText({ port: 4730 }), "*:4730");
    assertEquals(addressText({ hostname: "127.0.0.1", port: 4730 }), "127.0.0.1:4730");
    assertEquals(addressText({ hostname: "::1", port: 4730 }), "[::1]:4730");
    assertEquals(addressText({ path: "/run/gear.sock" }), "unix:/run/gear.sock");
  });
});
