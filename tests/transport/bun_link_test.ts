import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { BunLink, type BunSocket } from "../../transport/bun_link.ts";
import { FlushQueue } from "../../transport/flush_queue.ts";
import { settings, TestHandler } from "./handlers.ts";

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

const nextRound = () => new Promise((resolve) => setImmediate(resolve));

describe("a link of Bun", () => {
  test("writes a large payload by the mebibyte, so that others have their turn in between", async () => {
    const written: number[] = [];
    sending(3.5 * MIB, socket(written));
    await Promise.resolve();
    assertEquals(written, [MIB]);
    for (let round = 0; round < 3; round++) await nextRound();
    assertEquals(written, [MIB, MIB, MIB, MIB / 2]);
  });

  test("waits for the kernel when that takes less", async () => {
    const written: number[] = [];
    const link = sending(2 * MIB, socket(written, MIB / 2));
    await Promise.resolve();
    await nextRound();
    assertEquals(written, [MIB / 2]);
    link.drain();
    await nextRound();
    assertEquals(written, [MIB / 2, MIB / 2]);
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
      handler: TestHandler & { isHolding: boolean };
      full(): void;
    } {
      const asked: string[] = [];
      const fake = Object.assign(socket([]), {
        pause: () => asked.push("pause"),
        resume: () => asked.push("resume"),
      });
      const link = new BunLink(fake, settings(), new FlushQueue(queueMicrotask));
      const handler = new TestHandler(link);
      handler.receive = handler.resume = () => {};
      Object.defineProperty(handler, "isHolding", { value: false, writable: true });
      link.start(() => handler);
      return { link, asked, handler, full: () => link.data(new Uint8Array(512 * 1024)) };
    }

    test("reads no more than two mebibytes until others have had their turn", async () => {
      const { asked, full } = flooded();
      for (let chunks = 0; chunks < 3; chunks++) full();
      assertEquals(asked, []);
      full();
      assertEquals(asked, ["pause"]);
      await nextRound();
      assertEquals(asked, ["pause", "resume"]);
      for (let chunks = 0; chunks < 4; chunks++) full();
      assertEquals(asked, ["pause", "resume", "pause"]);
    });

    test("counts anew when it has read all that there was", () => {
      const { link, asked, full } = flooded();
      for (let chunks = 0; chunks < 10; chunks++) {
        full();
        if (chunks % 3 === 2) link.data(new Uint8Array(1000));
      }
      assertEquals(asked, []);
    });

    test("reads no more when it is closed", async () => {
      const { link, asked, full } = flooded();
      for (let chunks = 0; chunks < 4; chunks++) full();
      link.destroy();
      await nextRound();
      assertEquals(asked, ["pause"]);
    });

    test("reads on only when others have had their turn and its handler goes on", async () => {
      const { link, asked, handler, full } = flooded();
      const hold = (isHolding: boolean) => {
        handler.isHolding = isHolding;
        link.send();
      };
      for (let chunks = 0; chunks < 4; chunks++) full();
      hold(true);
      await nextRound();
      assertEquals(asked, ["pause"]);
      hold(false);
      assertEquals(asked, ["pause", "resume"]);
      for (let chunks = 0; chunks < 4; chunks++) full();
      hold(true);
      hold(false);
      assertEquals(asked, ["pause", "resume", "pause"]);
      await nextRound();
      assertEquals(asked, ["pause", "resume", "pause", "resume"]);
    });
  });
});
