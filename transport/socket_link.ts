import type { Socket } from "node:net";
import type { PeerAddress } from "../router/mod.ts";
import { BaseLink, CLOSED_BY_PEER } from "./base_link.ts";
import type { FlushQueue } from "./flush_queue.ts";
import type { LinkSettings } from "./transport.ts";

/** A link over a socket of `node:net`, which Deno, Bun and Node all have. */
export class SocketLink extends BaseLink {
  readonly #socket: Socket;

  constructor(socket: Socket, peer: PeerAddress, settings: LinkSettings, queue: FlushQueue) {
    super(peer, settings, queue);
    this.#socket = socket;
    // Whoever made it may not have thought of peers that half-close.
    socket.allowHalfOpen = true;
  }

  protected override startReading(): void {
    const socket = this.#socket;
    // Every chunk is a buffer of its own, which no runtime touches again.
    socket.on("data", (chunk: Uint8Array) => this.received(chunk, 0, chunk.length, true));
    socket.on("end", () => this.ended());
    socket.on("error", (error: Error) => this.failed(error.message));
    socket.on("close", () => this.failed(CLOSED_BY_PEER));
    // An adopted one may have been paused, or waited until something happened to it.
    if (socket.destroyed) this.failed(CLOSED_BY_PEER);
    else if (socket.readableEnded) this.ended();
    else if (!this.isPaused) socket.resume();
  }

  protected override pause(): void {
    this.#socket.pause();
  }

  protected override resume(): void {
    this.#socket.resume();
  }

  protected override write(bytes: Uint8Array, start: number, end: number): number {
    this.#socket.write(bytes.subarray(start, end), (error) => {
      // An error comes as an event too.
      if (!error) this.wrote(end - start);
    });
    return 0;
  }

  protected override endWriting(): boolean {
    this.#socket.end();
    return true;
  }

  protected override closeSocket(): void {
    this.#socket.destroy();
  }
}
