import type { PeerAddress } from "../router/mod.ts";
import { BaseLink } from "./base_link.ts";
import type { FlushQueue } from "./flush_queue.ts";
import { type LinkSettings, plainAddress } from "./transport.ts";

/** The part of Bun's sockets that is used here. */
export interface BunSocket {
  data: BunLink | undefined;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  /** How many bytes the kernel took; negative when the socket is gone. */
  write(bytes: Uint8Array, offset: number, length: number): number;
  /** Sends a FIN after what was written; the other direction stays open. */
  shutdown(): void;
  /** What was written still arrives. (`terminate` resets, and the peer loses it.) */
  close(): void;
  pause(): void;
  resume(): void;
  setNoDelay(on: boolean): void;
  setKeepAlive(on: boolean, idleMilliseconds: number): void;
}

/** A link over a socket of Bun. The methods that Bun's handlers call are public. */
export class BunLink extends BaseLink {
  readonly #socket: BunSocket;

  constructor(socket: BunSocket, settings: LinkSettings, queue: FlushQueue) {
    super(peerOf(socket), settings, queue);
    this.#socket = socket;
  }

  /** A chunk came in. Each is a buffer of its own, which Bun does not touch again. */
  data(chunk: Uint8Array): void {
    this.received(chunk, 0, chunk.length, true);
  }

  /** The kernel takes more. */
  drain(): void {
    this.wrote(0);
  }

  /** The peer sent a FIN. */
  peerEnd(): void {
    this.ended();
  }

  /** The socket is gone. */
  close(error?: Error): void {
    this.failed(error?.message ?? "closed by the peer");
  }

  protected override startReading(): void {}

  protected override pause(): void {
    this.#socket.pause();
  }

  protected override resume(): void {
    this.#socket.resume();
  }

  protected override write(bytes: Uint8Array, start: number, end: number): number {
    const count = this.#socket.write(bytes, start, end - start);
    if (count >= 0) return count;
    this.failed("closed by the peer");
    return 0;
  }

  protected override endWriting(): boolean {
    this.#socket.shutdown();
    return true;
  }

  protected override closeSocket(): void {
    this.#socket.close();
  }
}

function peerOf({ remoteAddress, remotePort }: BunSocket): PeerAddress {
  if (remoteAddress === undefined || remoteAddress === "") return { hostname: "unix", port: 0 };
  return { hostname: plainAddress(remoteAddress), port: remotePort ?? 0 };
}
