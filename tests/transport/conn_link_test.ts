import { describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type ByteConn, ConnLink } from "../../transport/conn_link.ts";
import { FlushQueue } from "../../transport/flush_queue.ts";
import { timersFiredDuring } from "../support/fired_timers.ts";
import { concat, FakeConn, linked, MIB, PEER, settle } from "./fake_conn.ts";
import {
  echoReply,
  echoRequest,
  noise,
  settings,
  stoppedClock,
  TestHandler,
  turnsTaken,
} from "./handlers.ts";

describe("a link over a connection with promises", () => {
  test("a thousand small replies leave in one write", async () => {
    // By a clock that goes on they may take more than a turn.
    using _ = stoppedClock();
    const conn = new FakeConn();
    linked(conn);
    const bodies = Array.from({ length: 1000 }, (_, index) => `number ${index}`);
    const replies = concat(bodies.map(echoReply));
    conn.arrive(concat(bodies.map(echoRequest)));
    await conn.untilWritten(replies.length);
    assertEquals(conn.written, replies);
    // The buffer for reading begins small: the first kilobyte comes by itself.
    assert(conn.writes.length <= 3, `${conn.writes.length} writes`);
  });

  test("replies to several reads of one round leave in one write", async () => {
    const conn = new FakeConn();
    const handler = linked(conn);
    handler.send("one ");
    handler.send("two ");
    handler.send("three");
    await settle();
    assertEquals(conn.writes.map((bytes) => new TextDecoder().decode(bytes)), ["one two three"]);
  });

  test("what comes during a write leaves in the next, after all of the first", async () => {
    const conn = new FakeConn();
    conn.takes = 0;
    const handler = linked(conn);
    handler.send("first ");
    await settle();
    handler.send("second ");
    handler.send("third");
    await settle();
    assertEquals(conn.writes.length, 0);
    conn.drain();
    await settle();
    assertEquals(
      conn.writes.map((bytes) => new TextDecoder().decode(bytes)),
      ["first ", "second third"],
    );
  });

  test("writes that take only some of the bytes are gone on with", async () => {
    const conn = new FakeConn();
    conn.takes = 1000;
    const handler = linked(conn);
    const body = noise(100_000);
    handler.out.bytes(body, 0, body.length, true);
    handler.send("and more");
    await settle();
    await handler.until("all to be written", () => conn.written.length === body.length + 8);
    assertEquals(conn.written, concat([body, new TextEncoder().encode("and more")]));
  });

  test("above pauseReadingAt nothing is handed on until the peer has read", async () => {
    const conn = new FakeConn();
    conn.takes = 0;
    const handler = linked(conn, settings({ pauseReadingAt: 10_000 }));
    handler.sendBytes(20_000);
    await settle();
    for (let line = 0; line < 10; line++) {
      conn.arrive(new TextEncoder().encode(`line ${line}\n`));
      await settle();
    }
    assertEquals(handler.lines, []);
    assert(conn.reads <= 2, `${conn.reads} reads`);
    conn.drain();
    await handler.until("the lines", () => handler.lines.length === 10);
  });

  test("below pauseReadingAt it reads although a write is under way", async () => {
    const conn = new FakeConn();
    conn.takes = 0;
    const handler = linked(conn, settings({ pauseReadingAt: 10_000 }));
    handler.sendBytes(9_000);
    await settle();
    conn.arrive(new TextEncoder().encode("line\n"));
    await settle();
    assertEquals(handler.lines, ["line"]);
  });

  test("above maxUnsent it is cut off, and says why", async () => {
    const conn = new FakeConn();
    conn.takes = 0;
    const handler = linked(conn, settings({ maxUnsent: 100_000 }));
    handler.sendBytes(60_000);
    await settle();
    assertEquals(handler.closings, []);
    handler.sendBytes(60_000);
    await settle();
    assertEquals([handler.closings.length, conn.closings], [1, 1]);
    assertStringIncludes(handler.closings[0]!, "120000 bytes of unsent output");
  });

  test("one chunk full of commands cannot make it hold more than maxUnsent", async () => {
    const conn = new FakeConn();
    let largest = 0;
    const handler = linked(conn, settings({ maxUnsent: 1_000_000 }), (handler) => {
      handler.onLine = () => {
        handler.sendBytes(100_000);
        largest = Math.max(largest, handler.out.size);
      };
    });
    conn.arrive(new TextEncoder().encode("more\n".repeat(200)));
    await settle();
    assertEquals(handler.closings.length, 1);
    assertStringIncludes(handler.closings[0]!, "unsent output");
    assert(largest <= 1_100_000, `${largest} bytes at once`);
  });

  test("end() closes after the last byte, and when the peer has ended too", async () => {
    const conn = new FakeConn();
    conn.takes = 0;
    const handler = linked(conn);
    handler.send("last words");
    handler.link.end();
    await settle();
    assertEquals([conn.hasEndedWriting, conn.closings], [false, 0]);
    conn.drain();
    await settle();
    assertEquals([conn.written.length, conn.hasEndedWriting, conn.closings], [10, true, 0]);
    conn.arrive(new TextEncoder().encode("too late\n"));
    conn.arrive(null);
    await settle();
    assertEquals([handler.lines, handler.closings.length, conn.closings], [[], 1, 1]);
  });

  test("end() waits for a peer that does not end for a second only", async () => {
    const conn = new FakeConn();
    const handler = linked(conn);
    const fired = await timersFiredDuring(() => {
      handler.link.end();
      return handler.gone();
    });
    assertEquals(fired, [1000]);
    assertEquals(conn.closings, 1);
  });

  test("of many that wait so only a few are open at a time", async () => {
    const conns = Array.from({ length: 100 }, () => new FakeConn());
    const handlers = conns.map((conn) => linked(conn));
    for (const handler of handlers) handler.link.end();
    await settle();
    const open = handlers.filter(({ closings }) => closings.length === 0);
    assertEquals(open.length, 32);
    assertEquals(open[0], handlers[68]);
    for (const conn of conns) conn.arrive(null);
    await settle();
    assertEquals(handlers.map(({ closings }) => closings.length), handlers.map(() => 1));
  });

  test("destroy() closes at once, with output unsent, and nothing more is handed on", async () => {
    const conn = new FakeConn();
    const handler = linked(conn);
    handler.send("unsent");
    handler.link.destroy();
    handler.link.destroy();
    conn.arrive(new TextEncoder().encode("line\n"));
    await settle();
    assertEquals([conn.closings, conn.writes.length], [1, 0]);
    assertEquals([handler.lines, handler.closings.length], [[], 1]);
  });

  test("a link that is destroyed before it has a handler tells it", async () => {
    const conn = new FakeConn();
    const handler = linked(conn, settings(), (handler) => handler.link.destroy());
    await settle();
    assertEquals([handler.closings.length, conn.closings, conn.reads], [1, 1, 0]);
  });

  test("the peer's end leaves the link open for what is still to be sent", async () => {
    const conn = new FakeConn();
    const handler = linked(conn, settings(), (handler) => handler.onPeerEnded = () => {});
    conn.arrive(null);
    await settle();
    assertEquals([handler.peerHasEnded, handler.closings], [true, []]);
    handler.send("still here");
    handler.link.end();
    await settle();
    assertEquals([conn.written.length, handler.closings.length], [10, 1]);
  });

  describe("of a peer that sends a burst", () => {
    const requests = (count: number) => {
      return concat(Array.from({ length: count }, () => echoRequest("x".repeat(100))));
    };

    test("answers when all that was there has been read", async () => {
      const conn = new FakeConn();
      const handler = linked(conn);
      handler.send("hello");
      await settle();
      conn.arrive(requests(2000));
      await settle();
      // The last of it does not fill the buffer for reading.
      const sizes = conn.writes.map(({ length }) => length);
      assertEquals(sizes[0], 5);
      assert(sizes.length <= 2 + Math.ceil(2000 * 112 / 65536), sizes.join());
      assertEquals(conn.written.length, 5 + 2000 * 112);
      assert(conn.readsBeforeWrite[1] >= 5, `${conn.readsBeforeWrite}`);
    });

    test("answers the first one when it has paused for some milliseconds", async () => {
      const conn = new FakeConn();
      linked(conn);
      let more = 3;
      const next = () => {
        assertEquals(conn.writes.length, 0);
        conn.arrive(requests(1000));
        if (--more > 0) setTimeout(next, 1);
      };
      next();
      const fired = await timersFiredDuring(() => {
        return conn.untilWritten(3000 * 112);
      });
      assert(fired.includes(5), `${fired}`);
    });

    test("answers in between when there is much to answer", async () => {
      const conn = new FakeConn();
      linked(conn);
      conn.arrive(requests(20_000));
      await conn.untilWritten(20_000 * 112);
      const most = conn.written.length - conn.writes.at(-1)!.length;
      assert(most > 1_000_000, `${most} bytes before the last write`);
    });

    test("answers a few packets of a long read at once", async () => {
      const conn = new FakeConn();
      linked(conn);
      const fired = await timersFiredDuring(() => {
        conn.arrive(concat(Array.from({ length: 7 }, () => echoRequest("x".repeat(20_000)))));
        return conn.untilWritten(7 * 20_012);
      });
      assertEquals(fired, []);
    });
  });

  for (const [what, length] of [["requests", 0], ["a large payload", 1024 * 1024]] as const) {
    test(`a peer that sends ${what} faster than it is served leaves others their turn`, async () => {
      using _ = stoppedClock();
      let bytes = 0;
      let most = 0;
      let turns = 0;
      const ended = Promise.withResolvers<void>();
      const conn: ByteConn = {
        // A read that fills its buffer ends at once: the loop looks at nobody else by itself.
        read(buffer) {
          return Promise.resolve(turns > 2 || bytes > 100 * MIB ? null : buffer.length);
        },
        write: (bytes) => Promise.resolve(bytes.length),
        close: () => ended.resolve(),
      };
      const queue = new FlushQueue(queueMicrotask);
      new ConnLink(conn, PEER, settings(), queue).start((link) => {
        const took = (count: number) => most = Math.max(most, bytes += count);
        return Object.assign(new TestHandler(link), {
          receive: (_bytes: Uint8Array, start: number, end: number) => took(end - start),
          lend: () => length > 0 ? new Uint8Array(length) : null,
          filled: took,
        });
      });
      const count = async () => {
        for (; turns <= 2; turns++) {
          await turnsTaken();
          bytes = 0;
        }
      };
      await Promise.all([count(), ended.promise]);
      // What was read while it waited comes on top.
      assert(most <= 3 * MIB, `${most} bytes in a turn`);
    });
  }

  test("what the handler holds stays in the buffer, and nothing is read until it has gone on", async () => {
    const conn = new FakeConn();
    const seen: string[] = [];
    const handler = linked(conn);
    let held: Uint8Array | null = null;
    const hold = (isHolding: boolean) =>
      Object.defineProperties(handler, {
        isHolding: { value: isHolding, configurable: true },
        isTurnOver: { value: isHolding, configurable: true },
      });
    handler.receive = (bytes, start, end) => {
      held = bytes.subarray(start, end);
      hold(true);
    };
    let turns = 0;
    handler.resume = () => {
      seen.push(new TextDecoder().decode(held!));
      hold(++turns % 2 === 1);
    };
    conn.arrive(new TextEncoder().encode("one"));
    conn.arrive(new TextEncoder().encode("two"));
    await Promise.resolve();
    for (let turn = 0; turn < 6; turn++) await turnsTaken();
    assertEquals(seen, ["one", "one", "two", "two"]);
    conn.arrive(null);
    await handler.until("the end", () => handler.peerHasEnded);
  });

  test("a peer that is sent much leaves others their turn after each mebibyte", async () => {
    const conn = new FakeConn();
    const handler = linked(conn);
    handler.out.bytes(new Uint8Array(4 * MIB), 0, 4 * MIB, true);
    handler.send("and more");
    const lengths: number[] = [];
    for (let turn = 0; turn < 6; turn++) {
      await turnsTaken();
      lengths.push(conn.written.length);
    }
    assertEquals(lengths.at(-1), 4 * MIB + 8);
    const steps = lengths.map((length, index) => length - (lengths[index - 1] ?? 0));
    assert(steps.every((step) => step <= 2 * MIB), steps.join());
  });
});
