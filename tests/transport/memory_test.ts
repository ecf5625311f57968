import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { connectInprocess, InprocessConn } from "../../transport/memory.ts";
import type { LinkSettings } from "../../transport/transport.ts";
import {
  digestOf,
  echoReply,
  echoRequest,
  noise,
  settings,
  TestHandler,
  within,
} from "./handlers.ts";

const MEBIBYTE = 1024 * 1024;

/** A connection to a test handler. */
function connected(
  prepare: (handler: TestHandler) => void = () => {},
  given: LinkSettings = settings(),
): { conn: InprocessConn; handler: TestHandler } {
  let handler: TestHandler;
  const conn = connectInprocess(given, (link) => {
    handler = new TestHandler(link);
    prepare(handler);
    return handler;
  });
  return { conn, handler: handler! };
}

async function writeAll(conn: InprocessConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await conn.write(rest));
}

async function readExactly(conn: InprocessConn, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let count = 0; count < length;) {
    const more = await within("bytes", conn.read(bytes.subarray(count)));
    if (more === null) throw new Error(`The connection ended after ${count} bytes`);
    count += more;
  }
  return bytes;
}

async function readAll(conn: InprocessConn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(1000);
  for (;;) {
    const count = await within("bytes or the end", conn.read(buffer));
    if (count === null) return text;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
}

/** The other side has had its turns. */
async function someRounds(): Promise<void> {
  for (let round = 0; round < 10; round++) {
    await new Promise<void>((resolve) => setTimeout(resolve));
  }
}

describe("a connection within the process", () => {
  test("is served like any other, under the name [inprocess]", async () => {
    const { conn, handler } = connected();
    await writeAll(conn, echoRequest("hello"));
    assertEquals(await readExactly(conn, 17), echoReply("hello"));
    assertEquals(handler.link.peer, { hostname: "[inprocess]", port: 0 });
    conn.close();
    await handler.gone();
    assertEquals(handler.closings.length, 1);
  });

  test("a packet of 16 MiB comes back whole", { timeout: 60_000 }, async () => {
    const { conn } = connected();
    const body = noise(16 * MEBIBYTE);
    const written = writeAll(conn, echoRequest(body));
    const reply = await readExactly(conn, 12 + body.length);
    await written;
    assertEquals(digestOf(reply), digestOf(echoReply(body)));
    conn.close();
  });

  test("nothing is handed on within write(), and the writer may use its buffer again", async () => {
    const { conn, handler } = connected();
    const bytes = new TextEncoder().encode("one\n");
    const written = conn.write(bytes);
    bytes.set(new TextEncoder().encode("two\n"));
    assertEquals(handler.lines, []);
    await written;
    await handler.until("the line", () => handler.lines.length > 0);
    assertEquals(handler.lines, ["one"]);
    conn.close();
  });

  test("write() waits while the other end does not read", async () => {
    const [writer, reader] = InprocessConn.pair();
    let written = 0;
    const writing = (async () => {
      while (written < 4 * MEBIBYTE) written += await writer.write(new Uint8Array(100_000));
    })();
    await someRounds();
    assert(written <= MEBIBYTE, `${written} bytes without a reader`);
    const total = Math.ceil(4 * MEBIBYTE / 100_000) * 100_000;
    let read = 0;
    const buffer = new Uint8Array(64 * 1024);
    while (written < 4 * MEBIBYTE) read += await reader.read(buffer) ?? 0;
    await writing;
    assert(read <= total && written - read <= MEBIBYTE);
    writer.close();
    reader.close();
  });

  test("a client that does not read is paused, then cut off", async () => {
    const given = settings({ pauseReadingAt: MEBIBYTE, maxUnsent: 4 * MEBIBYTE });
    const { conn, handler } = connected(() => {}, given);
    handler.sendBytes(3 * MEBIBYTE);
    await someRounds();
    await conn.write(new TextEncoder().encode("line\n"));
    await someRounds();
    assertEquals([handler.lines, handler.closings], [[], []]);
    handler.sendBytes(3 * MEBIBYTE);
    await handler.gone();
    assert(handler.closings[0]!.includes("unsent output"));
    await assertRejects(() => readExactly(conn, 6 * MEBIBYTE), Error);
  });

  test("after closeWrite() the replies still come", async () => {
    const { conn, handler } = connected((handler) => {
      handler.onLine = (line) => handler.send(`${line}!`);
    });
    await conn.write(new TextEncoder().encode("hello\n"));
    await conn.closeWrite();
    await assertRejects(() => conn.write(new Uint8Array(1)), Error);
    assertEquals(await readAll(conn), "hello!");
    await handler.gone();
    assertEquals([handler.peerHasEnded, handler.closings.length], [true, 1]);
  });

  test("end() sends everything before the end comes", async () => {
    const { conn, handler } = connected((handler) => {
      handler.onLine = () => {
        handler.send("x".repeat(3_000_000));
        handler.link.end();
      };
    });
    await conn.write(new TextEncoder().encode("send\n"));
    assertEquals((await readAll(conn)).length, 3_000_000);
    conn.close();
    await handler.gone();
  });

  test("what was written before close() arrives", async () => {
    const { conn, handler } = connected();
    await conn.write(new TextEncoder().encode("last words\n"));
    conn.close();
    await handler.gone();
    assertEquals(handler.lines, ["last words"]);
  });

  test("a server that still sends learns that the client has closed", async () => {
    const { conn, handler } = connected((handler) => handler.onPeerEnded = () => {});
    conn.close();
    await handler.until("the end", () => handler.peerHasEnded);
    handler.send("are you there?");
    await handler.gone();
  });

  test("close() ends reading and writing at this end too, and may be called twice", async () => {
    const { conn, handler } = connected();
    const reading = conn.read(new Uint8Array(10));
    conn.close();
    conn.close();
    await assertRejects(() => reading, Error);
    await assertRejects(() => conn.read(new Uint8Array(10)), Error);
    await assertRejects(() => conn.write(new Uint8Array(10)), Error);
    await handler.gone();
  });

  test("destroy() at the server ends the client's reading", async () => {
    const { conn, handler } = connected();
    handler.link.destroy();
    assertEquals(await readAll(conn), "");
    await assertRejects(() => conn.write(new Uint8Array(10)), Error);
  });

  test("two reads at once each get something", async () => {
    const { conn, handler } = connected();
    const [one, two] = [new Uint8Array(1), new Uint8Array(1)];
    const reads = Promise.all([conn.read(one), conn.read(two)]);
    handler.send("ab");
    assertEquals(await within("both", reads), [1, 1]);
    assertEquals(new TextDecoder().decode(Uint8Array.of(...one, ...two)), "ab");
    conn.close();
  });

  test("writing nothing changes nothing", async () => {
    const { conn, handler } = connected();
    assertEquals(await conn.write(new Uint8Array(0)), 0);
    await conn.write(new TextEncoder().encode("line\n"));
    await handler.until("the line", () => handler.lines.length > 0);
    conn.close();
  });

  test("its streams read and write the same bytes", async () => {
    const { conn, handler } = connected();
    const writer = conn.writable.getWriter();
    await writer.write(echoRequest("by stream"));
    await writer.close();
    const parts: Uint8Array[] = [];
    for await (const part of conn.readable) parts.push(part);
    assertEquals(digestOf(...parts), digestOf(echoReply("by stream")));
    await handler.gone();
  });

  test("two ends that talk all the time leave time for timers", async () => {
    const { conn } = connected();
    let rounds = 0;
    let isOver = false;
    setTimeout(() => isOver = true, 10);
    while (!isOver && rounds < 1_000_000) {
      await conn.write(echoRequest("again"));
      await readExactly(conn, 17);
      rounds++;
    }
    assert(rounds < 1_000_000);
    conn.close();
  });
});
