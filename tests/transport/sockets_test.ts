import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ListenOptions, Transport } from "../../transport/transport.ts";
import { UnreadOutput } from "../../transport/outgoing.ts";
import {
  digestOf,
  echoReply,
  echoRequest,
  noise,
  settings,
  someRounds,
  TestClient,
  type TestHandler,
  TestListener,
  transports,
} from "./handlers.ts";

const MEBIBYTE = 1024 * 1024;
/** For what takes a while on a busy machine. */
const SLOW = { timeout: 60_000 };

/** Opens a listener on each kind of socket in turn. */
async function onEachSocket(
  transport: Transport,
  body: (options: ListenOptions) => Promise<void>,
): Promise<void> {
  await body({ hostname: "127.0.0.1", port: 0 });
  const directory = mkdtempSync(join(tmpdir(), "geartrain-"));
  try {
    await body({ path: join(directory, `${transport.name}.sock`) });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A peer that resets the connection instead of ending it. */
function reset(client: TestClient): void {
  client.socket.resetAndDestroy();
}

for (const transport of transports) {
  describe(`sockets of ${transport.name}`, () => {
    test("a packet of 16 MiB comes back whole", SLOW, async () => {
      await onEachSocket(transport, async (options) => {
        await using listener = await TestListener.open(transport, () => {}, settings(), options);
        using client = await TestClient.connect(listener.addr);
        const body = noise(16 * MEBIBYTE);
        const reply = echoReply(body);
        await client.send(echoRequest(body));
        await client.untilLength(reply.length);
        assertEquals(client.digest(), digestOf(reply));
      });
    });

    test("bytes that are handed over as stable stay as they are", SLOW, async () => {
      const kept: Uint8Array[] = [];
      await using listener = await TestListener.open(transport, (handler) => {
        const receive = handler.receive.bind(handler);
        handler.receive = (bytes, start, end, stable) => {
          kept.push(stable ? bytes.subarray(start, end) : bytes.slice(start, end));
          receive(bytes, start, end, stable);
        };
      });
      using client = await TestClient.connect(listener.addr);
      const body = noise(MEBIBYTE);
      for (let round = 1; round <= 8; round++) {
        await client.send(echoRequest(body));
        await client.untilLength(round * (12 + body.length));
      }
      assertEquals(digestOf(...kept), digestOf(...Array(8).fill(echoRequest(body))));
    });

    test("20 MB reach a peer that begins to read late", SLOW, async () => {
      await onEachSocket(transport, async (options) => {
        await using listener = await TestListener.open(
          transport,
          (handler) => {
            handler.onLine = () => handler.sendBytes(20_000_000);
          },
          settings(),
          options,
        );
        using client = await TestClient.connect(listener.addr, { reads: false });
        await client.send("send\n");
        const handler = await listener.handler();
        await handler.until("the request", () => handler.lines.length === 1);
        await someRounds(listener.addr);
        client.resume();
        await client.untilLength(20_000_000);
        const thousand = Uint8Array.from({ length: 1000 }, (_, index) => index * 7);
        assertEquals(client.digest(), digestOf(...Array(20_000).fill(thousand)));
      });
    });

    test("nothing is read from a peer that leaves too much unread", async () => {
      await using listener = await TestListener.open(transport, (handler) => {
        handler.onLine = (line) => {
          if (line === "send") handler.sendBytes(20_000_000);
        };
      }, settings({ pauseReadingAt: MEBIBYTE }));
      using client = await TestClient.connect(listener.addr, { reads: false });
      await client.send("send\n");
      const handler = await listener.handler();
      await handler.until("the request", () => handler.lines.length === 1);
      await someRounds(listener.addr);
      await client.send("more\n");
      await someRounds(listener.addr);
      assertEquals(handler.lines, ["send"]);
      client.resume();
      await handler.until("the second request", () => handler.lines.length === 2);
      assert(handler.out.size <= MEBIBYTE);
      await client.untilLength(20_000_000);
    });

    test("a peer that does not read at all is cut off", async () => {
      await onEachSocket(transport, async (options) => {
        const given = settings({ pauseReadingAt: MEBIBYTE, maxUnsent: 8 * MEBIBYTE });
        await using listener = await TestListener.open(transport, () => {}, given, options);
        using client = await TestClient.connect(listener.addr, { reads: false });
        const handler = await listener.handler();
        for (let sent = 0; sent < 50 && handler.closings.length === 0; sent++) {
          handler.sendBytes(MEBIBYTE);
          await someRounds(listener.addr);
        }
        assertStringIncludes(await handler.gone() ?? "", "unsent output");
        client.resume();
        await client.untilEnd();
        assert(client.length < 50 * MEBIBYTE);
        assertEquals(handler.closings.length, 1);
      });
    });

    test("of peers that leave too much unread together, who has read nothing for longest is cut off", async () => {
      await onEachSocket(transport, async (options) => {
        const unreadOutput = new UnreadOutput(20 * MEBIBYTE);
        const given = settings({ maxUnsent: 100 * MEBIBYTE, unreadOutput });
        await using listener = await TestListener.open(transport, () => {}, given, options);
        using lazy = await TestClient.connect(listener.addr, { reads: false });
        const first = await listener.handler();
        first.sendBytes(18 * MEBIBYTE);
        using reader = await TestClient.connect(listener.addr);
        const second = await listener.handler(1);
        for (let sent = 0; sent < 20 && first.closings.length === 0; sent++) {
          second.sendBytes(15 * MEBIBYTE);
          await reader.untilLength((sent + 1) * 15 * MEBIBYTE);
        }
        assertStringIncludes(await first.gone() ?? "", "all peers leave");
        assertEquals([second.closings.length, unreadOutput.size], [0, 0]);
        lazy.resume();
        await lazy.untilEnd();
      });
    });

    test("a peer that half-closed gets its replies, however slowly it reads", async () => {
      await onEachSocket(transport, async (options) => {
        await using listener = await TestListener.open(
          transport,
          (handler) => {
            handler.onLine = () => handler.sendBytes(5_000_000);
          },
          // The end is not seen while reading is paused.
          settings({ pauseReadingAt: 6_000_000 }),
          options,
        );
        using client = await TestClient.connect(listener.addr, { reads: false });
        client.socket.end("send\n");
        const handler = await listener.handler();
        await handler.until("the end of the peer", () => handler.peerHasEnded);
        await someRounds(listener.addr);
        client.resume();
        await client.untilLength(5_000_000);
        await client.untilEnd();
        assertEquals([client.hasEnded, client.error, client.length], [true, null, 5_000_000]);
        await handler.gone();
        assertEquals(handler.closings.length, 1);
      });
    });

    test("a half-close long before the reply does not lose it", async () => {
      await onEachSocket(transport, async (options) => {
        await using listener = await TestListener.open(
          transport,
          (handler) => {
            handler.onPeerEnded = () => {};
          },
          settings(),
          options,
        );
        using client = await TestClient.connect(listener.addr);
        client.socket.end("a question\n");
        const handler = await listener.handler();
        await handler.until("the end of the peer", () => handler.peerHasEnded);
        await someRounds(listener.addr);
        handler.send("an answer");
        handler.link.end();
        await client.untilEnd();
        assertEquals([client.text, client.error], ["an answer", null]);
        await handler.gone();
      });
    });

    test("end() sends everything first, to a peer that reads late", async () => {
      await onEachSocket(transport, async (options) => {
        await using listener = await TestListener.open(
          transport,
          (handler) => {
            handler.onLine = () => {
              handler.sendBytes(5_000_000);
              handler.link.end();
            };
          },
          settings(),
          options,
        );
        using client = await TestClient.connect(listener.addr, { reads: false });
        await client.send("send\n");
        const handler = await listener.handler();
        await handler.until("the request", () => handler.lines.length === 1);
        await someRounds(listener.addr);
        client.resume();
        await client.untilEnd();
        assertEquals([client.length, client.hasEnded], [5_000_000, true]);
        client.socket.end();
        await handler.gone();
        assertEquals(handler.closings.length, 1);
      });
    });

    test("a peer that is still sending gets to read why it was closed", async () => {
      await using listener = await TestListener.open(transport, (handler) => {
        handler.onLine = () => {
          handler.send("that is enough");
          handler.link.end();
        };
      });
      using client = await TestClient.connect(listener.addr);
      await client.send("begin\n");
      for (let sent = 0; sent < 64 && !client.hasEnded; sent++) {
        void client.send("x".repeat(MEBIBYTE / 16));
      }
      await client.untilEnd();
      assertEquals([client.text, client.error], ["that is enough", null]);
    });

    test("a reset closes the link once", async () => {
      await using listener = await TestListener.open(transport);
      using client = await TestClient.connect(listener.addr);
      await client.send(echoRequest("here"));
      await client.untilLength(echoReply("here").length);
      reset(client);
      const handler = await listener.handler();
      await handler.gone();
      await someRounds(listener.addr);
      assertEquals(handler.closings.length, 1);
    });

    test("a reset while output waits closes the link once", async () => {
      await using listener = await TestListener.open(transport, () => {}, settings());
      using client = await TestClient.connect(listener.addr, { reads: false });
      const handler = await listener.handler();
      handler.sendBytes(20_000_000);
      await someRounds(listener.addr);
      reset(client);
      await handler.gone();
      await someRounds(listener.addr);
      assertEquals(handler.closings.length, 1);
    });

    test("what has come from a peer is taken, though nothing can be sent to it any more", async () => {
      await onEachSocket(transport, async (options) => {
        await using listener = await TestListener.open(transport, () => {}, settings(), options);
        const client = await TestClient.connect(listener.addr, { reads: false });
        const handler = await listener.handler();
        handler.onLine = () => handler.send("answer\n");
        await client.send("first\n");
        await handler.until("the first line", () => handler.lines.length === 1);
        // No more than the kernel takes at once: else some would be lost with the client.
        const lines = 1000;
        const sent = client.send("one of a thousand lines\n".repeat(lines));
        client.socket.destroy();
        // Before the server looks at what has come, it learns that it cannot send.
        for (let answer = 0; answer < 3; answer++) {
          handler.send("too late\n");
          await Promise.resolve();
        }
        await Promise.race([sent, handler.gone()]);
        await handler.gone();
        assertEquals(handler.lines.length, 1 + lines);
        assertEquals(handler.closings.length, 1);
      });
    });

    test("what has come from a peer is taken, though it has reset the connection", async () => {
      await using listener = await TestListener.open(transport);
      const client = await TestClient.connect(listener.addr, { reads: false });
      const handler = await listener.handler();
      await client.send(echoRequest("first"));
      await handler.until("the first packet", () => handler.packets.length === 1);
      const body = noise(20_000);
      const bodies: string[] = [];
      handler.onPacket = (view) => {
        bodies.push(digestOf(view.bytes.subarray(view.start, view.end)));
        handler.sendBytes(1000);
      };
      const request = echoRequest(body);
      await client.send(new Uint8Array([...request, ...request, ...request]));
      reset(client);
      handler.sendBytes(1000);
      await handler.gone();
      assertEquals(bodies, Array.from({ length: 3 }, () => digestOf(body)));
    });

    test("a peer that vanished after a half-close is noticed when something is sent", async () => {
      await using listener = await TestListener.open(transport, (handler) => {
        handler.onPeerEnded = () => {};
      });
      const client = await TestClient.connect(listener.addr);
      const handler = await listener.handler();
      client.socket.destroy();
      await handler.until("the end of the peer", () => handler.peerHasEnded);
      for (let probe = 0; probe < 50 && handler.closings.length === 0; probe++) {
        handler.send("are you there? ");
        await someRounds(listener.addr);
      }
      assertEquals(handler.closings.length, 1);
    });

    test("destroy() is seen by the peer and closes the link once", async () => {
      await onEachSocket(transport, async (options) => {
        await using listener = await TestListener.open(transport, () => {}, settings(), options);
        using client = await TestClient.connect(listener.addr);
        const handler = await listener.handler();
        handler.link.destroy();
        handler.link.destroy();
        assertEquals(handler.closings.length, 1);
        await client.untilEnd();
        await someRounds(listener.addr);
        assertEquals(handler.closings.length, 1);
      });
    });

    test("an exception in a handler costs its connection and no other", async () => {
      const given = settings();
      await using listener = await TestListener.open(transport, (handler) => {
        handler.onLine = () => {
          throw new Error("a defect");
        };
      }, given);
      using good = await TestClient.connect(listener.addr);
      using bad = await TestClient.connect(listener.addr);
      await bad.send("line\n");
      await bad.untilEnd();
      assertEquals(given.reports.length, 1);
      assertStringIncludes(given.reports[0], "a defect");
      await good.send(echoRequest("still here"));
      await good.untilLength(echoReply("still here").length);
    });

    test("2000 connections at once are all served and all closed once", SLOW, async () => {
      await using listener = await TestListener.open(transport);
      const clients: TestClient[] = [];
      // In bursts below the backlog: a lost SYN comes again after a second.
      while (clients.length < 2000) {
        clients.push(
          ...await Promise.all(
            Array.from({ length: 250 }, () => TestClient.connect(listener.addr)),
          ),
        );
      }
      for (const client of clients) void client.send(echoRequest("one of many"));
      const { length } = echoReply("one of many");
      for (const client of clients) await client.untilLength(length);
      assertEquals(listener.handlers.length, 2000);
      for (const client of clients) client.socket.destroy();
      for (const handler of listener.handlers) await handler.gone();
      assertEquals(
        listener.handlers.every((handler: TestHandler) => handler.closings.length === 1),
        true,
      );
    });
  });
}
