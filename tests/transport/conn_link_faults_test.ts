import { describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { LinkHandler } from "../../router/mod.ts";
import { ConnLink } from "../../transport/conn_link.ts";
import { FlushQueue } from "../../transport/flush_queue.ts";
import { FakeConn, linked, PEER, settle, started } from "./fake_conn.ts";
import { settings } from "./handlers.ts";

describe("a link over a connection with promises", () => {
  test("a connection whose closeWrite() returns no promise is served to its end", async () => {
    const conn = new FakeConn();
    conn.closeWrite = () => {
      conn.hasEndedWriting = true;
      return undefined as unknown as Promise<void>;
    };
    const handler = linked(conn);
    handler.send("the last word");
    handler.link.end();
    await settle();
    assertEquals([conn.hasEndedWriting, handler.closings], [true, []]);
    conn.arrive(null);
    await settle();
    assertEquals([conn.closings, handler.closings.length], [1, 1]);
  });

  for (
    const [does, closeWrite] of [
      ["throws", () => {
        throw new Error("no such thing");
      }],
      ["fails", () => Promise.reject(new Error("no such thing"))],
    ] as const
  ) {
    test(`a connection whose closeWrite() ${does} is closed, with its message`, async () => {
      const conn = new FakeConn();
      conn.closeWrite = closeWrite;
      const handler = linked(conn);
      handler.link.end();
      await settle();
      assertEquals([conn.closings, handler.closings], [1, ["no such thing"]]);
    });
  }

  for (const closeWrite of [null, true]) {
    test(`a connection whose closeWrite is ${closeWrite} is closed at its end`, async () => {
      const conn = Object.assign(new FakeConn(), { closeWrite }) as unknown as FakeConn;
      const handler = linked(conn);
      handler.link.end();
      await settle();
      assertEquals([conn.closings, handler.closings], [1, ["closed by this server"]]);
    });
  }

  test("a connection whose close() fails later is closed like any other", async () => {
    const conn = new FakeConn();
    const close = conn.close.bind(conn);
    conn.close = () => {
      close();
      return Promise.reject(new Error("closed already")) as unknown as void;
    };
    const handler = linked(conn);
    handler.link.destroy();
    await settle();
    assertEquals([conn.closings, handler.closings], [1, ["closed by this server"]]);
  });

  test("a connection whose write() returns no promise is served", async () => {
    const conn = new FakeConn();
    conn.write = (bytes) => {
      conn.writes.push(bytes.slice());
      return bytes.length as unknown as Promise<number>;
    };
    const handler = linked(conn);
    for (let writes = 1; writes <= 3; writes++) {
      handler.send("four");
      await settle();
      assertEquals([conn.writes.length, handler.closings], [writes, []]);
    }
  });

  test("a connection whose read() throws is closed, with its message", async () => {
    const conn = new FakeConn();
    conn.read = () => {
      throw new Error("no such thing");
    };
    const handler = linked(conn);
    await settle();
    assertEquals([conn.closings, handler.closings], [1, ["no such thing"]]);
  });

  test("an error while reading closes once, with its message", async () => {
    const conn = new FakeConn();
    const handler = linked(conn);
    conn.arrive(new Error("Connection reset by peer"));
    await settle();
    assertEquals([handler.closings, handler.peerHasEnded], [["Connection reset by peer"], false]);
  });

  for (const count of [0, -1, NaN, 5, undefined]) {
    test(`a connection that says it wrote ${count} of 4 bytes is closed`, async () => {
      const conn = new FakeConn();
      conn.write = () => Promise.resolve(count as number);
      const handler = linked(conn);
      handler.send("four");
      await settle();
      assertEquals(handler.closings.length, 1);
    });
  }

  test("a connection that reads nothing again and again has ended", async () => {
    const conn = new FakeConn();
    conn.read = () => Promise.resolve(0);
    const handler = linked(conn);
    await settle();
    assert(handler.peerHasEnded);
  });

  test("an exception in the handler costs that link and is reported in one line", async () => {
    const conn = new FakeConn();
    const given = settings();
    const handler = linked(conn, given, (handler) => {
      handler.onLine = () => {
        throw new Error("a defect");
      };
    });
    conn.arrive(new TextEncoder().encode("line\n"));
    await settle();
    assertEquals([handler.closings, conn.closings], [["an error in this server"], 1]);
    assertEquals(given.reports.length, 1);
    assertStringIncludes(given.reports[0], "a defect");
    assert(!given.reports[0].includes("\n"));
  });

  test("an exception when accepting closes the connection and is reported", () => {
    const conn = new FakeConn();
    const given = settings();
    const queue = new FlushQueue(queueMicrotask);
    new ConnLink(conn, { hostname: "fake", port: 0 }, given, queue).start(() => {
      throw new Error("a defect");
    });
    assertEquals([conn.closings, given.reports.length], [1, 1]);
  });

  test("an exception while it sends costs that link, and the others of the round are sent", async () => {
    const given = settings();
    let isBroken = true;
    const broken = settings({
      report: given.report,
      mayLeave() {
        if (isBroken) throw new Error("a defect");
        return true;
      },
    });
    const queue = new FlushQueue(queueMicrotask);
    const conns = [new FakeConn(), new FakeConn(), new FakeConn()];
    const handlers = conns.map((conn, index) => {
      const link = new ConnLink(conn, PEER, index === 1 ? broken : given, queue);
      return started(link);
    });
    for (const handler of handlers) handler.send("one");
    await settle();
    isBroken = false;
    for (const handler of handlers) handler.send("two");
    await settle();
    assertEquals(conns.map((conn) => conn.written.length), [6, 0, 6]);
    assertEquals(handlers.map((handler) => handler.closings), [
      [],
      ["an error in this server"],
      [],
    ]);
    assertEquals(given.reports.length, 1);
    assertStringIncludes(given.reports[0], "a defect");
  });

  test("an exception while more room is asked for costs that link", async () => {
    const conn = new FakeConn();
    const given = settings();
    const handler = linked(conn, given, (handler) => {
      (handler as LinkHandler).lend = () => {
        throw new RangeError("Array buffer allocation failed");
      };
    });
    await settle();
    assertEquals(handler.closings, ["an error in this server"]);
    assertStringIncludes(given.reports[0], "allocation failed");
  });
});
