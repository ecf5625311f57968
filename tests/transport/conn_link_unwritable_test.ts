import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { FakeConn, linked, settle } from "./fake_conn.ts";
import { settings, type TestHandler } from "./handlers.ts";

describe("a link over a connection with promises", () => {
  describe("to which nothing can be written any more", () => {
    /** A peer that is gone, after the handler has tried to send something. */
    async function gone(throws: boolean, given = settings()): Promise<[FakeConn, TestHandler]> {
      const conn = new FakeConn();
      let writes = 0;
      conn.write = () => {
        assertEquals(++writes, 1, "nothing is written to it again");
        if (throws) throw new Error("Broken pipe");
        return Promise.reject(new Error("Broken pipe"));
      };
      const handler = linked(conn, given);
      handler.onLine = () => handler.send("answer");
      handler.send("four");
      await settle();
      return [conn, handler];
    }

    for (const throws of [true, false]) {
      const how = throws ? "throws" : "fails";
      test(`is read to its end when write() ${how}, and then closed with its message`, async () => {
        const [conn, handler] = await gone(throws);
        assertEquals([conn.closings, handler.closings], [0, []]);
        for (let line = 0; line < 3; line++) {
          conn.arrive(new TextEncoder().encode(`line ${line}\n`.repeat(1000)));
          await settle();
        }
        conn.arrive(null);
        await settle();
        assertEquals(handler.lines.length, 3000);
        assertEquals([conn.closings, handler.closings], [1, ["Broken pipe"]]);
        assertEquals(handler.out.size, 0);
        assertEquals(handler.peerHasEnded, false, "there is no half-close of who is gone");
      });
    }

    test("is closed with the message of the write when reading fails as well", async () => {
      const [conn, handler] = await gone(false);
      conn.arrive(new TextEncoder().encode("line\n"));
      conn.arrive(new Error("Connection reset by peer"));
      await settle();
      assertEquals([handler.lines, handler.closings], [["line"], ["Broken pipe"]]);
    });

    test("is read on although it had left much unread", async () => {
      const conn = new FakeConn();
      conn.takes = 0;
      const handler = linked(conn, settings({ pauseReadingAt: 10_000 }));
      handler.sendBytes(20_000);
      await settle();
      conn.arrive(new TextEncoder().encode("line\n"));
      conn.arrive(null);
      await settle();
      assertEquals([handler.lines, handler.closings], [[], []]);
      conn.breakWrite(new Error("Broken pipe"));
      await settle();
      assertEquals([handler.lines, handler.closings], [["line"], ["Broken pipe"]]);
    });

    test("is closed only when its handler has looked at all that it held", async () => {
      const [conn, handler] = await gone(false);
      let isHolding = true;
      let resumed = 0;
      Object.defineProperty(handler, "isHolding", { get: () => isHolding });
      handler.resume = () => {
        if (++resumed === 3) isHolding = false;
        handler.send("answer");
      };
      conn.arrive(new TextEncoder().encode("line\n"));
      conn.arrive(null);
      await settle();
      assertEquals([resumed, handler.closings], [3, ["Broken pipe"]]);
    });

    test("is closed when its handler goes on by itself, without a word before", async () => {
      const conn = new FakeConn();
      const handler = linked(conn);
      let isHolding = true;
      Object.defineProperty(handler, "isHolding", { get: () => isHolding });
      handler.resume = () => {};
      conn.arrive(new Error("Connection reset by peer"));
      await settle();
      assertEquals(handler.closings, []);
      isHolding = false;
      handler.link.flush();
      await settle();
      assertEquals(handler.closings, ["Connection reset by peer"]);
    });

    test("is closed at once when this side has ended it", async () => {
      const conn = new FakeConn();
      conn.takes = 0;
      const handler = linked(conn);
      handler.send("last words");
      handler.link.end();
      await settle();
      conn.breakWrite(new Error("Broken pipe"));
      await settle();
      assertEquals(handler.closings, ["Broken pipe"]);
    });

    test("is closed after ten seconds if its end does not come", async () => {
      const { setTimeout } = globalThis;
      const timers: [run: () => void, delay: number][] = [];
      globalThis.setTimeout = ((run: () => void, delay: number) => {
        timers.push([run, delay]);
      }) as unknown as typeof setTimeout;
      const conn = new FakeConn();
      const handler = linked(conn);
      let isHolding = true;
      Object.defineProperty(handler, "isHolding", { get: () => isHolding });
      handler.resume = () => {};
      try {
        conn.write = () => {
          throw new Error("Broken pipe");
        };
        handler.send("four");
        for (let rounds = 0; rounds < 5; rounds++) await null;
        assertEquals(timers.map(([, delay]) => delay), [10_000]);
        timers[0][0]();
        assertEquals([timers.length, handler.closings], [2, []], "it holds something");
        isHolding = false;
        timers[1][0]();
        assertEquals([timers.length, handler.closings], [2, ["Broken pipe"]]);
      } finally {
        globalThis.setTimeout = setTimeout;
      }
    });

    test("is told to the handler, once", async () => {
      const [conn, handler] = await gone(false);
      assertEquals(handler.goneCount, 1);
      conn.arrive(null);
      await settle();
      assertEquals([handler.goneCount, handler.closings.length], [1, 1]);
    });
  });
});
