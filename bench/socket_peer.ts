import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { HEADER_SIZE } from "../protocol/mod.ts";

/** A packet as it arrived, valid until the call ends. */
export type OnPacket = (type: number, body: Buffer) => void;

const EMPTY = Buffer.alloc(0);

/** A client or worker with a socket. What it sends for one chunk of packets leaves in one write. */
export class SocketPeer {
  /** What is done with each packet. */
  onPacket: OnPacket = () => {};
  readonly #socket: Socket;
  #rest: Buffer = EMPTY;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#received(chunk));
  }

  /** Connects to a port of 127.0.0.1. */
  static connect(port: number): Promise<SocketPeer> {
    const { promise, resolve, reject } = Promise.withResolvers<SocketPeer>();
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("error", reject);
    socket.once("connect", () => resolve(new SocketPeer(socket)));
    return promise;
  }

  /** Sends bytes, which may change afterwards. */
  send(bytes: Uint8Array): void {
    this.#socket.write(Buffer.from(bytes));
  }

  /** Closes the connection. */
  close(): void {
    this.#socket.destroy();
  }

  #received(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let position = 0;
    this.#socket.cork();
    while (bytes.length - position >= HEADER_SIZE) {
      const end = position + HEADER_SIZE + bytes.readUInt32BE(position + 8);
      if (end > bytes.length) break;
      this.onPacket(bytes.readUInt32BE(position + 4), bytes.subarray(position + HEADER_SIZE, end));
      position = end;
    }
    this.#socket.uncork();
    this.#rest = bytes.subarray(position);
  }
}
