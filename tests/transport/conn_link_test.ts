import { describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { LinkHandler } from "../../router/mod.ts";
import { type ByteConn, ConnLink } from "../../transport/conn_link.ts";
import { FlushQueue } from "../../transport/flush_queue.ts";
import type { LinkSettings } from "../../transport/transport.ts";
import { timersFiredDuring } from "../support/fired_timers.ts";
import {
  echoReply,
  echoRequest,
  noise,
  settings,
  stoppedClock,
  TestHandler,
  turnsTaken,
  within,
} from "./handlers.ts";

/** A connection that the test drives by hand. */
class FakeConn implements ByteConn {
  /** What was written, write by write. */
  readonly writes: Uint8Array[] = [];
  /** How many bytes a write takes; Infinity for all, 0 for a peer that does not read. */
  takes = Infinity;
  hasEndedWriting = false;
  closings = 0;
  reads = 0;
  #incoming: (Uint8Array | null | Error)[] = [];
  #wakeReader: (() => void) | null = null;
  #finishWrite: (() => void) | null = null;
  #onWrite: () => void = () => {};
  #failWrite: ((error: Error) => void) | null = null;
  /** How often was read before each write? */
  readonly readsBeforeWrite: number[] = [];

  /** Bytes, the end, or an error come from the peer. */
  arrive(item: Uint8Array | null | Error): void {
    this.#incoming.push(item);
    this.#wakeReader?.();
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    this.reads++;
    while (this.#incoming.length === 0) {
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    const [item] = this.#incoming;
    if (item === null || item instanceof Error) {
      this.#incoming.shift();
      if (item === null) return null;
      throw item;
    }
    const count = Math.min(item.length, buffer.length);
    buffer.set(item.subarray(0, count));
    if (count === item.length) this.#incoming.shift();
    else this.#incoming[0] = item.subarray(count);
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.takes === 0) {
      await new Promise<void>((resolve, reject) => {
        this.#finishWrite = resolve;
        this.#failWrite = reject;
      });
    }
    this.readsBeforeWrite.push(this.reads);
    const count = Math.min(this.takes, bytes.length);
    this.writes.push(bytes.slice(0, count));
    this.#onWrite();
    return count;
  }

  /** The peer reads on, all there is. */
  drain(): void {
    this.takes = Infinity;
    this.#finishWrite?.();
  }

  /** The write that is under way fails. */
  breakWrite(error: Error): void {
    this.#failWrite?.(error);
  }

  closeWrite(): Promise<void> {
    this.hasEndedWriting = true;
    return Promise.resolve();
  }

  close(): void {
    this.closings++;
    this.arrive(new Error("closed"));
  }

  /** Resolves once so many bytes were written. */
  untilWritten(length: number): Promise<void> {
    return within(
      `${length} bytes`,
      new Promise((resolve) => {
        this.#onWrite = () => {
          if (this.written.length >= length) resolve();
        };
      }),
    );
  }

  /** All that was written. */
  get written(): Uint8Array {
    const all = new Uint8Array(this.writes.reduce((sum, { length }) => sum + length, 0));
    let position = 0;
    for (const bytes of this.writes) {
      all.set(bytes, position);
      position += bytes.length;
    }
    return all;
  }
}

/** A link over it, with a handler. */
function linked(
  conn: FakeConn,
  given: LinkSettings = settings(),
  prepare: (handler: TestHandler) => void = () => {},
): TestHandler {
  const peer = { hostname: "fake", port: 0 };
  let handler: TestHandler;
  new ConnLink(conn, peer, given, new FlushQueue(queueMicrotask)).start((link) => {
    handler = new TestHandler(link);
    prepare(handler);
    return handler;
  });
  return handler!;
}

const PEER = { hostname: "fake", port: 0 };
const MIB = 1024 * 1024;

/** Starts a link and returns its handler. */
function started(link: ConnLink): TestHandler {
  let handler: TestHandler;
  link.start((link) => handler = new TestHandler(link));
  return handler!;
}

/** All that can happen without the test has happened: promises that settled were followed up. */
async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) await new Promise<void>((resolve) => setTimeout(resolve));
}

function concat(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    all.set(part, position);
    position += part.length;
  }
  return all;
}

describe("a link over a connection with promises", () => {
  test("a thousand small replies leave in one write", async () => {
    const conn = new FakeConn();
    linked(conn);
    const bodies = Array.from({ length: 1000 }, (_, index) => `number ${index}`);
    conn.arrive(concat(bodies.map(echoRequest)));
    await settle();
    assertEquals(conn.written, concat(bodies.map(echoReply)));
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
