/**
 * What hostile peers do to a server, each until its time is over: a process of its own runs one of
 * them, `attack.ts`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { encodeRequest, PacketType } from "../../protocol/mod.ts";
import { repeated } from "../packets.ts";

/** Does its work against a port of 127.0.0.1 until the signal is aborted. */
export type Attacker = (port: number, signal: AbortSignal) => Promise<void>;

const MEGABYTE = 1024 * 1024;
/** The type of a SUBMIT_JOB_BG packet. */
const SUBMIT_JOB_BG = 18;

/** By name; the name says what the server gets. */
export const ATTACKERS: Readonly<Record<string, Attacker>> = {
  "small packets": (port, signal) =>
    pump(port, repeated(encodeRequest(PacketType.CAN_DO, "flood"), 20_000), signal),
  "background submits": (port, signal) =>
    pump(
      port,
      repeated(encodeRequest(PacketType.SUBMIT_JOB_BG, "queued", "", "x"), 10_000),
      signal,
      200,
    ),
  "pipelined status of 10,000 functions": async (port, signal) => {
    await sendAndRead(port, lines(10_000, (index) => `create function f${index}`), signal, 10_000);
    await pump(port, Buffer.from("status\n".repeat(100)), signal);
  },
  "create and status of up to 100,000 functions": (port, signal) =>
    sendAndRead(port, lines(100_000, (index) => `create function g${index}\nstatus`), signal),
  "300,000 submits that join one job, then listings": async (port, signal) => {
    const join = encodeRequest(PacketType.SUBMIT_JOB, "joined", "one", "x");
    const submitter = await open(port);
    const isGone = new Promise<void>((resolve) => submitter.once("close", () => resolve()));
    submitter.write(repeated(join, 300_000));
    const ask = Buffer.concat([
      ...Array(2_000).fill(Buffer.from("jobs\n")),
      repeated(encodeRequest(PacketType.GET_STATUS_UNIQUE, "one"), 2_000),
    ]);
    await Promise.race([pump(port, ask, signal), isGone]);
    submitter.destroy();
  },
  "60 peers that announce 60 MiB": async (port, signal) => {
    await Promise.all(Array.from({ length: 60 }, () => announce(port, 60, 55, signal)));
  },
  "200 resets a second": async (port, signal) => {
    while (!signal.aborted) {
      const peer = connect({ port, host: "127.0.0.1" });
      peer.on("error", () => {});
      peer.once("connect", () => peer.resetAndDestroy());
      await pause(5, signal);
    }
  },
  "half-closed peers that go": async (port, signal) => {
    while (!signal.aborted) {
      const peer = await open(port);
      peer.end(encodeRequest(PacketType.SUBMIT_JOB, "nobody", "", "x"));
      setTimeout(() => peer.destroy(), 1_500);
      await pause(20, signal);
    }
  },
  "a peer that does not read": async (port, signal) => {
    while (!signal.aborted) {
      const peer = await open(port);
      peer.pause();
      await write(
        peer,
        repeated(encodeRequest(PacketType.ECHO_REQ, Buffer.alloc(4_000)), 50_000),
        signal,
      );
      peer.destroy();
    }
  },
};

/** Sends a block again and again as fast as the server takes it, and reads all answers. */
async function pump(
  port: number,
  block: Uint8Array,
  signal: AbortSignal,
  times = Infinity,
): Promise<void> {
  const peer = await open(port);
  peer.resume();
  for (let sent = 0; sent < times && !signal.aborted && !peer.destroyed; sent++) {
    await write(peer, block, signal);
  }
  await untilAborted(signal);
  peer.destroy();
}

/** Sends bytes and reads what comes back: until so many lines that begin with OK are there, if given. */
async function sendAndRead(
  port: number,
  bytes: Buffer,
  signal: AbortSignal,
  answers = Infinity,
): Promise<void> {
  const peer = await open(port);
  let seen = 0;
  const isAnswered = new Promise<void>((resolve) => {
    peer.on("data", (chunk: Buffer) => {
      for (let at = chunk.indexOf("OK"); at >= 0; at = chunk.indexOf("OK", at + 1)) seen++;
      if (seen >= answers) resolve();
    });
    peer.once("close", () => resolve());
  });
  peer.write(bytes);
  await Promise.race([isAnswered, untilAborted(signal)]);
  peer.destroy();
}

/** Announces a packet of so many MiB, sends less of it, and waits. */
async function announce(
  port: number,
  announced: number,
  sent: number,
  signal: AbortSignal,
): Promise<void> {
  const peer = await open(port);
  const header = Buffer.alloc(12);
  header.write("\0REQ", "latin1");
  header.writeUInt32BE(SUBMIT_JOB_BG, 4);
  header.writeUInt32BE(announced * MEGABYTE, 8);
  peer.write(Buffer.concat([header, Buffer.from("large\0\0")]));
  const chunk = Buffer.alloc(MEGABYTE, "x");
  for (let count = 0; count < sent && !signal.aborted && !peer.destroyed; count++) {
    await write(peer, chunk, signal);
  }
  await untilAborted(signal);
  peer.destroy();
}

/** Resolves when the system has taken the bytes, the peer is gone, or the time is over. */
function write(peer: Socket, bytes: Uint8Array, signal: AbortSignal): Promise<unknown> {
  const written = new Promise<void>((resolve) => {
    peer.write(bytes, () => resolve());
    peer.once("close", () => resolve());
  }).finally(() => peer.removeAllListeners("close"));
  return Promise.race([written, untilAborted(signal)]);
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const peer = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    peer.once("error", reject);
    peer.once("connect", () => {
      // The server may hang up: that is its right.
      peer.on("error", () => {});
      resolve(peer);
    });
  });
}

function lines(count: number, line: (index: number) => string): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, index) => line(index) + "\n").join(""));
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(over, milliseconds);
    signal.addEventListener("abort", over, { once: true });
    function over(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", over);
      resolve();
    }
  });
}
