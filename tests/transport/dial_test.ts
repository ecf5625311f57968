import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PacketType } from "../../protocol/mod.ts";
import type { Link } from "../../router/mod.ts";
import { dial } from "../../transport/dial.ts";
import { ConnectError } from "../../transport/socket_errors.ts";
import type { ConnectOptions, Transport } from "../../transport/transport.ts";
import { settings, TestHandler, TestListener, transports } from "./handlers.ts";

const LIMITS = { timeout: 20_000 };

/** Connects and remembers the handler. */
async function dialed(transport: Transport, options: ConnectOptions): Promise<TestHandler> {
  let handler: TestHandler | undefined;
  const link = await dial(options, settings(), LIMITS, (link) => {
    handler = new TestHandler(link);
    handler.onPacket = () => {};
    return handler;
  }, transport);
  assertEquals(handler!.link, link);
  return handler!;
}

/** Sends an echo and waits for the answer. */
async function assertEchoes(handler: TestHandler): Promise<void> {
  handler.out.packet(PacketType.ECHO_REQ, 5);
  handler.out.string("hello");
  handler.link.flush();
  await handler.until("the echo", () => handler.packets.includes(PacketType.ECHO_RES));
}

/** Sockets that do what the test says; every address that is tried is noted. */
function fake(connect: (options: ConnectOptions) => Promise<Link>) {
  const tried: (string | undefined)[] = [];
  return {
    tried,
    connect(options: ConnectOptions): Promise<Link> {
      tried.push(options.hostname);
      return connect(options);
    },
  };
}

/** A link that remembers whether it was closed. */
function fakeLink(): Link & { isDestroyed: boolean } {
  return {
    peer: { hostname: "nowhere", port: 0 },
    isDestroyed: false,
    flush() {},
    end() {},
    destroy() {
      this.isDestroyed = true;
    },
  };
}

const unused = () => {
  throw new Error("No handler is asked for");
};

for (const transport of transports) {
  describe(`connecting with ${transport.name}`, () => {
    test("reaches a TCP port, by address and by name", async () => {
      await using listener = await TestListener.open(transport);
      const { port } = listener.addr;
      for (const hostname of ["127.0.0.1", "localhost"]) {
        const handler = await dialed(transport, { hostname, port, keepAlive: { idle: 60 } });
        assertEquals(handler.link.peer.port, port);
        await assertEchoes(handler);
        handler.link.end();
        await handler.gone();
      }
    });

    test("reaches a unix socket", async () => {
      const directory = mkdtempSync(join(tmpdir(), "geartrain-"));
      try {
        const path = join(directory, "dial.sock");
        await using _listener = await TestListener.open(transport, undefined, undefined, { path });
        const handler = await dialed(transport, { path });
        await assertEchoes(handler);
        handler.link.destroy();
        await handler.gone();
      } finally {
        rmSync(directory, { recursive: true });
      }
    });

    test("names the address and the reason when nobody listens", async () => {
      const listener = await TestListener.open(transport);
      const { port } = listener.addr;
      await listener[Symbol.asyncDispose]();
      const refused = await assertRejects(
        () => dialed(transport, { hostname: "127.0.0.1", port }),
        ConnectError,
      );
      assertEquals(refused.code, "ECONNREFUSED");
      assertStringIncludes(refused.message, `127.0.0.1:${port}: nobody listens there`);
      const absent = await assertRejects(
        () => dialed(transport, { path: "/nowhere/geartrain.sock" }),
        ConnectError,
      );
      assertEquals(absent.code, "ENOENT");
      assertStringIncludes(absent.message, "unix:/nowhere/geartrain.sock");
    });
  });
}

describe("dialling", () => {
  test("tries the addresses of a name in turn until one answers", async () => {
    const link = fakeLink();
    const sockets = fake(({ hostname }) =>
      hostname === "127.0.0.1"
        ? Promise.resolve(link)
        : Promise.reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }))
    );
    const options = { hostname: "localhost", port: 4730 };
    assertEquals(await dial(options, settings(), LIMITS, unused, sockets), link);
    assertEquals(sockets.tried.at(-1), "127.0.0.1");
  });

  test("fails for a name without an address", async () => {
    const options = { hostname: "no-such-host.invalid", port: 4730 };
    const error = await assertRejects(() => dial(options, settings(), LIMITS, unused));
    assert(error instanceof ConnectError);
    assertStringIncludes(error.message, "no-such-host.invalid:4730");
  });

  test("gives up when its time is over, and closes a link that comes too late", async () => {
    const link = fakeLink();
    const late = Promise.withResolvers<Link>();
    const sockets = fake(() => late.promise);
    const options = { hostname: "127.0.0.1", port: 4730 };
    const error = await assertRejects(
      () => dial(options, settings(), { timeout: 1 }, unused, sockets),
      ConnectError,
    );
    assertEquals(error.code, "ETIMEDOUT");
    assertStringIncludes(error.message, "127.0.0.1:4730: nobody answers");
    late.resolve(link);
    await late.promise;
    await Promise.resolve();
    await Promise.resolve();
    assert(link.isDestroyed);
  });

  test("ends with the reason of a signal, also one that was given before", async () => {
    const controller = new AbortController();
    const sockets = fake(() => new Promise(() => {}));
    const options = { hostname: "127.0.0.1", port: 4730 };
    const limits = { timeout: 20_000, signal: controller.signal };
    const attempt = dial(options, settings(), limits, unused, sockets);
    controller.abort(new Error("enough"));
    await assertRejects(() => attempt, Error, "enough");
    await assertRejects(() => dial(options, settings(), limits, unused, sockets), Error, "enough");
    assertEquals(sockets.tried, []);
  });
});
