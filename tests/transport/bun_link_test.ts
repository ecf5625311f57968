import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { BunLink, type BunSocket } from "../../transport/bun.ts";
import { FlushQueue } from "../../transport/flush_queue.ts";
import { settings, stoppedClock, TestHandler, turnsTaken } from "./handlers.ts";

const MIB = 1024 * 1024;

/** A socket that takes all that is written, at most `room` bytes at a time. */
function socket(written: number[], room = Infinity): BunSocket {
  return {
    data: undefined,
    write(_bytes, _offset, length) {
      const count = Math.min(length, room);
      written.push(count);
      return count;
    },
    shutdown() {},
    close() {},
    pause() {},
    resume() {},
    setNoDelay() {},
    setKeepAlive() {},
  };
}

/** A link that has a payload of `length` bytes to send. */
function sending(length: number, to: BunSocket): BunLink {
  const link = new BunLink(to, settings(), new FlushQueue(queueMicrotask));
  link.start((started) => {
    const handler = new TestHandler(started);
    handler.out.bytes(new Uint8Array(length), 0, length, true);
    return handler;
  });
  return link;
}

class PatientHandler extends TestHandler {
  override readonly mayWait = true;
}

describe("a link of Bun", () => {
  test("writes a large payload by the mebibyte, so that others have their turn in between", async () => {
    const written: number[] = [];
    sending(3.5 * MIB, socket(written));
    await Promise.resolve();
    assertEquals(written, [MIB]);
    await turnsTaken();
    assertEquals(written, [MIB, MIB]);
    for (let turn = 0; turn < 3; turn++) await turnsTaken();
    assertEquals(written, [MIB, MIB, MIB, MIB / 2]);
  });

  test("waits for the kernel when that takes less", async () => {
    const written: number[] = [];
    const link = sending(2 * MIB, socket(written, MIB / 2));
    await Promise.resolve();
    await turnsTaken();
    assertEquals(written, [MIB / 2]);
    link.drain();
    assertEquals(written, [MIB / 2, MIB / 2]);
    // That was a mebibyte.
    await turnsTaken();
    assertEquals(written, [MIB / 2, MIB / 2, MIB / 2]);
  });

  test("may wait only while it has few packets and bytes to send", () => {
    const link = new BunLink(socket([]), settings(), new FlushQueue(() => {}));
    let handler: TestHandler;
    link.start((started) => handler = new PatientHandler(started));
    for (let packets = 0; packets < 7; packets++) link.flush(true);
    assertEquals(link.mayWait, true);
    link.flush(true);
    assertEquals(link.mayWait, false);
    link.send();
    assertEquals(link.mayWait, true);
    handler!.out.latin1("x".repeat(64 * 1024));
    assertEquals(link.mayWait, false);
  });

  test("is closed even if the socket cannot be", () => {
    const given = settings();
    const broken = Object.assign(socket([]), {
      close() {
        throw new Error("no such thing");
      },
    });
    const link = new BunLink(broken, given, new FlushQueue(() => {}));
    let handler: TestHandler;
    link.start((started) => handler = new TestHandler(started));
    link.destroy();
    assertEquals(handler!.closings, ["closed by this server"]);
    assertEquals(given.reports.length, 1);
  });

  describe("of a peer that sends faster than it is served", () => {
    /** A link with a handler that answers nothing, and what it asked of its socket. */
    function flooded(): {
      link: BunLink;
      asked: string[];
      handler: TestHandler & { isHolding: boolean; isTurnOver: boolean };
      full(): void;
    } {
      const asked: string[] = [];
      const fake = Object.assign(socket([]), {
        pause: () => asked.push("pause"),
        resume: () => asked.push("resume"),
      });
      const link = new BunLink(fake, settings(), new FlushQueue(queueMicrotask));
      const handler = Object.assign(new TestHandler(link), { isTurnOver: false });
      handler.receive = () => {};
      handler.resume = () => asked.push("go on");
      Object.defineProperty(handler, "isHolding", { value: false, writable: true });
      link.start(() => handler);
      return { link, asked, handler, full: () => link.data(new Uint8Array(512 * 1024)) };
    }

    test("reads no more than two mebibytes until others have had their turn", async () => {
      using _ = stoppedClock();
      const { asked, full } = flooded();
      for (let chunks = 0; chunks < 3; chunks++) full();
      assertEquals(asked, []);
      full();
      assertEquals(asked, ["pause"]);
      await turnsTaken();
      assertEquals(asked, ["pause", "resume"]);
      for (let chunks = 0; chunks < 4; chunks++) full();
      assertEquals(asked, ["pause", "resume", "pause"]);
    });

    test("reads no more than takes half a millisecond to deal with", () => {
      using _ = stoppedClock();
      const { asked, handler, full } = flooded();
      handler.receive = () => Object.assign(performance, { now: () => milliseconds += 0.2 });
      let milliseconds = 0;
      full();
      full();
      assertEquals(asked, []);
      full();
      assertEquals(asked, ["pause"]);
    });

    test("counts anew when it has read all that there was", () => {
      using _ = stoppedClock();
      const { link, asked, full } = flooded();
      for (let chunks = 0; chunks < 10; chunks++) {
        full();
        if (chunks % 3 === 2) link.data(new Uint8Array(1000));
      }
      assertEquals(asked, []);
    });

    test("goes on with what its handler holds before it reads on", async () => {
      const { asked, handler, full } = flooded();
      handler.receive = () => handler.isHolding = handler.isTurnOver = true;
      let turns = 3;
      handler.resume = () => {
        asked.push("go on");
        handler.isHolding = handler.isTurnOver = --turns > 0;
      };
      full();
      assertEquals(asked, ["pause"]);
      for (let turn = 0; turn < 4; turn++) await turnsTaken();
      assertEquals(asked, ["pause", "go on", "go on", "go on", "resume"]);
    });

    test("goes on although the socket is gone, and is closed when all is dealt with", async () => {
      const { link, asked, handler, full } = flooded();
      handler.receive = () => handler.isHolding = handler.isTurnOver = true;
      handler.resume = () => {
        asked.push("go on");
        handler.isHolding = handler.isTurnOver = false;
      };
      full();
      link.close(new Error("reset"));
      assertEquals(handler.closings, []);
      await turnsTaken();
      assertEquals([handler.closings, asked.includes("go on")], [["reset"], true]);
    });

    test("reads no more when it is closed", async () => {
      using _ = stoppedClock();
      const { link, asked, full } = flooded();
      for (let chunks = 0; chunks < 4; chunks++) full();
      link.destroy();
      await turnsTaken();
      assertEquals(asked, ["pause"]);
    });

    test("reads on, to the end of the peer, what comes after its own end", async () => {
      using _ = stoppedClock();
      const { link, asked, handler, full } = flooded();
      handler.receive = () => handler.isHolding = handler.isTurnOver = true;
      full();
      link.end();
      await turnsTaken();
      assertEquals(asked, ["pause", "resume"]);
      for (let chunks = 0; chunks < 4; chunks++) full();
      assertEquals(asked, ["pause", "resume", "pause"]);
      await turnsTaken();
      assertEquals(asked, ["pause", "resume", "pause", "resume"]);
    });

    test("reads on only when others have had their turn and its handler goes on", async () => {
      using _ = stoppedClock();
      const { link, asked, handler, full } = flooded();
      const hold = (isHolding: boolean) => {
        handler.isHolding = isHolding;
        link.send();
      };
      for (let chunks = 0; chunks < 4; chunks++) full();
      hold(true);
      await turnsTaken();
      assertEquals(asked, ["pause", "go on"]);
      hold(false);
      assertEquals(asked, ["pause", "go on", "resume"]);
    });
  });
});
