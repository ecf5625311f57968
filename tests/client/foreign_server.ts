/**
 * A server that does what a test says, on a free port of 127.0.0.1.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { PACKET_NAMES } from "../support/raw_peer.ts";

/** Listens, and hands its connections to the test. */
export class ForeignServer implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(port: number, server: Server, sockets: Set<Socket>) {
    this.port = port;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Starts one that calls `serve` for each connection. */
  static async start(serve: (socket: Socket) => void, port = 0): Promise<ForeignServer> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
      serve(socket);
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return new ForeignServer((server.address() as { port: number }).port, server, sockets);
  }

  /** As clients are given it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Hangs up on everybody. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }
}

/** The bytes of a packet from a server. */
export function responseBytes(type: string, ...args: string[]): Buffer {
  const body = Buffer.from(args.join("\0"), "latin1");
  const header = Buffer.from("\0RES\0\0\0\0\0\0\0\0", "latin1");
  header.writeUInt32BE(PACKET_NAMES.indexOf(type), 4);
  header.writeUInt32BE(body.length, 8);
  return Buffer.concat([header, body]);
}

/** Calls back for each request; answers OPTION_REQ itself, as `option` says. */
export function onRequests(
  socket: Socket,
  request: (type: string, body: string) => void,
  option: (name: string) => Buffer = (name) => responseBytes("OPTION_RES", name),
): void {
  let arrived: Buffer = Buffer.alloc(0);
  socket.on("data", (bytes: Buffer) => {
    arrived = Buffer.concat([arrived, bytes]);
    while (arrived.length >= 12) {
      const end = 12 + arrived.readUInt32BE(8);
      if (arrived.length < end) return;
      const type = PACKET_NAMES[arrived.readUInt32BE(4)];
      const body = arrived.toString("latin1", 12, end);
      arrived = arrived.subarray(end);
      if (type === "OPTION_REQ") {
        socket.write(option(body));
      } else request(type, body);
    }
  });
}
