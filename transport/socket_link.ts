import type { Socket } from "node:net";
import type { PeerAddress } from "../router/mod.ts";
import { BaseLink, CLOSED_BY_PEER } from "./base_link.ts";
import { LONG_CHUNK } from "./burst.ts";
import type { FlushQueue } from "./flush_queue.ts";
import type { LinkSettings } from "./transport.ts";

/** Node reads no more at a time, and up to 32 such chunks in a row. */
const FULL_CHUNK = 64 * 1024;

/** What all streams of `node:stream` have and the types do not name. */
interface WithReadableState {
  readonly _readableState: { errored: Error | null };
}

/** A link over a socket of `node:net`, which Deno, Bun and Node all have. */
export class SocketLink extends BaseLink {
  readonly #socket: Socket;

  constructor(socket: Socket, peer: PeerAddress, settings: LinkSettings, queue: FlushQueue) {
    super(peer, settings, queue);
    this.#socket = socket;
    // Whoever made it may not have thought of peers that half-close.
    socket.allowHalfOpen = true;
    const destroy = socket.destroy;
    socket.destroy = (error?: Error) => {
      return this.#readsOn(error) ? socket : destroy.call(socket, error);
    };
  }

  /** A write that fails would destroy the socket, with all that was received and is not read. */
  #readsOn(error?: Error & { syscall?: string }): boolean {
    if (error?.syscall !== "write" || this.isClosed) return false;
    const { _readableState: readable } = this.#socket as unknown as Partial<WithReadableState>;
    if (readable === undefined) return false;
    // Nothing would be read from a stream with an error.
    readable.errored = null;
    this.writingFailed(error.message);
    return true;
  }

  protected override startReading(): void {
    const socket = this.#socket;
    // Every chunk is a buffer of its own, which no runtime touches again.
    socket.on("data", (chunk: Uint8Array) => this.#data(chunk));
    socket.on("end", () => this.ended());
    socket.on("error", (error: Error) => this.failed(error.message));
    socket.on("close", () => this.failed(CLOSED_BY_PEER));
    // An adopted one may have been paused, or waited until something happened to it.
    if (socket.destroyed) this.failed(CLOSED_BY_PEER);
    else if (socket.readableEnded) this.ended();
    else if (!this.isPaused) socket.resume();
  }

  #data(chunk: Uint8Array): void {
    if (chunk.length >= LONG_CHUNK || this.isInBurst) this.burst(chunk.length);
    this.received(chunk, 0, chunk.length, true, chunk.length >= FULL_CHUNK);
  }

  protected override pause(): void {
    this.#socket.pause();
  }

  protected override resume(): void {
    this.#socket.resume();
  }

  override write(bytes: Uint8Array, start: number, end: number): number {
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
