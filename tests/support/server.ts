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

  /** Asks for a listing until it has a line that matches; then returns its lines. */
  async untilListed(command: string, line: RegExp): Promise<string[]> {
    using peer = await this.peer();
    let lines: string[] = [];
    for (const until = Date.now() + DEADLINE; Date.now() < until;) {
      lines = await peer.send(`${command}\n`).textReply();
      if (lines.some((text) => line.test(text))) return lines;
      await pause(RETRY);
    }
    throw new Error(`No line of ${command} matches ${line}: ${JSON.stringify(lines)}`);
  }
}

/** Starts a server on a free port, or on a given one. */
export function startServer(options: ServerOptions = {}, port = 0): TestServer {
  const server = new Server(options);
  const { addr } = server.createListeningSock(port, { localAddr: "127.0.0.1" });
  return new TestServer(server, addr.port);
}
