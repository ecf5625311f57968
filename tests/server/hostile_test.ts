/**
 * What peers must not be able to do, tried over real sockets: each attempt ends in the right reply,
 * an ERROR, or an ERROR and a close of that connection. Afterwards others get their jobs done.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { after, afterEach, before, describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { PACKET_NAMES, type RawPeer, requestBytes } from "../support/raw_peer.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { memoryInUse } from "./memory.ts";
import { assertServes } from "./round_trip.ts";

let listening: TestServer;

/** Every type of packet and two that are none. */
const TYPES = [...PACKET_NAMES.keys(), PACKET_NAMES.length, 0xffffffff];

describe("a server that is sent nonsense", () => {
  before(() => {
    listening = startServer();
  });
  afterEach(() => assertServes(listening.port));
  after(() => listening.stop());

  test("random bytes: the connection ends, whatever they are", async () => {
    const random = numbersFrom(20_240_229);
    for (let round = 0; round < 300; round++) {
      using peer = await listening.peer();
      const bytes = Buffer.alloc(1 + random(2000));
      for (let index = 0; index < bytes.length; index++) bytes[index] = random(256);
      // Half of them get past the magic.
      if (round % 2 === 0) bytes.write(round % 4 === 0 ? "\0REQ\0\0\0" : "\0RES\0\0\0", "latin1");
      peer.send(bytes).halfClose();
      await repliesUntilClose(peer);
    }
  });

  test("a conversation with wrong bytes in it: the connection ends, other jobs stay", async () => {
    const random = numbersFrom(4730);
    const kept = listening.server.enqueueJob({ function: "kept" })!;
    const conversation = Buffer.concat([
      requestBytes("OPTION_REQ", "exceptions"),
      requestBytes("CAN_DO", "f"),
      requestBytes("SUBMIT_JOB_BG", "f", "u", "payload"),
      requestBytes("GRAB_JOB_UNIQ"),
      requestBytes("WORK_COMPLETE", "H:handle:1", "result"),
      requestBytes("GET_STATUS", "H:handle:1"),
      Buffer.from("status\nworkers\n"),
      requestBytes("SUBMIT_JOB_EPOCH", "f", "u", "1", "payload"),
      requestBytes("PRE_SLEEP"),
    ]);
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(conversation);
      for (let count = 0; count < 1 + round % 4; count++) {
        bytes[random(bytes.length)] = random(256);
      }
      using peer = await listening.peer();
      peer.send(bytes).halfClose();
      await repliesUntilClose(peer);
    }
    assert(!kept.isFinished);
    listening.server.noteJobFinished(kept);
  });

  test("a TLS handshake is refused in words, and a TLS client notices", async () => {
    using peer = await listening.peer();
    // Record of a handshake, TLS 1.0 for compatibility, ClientHello of TLS 1.2.
    const hello = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, ...Array(509).fill(0x5a)]);
    peer.send(hello);
    const [code, text] = await peer.expect("ERROR", 2);
    assertEquals([code, text], ["INVALID_MAGIC", "Neither a packet nor a text command"]);
    assertEquals(await peer.allUntilClose(), "");

    const failure = await new Promise<string>((resolve) => {
      const client = connectTls({ host: "127.0.0.1", port: listening.port }, () => resolve("none"));
      client.on("error", (error) => resolve(String(error)));
      client.on("close", () => resolve("closed"));
    });
    assert(failure !== "none");
  });

  test("an HTTP request of a web page: its body is not obeyed, and the connection ends", async () => {
    using browser = await listening.peer();
    browser.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n\r\n");
    browser.send("create function forged\r\n");
    assertMatch(await browser.nextLine(), /^ERR INVALID_COMMAND .*HTTP/);
    assertEquals(await browser.allUntilClose(), "");
    using peer = await listening.peer();
    const functions = (await peer.send("status\n").textReply()).join("\n");
    assert(!functions.includes("forged"), functions);
  });

  test("a header that announces 4 GiB is refused at once, for every type", async () => {
    for (const type of TYPES) {
      using peer = await listening.peer();
      peer.send(header(type, 0xffffffff));
      const [code] = await peer.expect("ERROR", 2);
      const isKnown = type > 0 && type < PACKET_NAMES.length;
      assertEquals(code, isKnown ? "DATA_TOO_LARGE" : "INVALID_COMMAND");
      assertEquals(await peer.allUntilClose(), "");
    }
  });

  test("memory does not grow with what headers announce", async () => {
    const before = memoryInUse();
    const peers: RawPeer[] = [];
    for (let count = 0; count < 500; count++) {
      const peer = await listening.peer();
      // 60 MiB are allowed; 30 GB are announced, a few kilobytes sent.
      peer.send(header(PACKET_NAMES.indexOf("SUBMIT_JOB_BG"), 60 * 1024 * 1024)).send("f\0u\0xyz");
      peers.push(peer);
    }
    await assertServes(listening.port);
    const grown = memoryInUse() - before;
    assert(grown < 200_000_000, `${grown} bytes more`);
    peers.forEach((peer) => peer.destroy());
  });

  test("20 digits where a number goes end in a reply or an ERROR", async () => {
    using worker = await listening.peer();
    using client = await listening.peer();
    for (const digits of ["9".repeat(20), `-${"9".repeat(20)}`, "0".repeat(20), `${2n ** 64n}`]) {
      const [handle] = await client.packet("SUBMIT_JOB", "n", "", "").expect("JOB_CREATED");
      worker.packet("CAN_DO_TIMEOUT", "n", digits).packet("CAN_DO", "n");
      worker.packet("GRAB_JOB").packet("ECHO_REQ", "");
      const packets = await packetsUntilEcho(worker);
      assert(packets.includes("JOB_ASSIGN"), packets.join());
      worker.packet("WORK_STATUS", handle, digits, digits).packet("WORK_COMPLETE", handle, "");
      const heard = [(await client.nextPacket()).type];
      while (heard.at(-1) === "WORK_STATUS") heard.push((await client.nextPacket()).type);
      assertEquals(heard.at(-1), "WORK_COMPLETE");

      client.packet("SUBMIT_JOB_EPOCH", "later", "", digits, "");
      assertMatch((await client.nextPacket()).type, /^(JOB_CREATED|ERROR)$/);
      client.packet("SUBMIT_JOB_SCHED", "later", "", ...Array(5).fill(digits), "");
      assertMatch((await client.nextPacket()).type, /^(JOB_CREATED|ERROR)$/);
      for (const line of [`maxqueue n ${digits}`, `maxqueue n ${digits} ${digits} ${digits}`]) {
        assertMatch(await client.send(`${line}\n`).nextLine(), /^(OK|ERR )/);
      }
      await client.packet("GET_STATUS", digits).expect("STATUS_RES", 5);
      await client.packet("GET_STATUS_UNIQUE", digits).expect("STATUS_RES_UNIQUE", 6);
      assertEquals(await client.send("maxqueue n\n").nextLine(), "OK");
    }
  });

  test("NULs everywhere end in a reply, an ERROR or an ERROR and a close", async () => {
    for (const type of PACKET_NAMES.keys()) {
      for (const count of [0, 1, 2, 3, 7, 100]) {
        using peer = await listening.peer();
        peer.send(header(type, count)).send("\0".repeat(count)).packet("ECHO_REQ", "end");
        const replies = await packetsUntilEcho(peer);
        assert(replies.length <= 2, `${PACKET_NAMES[type]}: ${replies.join()}`);
        if (replies.at(-1) !== "ECHO_RES") assertEquals(replies, ["ERROR"]);
      }
    }
  });

  test("a NUL at any place of a submit does no harm", async () => {
    const packet = requestBytes("SUBMIT_JOB", "a function", "a unique", "a payload");
    for (let index = 12; index < packet.length; index++) {
      using peer = await listening.peer();
      const bytes = Buffer.from(packet);
      bytes[index] = 0;
      peer.send(bytes).packet("ECHO_REQ", "end");
      assertEquals(await packetsUntilEcho(peer), ["JOB_CREATED", "ECHO_RES"]);
    }
  });
});

/** Numbers below a bound, the same at every run. */
function numbersFrom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * bound);
  };
}

function header(type: number, length: number): Buffer {
  const bytes = Buffer.from("\0REQ\0\0\0\0\0\0\0\0", "latin1");
  bytes.writeUInt32BE(type, 4);
  bytes.writeUInt32BE(length, 8);
  return bytes;
}

/** All that a peer gets is packets and lines; nothing is cut off in the middle. */
async function repliesUntilClose(peer: RawPeer): Promise<void> {
  for (let item = await peer.next(); item !== null; item = await peer.next()) {
    if (typeof item === "string") assertMatch(item, /\n$/);
    else assertEquals(item.magic, "\0RES");
  }
}

/** Types of the packets up to an ECHO_RES, or until the server closes. */
async function packetsUntilEcho(peer: RawPeer): Promise<string[]> {
  const types: string[] = [];
  while (types.at(-1) !== "ECHO_RES") {
    const item = await peer.next();
    if (item === null) break;
    types.push(typeof item === "string" ? item : item.type);
  }
  return types;
}
