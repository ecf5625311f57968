import type { Socket } from "node:net";
import type { Link, LinkHandler, PeerAddress } from "../router/mod.ts";
import type { Flushable, FlushQueue } from "./flush_queue.ts";
import { mayLinger, startLingering, stopLingering } from "./lingering.ts";
import type { LinkLimits } from "./transport.ts";

/** A link over a socket of `node:net`, which Deno, Bun and Node all have. */
export class SocketLink implements Link, Flushable {
  readonly peer: PeerAddress;
  isQueued = false;
  readonly #socket: Socket;
  readonly #limits: LinkLimits;
  readonly #queue: FlushQueue;
  #handler: LinkHandler | null = null;
  #inFlight = 0;
  #isPaused = false;
  #isEnding = false;
  #isClosed = false;
  #peerHasEnded = false;
  #lingering: object | null = null;

  constructor(socket: Socket, peer: PeerAddress, limits: LinkLimits, queue: FlushQueue) {
    this.#socket = socket;
    this.peer = peer;
    this.#limits = limits;
    this.#queue = queue;
  }

  /** Begins to read for a handler. */
  start(handler: LinkHandler): void {
    this.#handler = handler;
    const socket = this.#socket;
    socket.on("data", (chunk: Uint8Array) => {
      if (!this.#isClosed && !this.#isEnding) handler.receive(chunk, 0, chunk.length, true);
    });
    socket.on("end", () => {
      this.#peerHasEnded = true;
      if (this.#isClosed) return;
      if (this.#lingering !== null) this.#close("closed by this server");
      else handler.peerEnded();
    });
    socket.on("error", (error: Error) => this.#close(error.message));
    socket.on("close", () => this.#close("closed by the peer"));
    if (handler.out.size > 0) this.flush();
  }

  flush(): void {
    this.#queue.add(this);
  }

  end(): void {
    this.#isEnding = true;
    this.flush();
  }

  destroy(): void {
    this.#close("closed by this server");
  }

  send(): void {
    const handler = this.#handler;
    if (handler === null || this.#isClosed) return;
    const { out } = handler;
    const unsent = this.#inFlight + out.size;
    if (unsent > this.#limits.maxUnsent) {
      return this.#close(`the peer does not read: ${unsent} bytes of unsent output`);
    }
    for (let segment = out.take(); segment !== undefined; segment = out.take()) {
      const taken = segment;
      this.#inFlight += taken.end - taken.start;
      this.#socket.write(taken.bytes.subarray(taken.start, taken.end), () => {
        this.#inFlight -= taken.end - taken.start;
        out.recycle(taken);
        this.#afterWrite(handler);
      });
    }
    if (this.#inFlight > this.#limits.pauseReadingAt && !this.#isPaused) {
      this.#isPaused = true;
      this.#socket.pause();
    }
    if (this.#isEnding && this.#inFlight === 0) this.#finish();
  }

  #afterWrite(handler: LinkHandler): void {
    if (this.#isClosed) return;
    if (this.#isPaused && this.#inFlight <= this.#limits.pauseReadingAt) {
      this.#isPaused = false;
      this.#socket.resume();
    }
    if (this.#isEnding && this.#inFlight === 0 && handler.out.size === 0) this.#finish();
  }

  /** All is sent. A peer that is still sending must get to read it before it gets a reset. */
  #finish(): void {
    if (this.#lingering !== null || this.#isClosed) return;
    if (this.#peerHasEnded || !mayLinger()) return this.#close("closed by this server");
    this.#lingering = startLingering(() => this.#close("closed by this server"));
    this.#socket.end();
  }

  #close(why: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#lingering !== null) stopLingering(this.#lingering);
    this.#socket.destroy();
    this.#handler?.closed(why);
  }
}
