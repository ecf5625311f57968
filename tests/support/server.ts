/**
 * Our server in this process, for tests that talk to it through sockets.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { Server, type ServerOptions } from "../../mod.ts";
import { RawPeer } from "./raw_peer.ts";

const DEADLINE = 10_000;
/** How long to wait between two looks at a listing, in milliseconds. */
const RETRY = 5;

/** A server that listens on 127.0.0.1. */
export class TestServer implements AsyncDisposable {
  readonly server: Server;
  readonly port: number;

  constructor(server: Server, port: number) {
    this.server = server;
    this.port = port;
  }

  /** Stops it at once. */
  stop(): Promise<void> {
    return this.server.stop();
  }

  /** Stops it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** A raw connection to it. */
  peer(): Promise<RawPeer> {
    return RawPeer.connect(this.port);
  }

  /** Asks for a listing until it has a line that matches, or this many; then returns its lines. */
  untilListed(command: string, wanted: RegExp | number): Promise<string[]> {
    return untilListed(this.port, command, wanted);
  }
}

/**
 * Asks the server on a port for a listing until it has a line that matches, or this many lines;
 * returns its lines.
 */
export async function untilListed(
  port: number,
  command: string,
  wanted: RegExp | number,
): Promise<string[]> {
  using peer = await RawPeer.connect(port);
  let lines: string[] = [];
  for (const until = Date.now() + DEADLINE; Date.now() < until;) {
    lines = await peer.send(`${command}\n`).textReply();
    const isThere = typeof wanted === "number"
      ? lines.length === wanted
      : lines.some((text) => wanted.test(text));
    if (isThere) return lines;
    await pause(RETRY);
  }
  throw new Error(`${command} does not list ${wanted}: ${JSON.stringify(lines)}`);
}

/** Starts a server on a free port, or on a given one. */
export function startServer(options: ServerOptions = {}, port = 0): TestServer {
  const server = new Server(options);
  const { addr } = server.createListeningSock(port, { localAddr: "127.0.0.1" });
  return new TestServer(server, addr.port);
}
