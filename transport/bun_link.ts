import { readSync } from "node:fs";
import process from "node:process";
import type { PeerAddress } from "../router/mod.ts";
import { BaseLink, CLOSED_BY_PEER } from "./base_link.ts";
import { LONG_CHUNK } from "./burst.ts";
import type { FlushQueue } from "./flush_queue.ts";
import { type LinkSettings, plainAddress } from "./transport.ts";

/** Bun reads no more at a time; a chunk of this length has more behind it. */
const FULL_CHUNK = 512 * 1024;
/** How often more is read behind a full chunk, until others have their turn. */
const READS_BEHIND = 4;

/** The part of Bun's sockets that is used here. */
export interface BunSocket {
  /** Its descriptor, which Bun has but its types do not name. */
  readonly fd?: number;
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
    if (chunk.length >= LONG_CHUNK || this.isInBurst) this.burst(chunk.length);
    const hasMore = chunk.length === FULL_CHUNK;
    this.received(chunk, 0, chunk.length, true, hasMore);
    if (hasMore) this.#readBehind();
  }

  /**
   * Reads what is there of a large payload behind a full chunk, to where it belongs: a new buffer for
   * each chunk costs more than all that is done with it.
   */
  #readBehind(): void {
    const { fd = -1 } = this.#socket;
    if (fd < 0 || process.platform === "win32") return;
    for (let reads = 0; reads < READS_BEHIND && !this.isPaused && !this.isClosed; reads++) {
      const lent = this.lend();
      if (lent === null) return;
      const count = readNow(fd, lent);
      this.filled(count, true);
      if (count === 0) return;
    }
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
    this.failed(error?.message ?? CLOSED_BY_PEER);
  }

  protected override startReading(): void {}

  protected override pause(): void {
    this.#socket.pause();
  }

  protected override resume(): void {
    this.#socket.resume();
  }

  override write(bytes: Uint8Array, start: number, end: number): number {
    const count = this.#socket.write(bytes, start, end - start);
    if (count >= 0) return count;
    this.writingFailed(CLOSED_BY_PEER);
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

/** How many bytes are there now; 0 also at the end and after a reset, which Bun will see itself. */
function readNow(fd: number, buffer: Uint8Array): number {
  try {
    return readSync(fd, buffer, 0, buffer.length, null);
  } catch {
    return 0;
  }
}

function peerOf({ remoteAddress, remotePort }: BunSocket): PeerAddress {
  if (remoteAddress === undefined || remoteAddress === "") return { hostname: "unix", port: 0 };
  return { hostname: plainAddress(remoteAddress), port: remotePort ?? 0 };
}
