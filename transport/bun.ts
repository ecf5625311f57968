import type { Link, LinkHandler, PeerAddress } from "../router/mod.ts";
import { type Flushable, FlushQueue } from "./flush_queue.ts";
import { mayLinger, startLingering, stopLingering } from "./lingering.ts";
import {
  type Accept,
  addressText,
  type LinkLimits,
  type Listener,
  ListenError,
  type ListenOptions,
  plainAddress,
  reasonText,
  type Transport,
} from "./transport.ts";
import { removeStaleSocket } from "./unix_socket.ts";
import { rmSync } from "node:fs";

/** The part of Bun's sockets that is used here. */
interface BunSocket {
  data: BunLink;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  write(bytes: Uint8Array, offset: number, length: number): number;
  /** Sends a FIN after what was written; the other direction stays open. */
  shutdown(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  setNoDelay(on: boolean): void;
  setKeepAlive(on: boolean, idleMilliseconds: number): void;
}

interface BunHandlers {
  binaryType: "uint8array";
  open(socket: BunSocket): void;
  data(socket: BunSocket, chunk: Uint8Array): void;
  drain(socket: BunSocket): void;
  end(socket: BunSocket): void;
  close(socket: BunSocket, error?: Error): void;
  error(socket: BunSocket, error: Error): void;
}

interface BunRuntime {
  listen(
    options: {
      hostname?: string;
      port?: number;
      unix?: string;
      allowHalfOpen: true;
      socket: BunHandlers;
    },
  ): { readonly hostname: string; readonly port: number; stop(): void };
}

// Bun runs microtasks after every single socket: only setImmediate gathers the output of all.
const flushQueue = new FlushQueue(setImmediate);

/** Sockets of Bun: `Bun.listen`. The backlog is always 512; keepalive takes `idle` only. */
export const bunTransport: Transport = {
  name: "bun",

  listen(options, limits, accept): Listener {
    if (options.path !== undefined) removeStaleSocket(options.path);
    const handlers = handlersFor(options, limits, accept);
    const listener = open(options, handlers);
    return {
      addr: options.path === undefined
        ? { transport: "tcp", hostname: listener.hostname, port: listener.port }
        : { transport: "unix", hostname: "", port: 0, path: options.path },
      close() {
        listener.stop();
        if (options.path !== undefined) rmSync(options.path, { force: true });
      },
    };
  },
};

function open(options: ListenOptions, socket: BunHandlers): ReturnType<BunRuntime["listen"]> {
  const { Bun } = globalThis as unknown as { Bun: BunRuntime };
  const { hostname = "::", port = 0, path } = options;
  try {
    return path === undefined
      ? Bun.listen({ hostname, port, allowHalfOpen: true, socket })
      : Bun.listen({ unix: path, allowHalfOpen: true, socket });
  } catch (error) {
    const { code = "EINVAL", message } = error as Error & { code?: string };
    if (options.hostname === undefined && path === undefined && code !== "EADDRINUSE") {
      return open({ ...options, hostname: "0.0.0.0" }, socket);
    }
    throw new ListenError(code, addressText(options), reasonText(code, message));
  }
}

function handlersFor(options: ListenOptions, limits: LinkLimits, accept: Accept): BunHandlers {
  const { keepAlive } = options;
  const idle = typeof keepAlive === "object" ? keepAlive.idle ?? 0 : 0;
  return {
    binaryType: "uint8array",
    open(socket) {
      socket.setNoDelay(true);
      if (keepAlive) socket.setKeepAlive(true, idle * 1000);
      const link = new BunLink(socket, limits);
      socket.data = link;
      link.start(accept(link));
    },
    data: (socket, chunk) => socket.data.received(chunk),
    drain: (socket) => socket.data.send(),
    end: (socket) => socket.data.ended(),
    close: (socket, error) => socket.data.close(error?.message ?? "closed by the peer"),
    error: (socket, error) => socket.data.close(error.message),
  };
}

/** A link over a socket of Bun. */
class BunLink implements Link, Flushable {
  readonly peer: PeerAddress;
  isQueued = false;
  readonly #socket: BunSocket;
  readonly #limits: LinkLimits;
  #handler: LinkHandler | null = null;
  /** What the kernel did not take yet. */
  #rest: ReturnType<LinkHandler["out"]["take"]> = undefined;
  #restFrom = 0;
  #isPaused = false;
  #isEnding = false;
  #isClosed = false;
  #peerHasEnded = false;
  #lingering: object | null = null;

  constructor(socket: BunSocket, limits: LinkLimits) {
    this.#socket = socket;
    this.#limits = limits;
    const { remoteAddress, remotePort } = socket;
    this.peer = remoteAddress === undefined || remoteAddress === ""
      ? { hostname: "unix", port: 0 }
      : { hostname: plainAddress(remoteAddress), port: remotePort ?? 0 };
  }

  start(handler: LinkHandler): void {
    this.#handler = handler;
    if (handler.out.size > 0) this.flush();
  }

  flush(): void {
    flushQueue.add(this);
  }

  end(): void {
    this.#isEnding = true;
    this.flush();
  }

  destroy(): void {
    this.close("closed by this server");
  }

  received(chunk: Uint8Array): void {
    if (this.#isClosed || this.#isEnding) return;
    // Every chunk is a buffer of its own, which Bun does not touch again.
    this.#handler!.receive(chunk, 0, chunk.length, true);
  }

  ended(): void {
    this.#peerHasEnded = true;
    if (this.#isClosed) return;
    if (this.#lingering !== null) this.close("closed by this server");
    else this.#handler!.peerEnded();
  }

  send(): void {
    if (this.#isClosed || this.#handler === null) return;
    const { out } = this.#handler;
    if (!this.#writeSome()) return;
    const unsent = out.size + (this.#rest === undefined ? 0 : this.#rest.end - this.#restFrom);
    if (unsent > this.#limits.maxUnsent) {
      return this.close(`the peer does not read: ${unsent} bytes of unsent output`);
    }
    const mustPause = unsent > this.#limits.pauseReadingAt;
    if (mustPause !== this.#isPaused) {
      this.#isPaused = mustPause;
      if (mustPause) this.#socket.pause();
      else this.#socket.resume();
    }
    if (this.#isEnding && unsent === 0) this.#finish();
  }

  /** Writes until the kernel takes no more; false when the socket is gone. */
  #writeSome(): boolean {
    const { out } = this.#handler!;
    for (;;) {
      const segment = this.#rest ?? out.take();
      if (segment === undefined) return true;
      if (this.#rest === undefined) this.#restFrom = segment.start;
      const length = segment.end - this.#restFrom;
      const count = this.#socket.write(segment.bytes, this.#restFrom, length);
      if (count < 0) {
        this.close("closed by the peer");
        return false;
      }
      if (count < length) {
        this.#rest = segment;
        this.#restFrom += count;
        return true;
      }
      this.#rest = undefined;
      out.recycle(segment);
    }
  }

  /** All is sent. A peer that is still sending must get to read it before it gets a reset. */
  #finish(): void {
    if (this.#lingering !== null) return;
    if (this.#peerHasEnded || !mayLinger()) return this.close("closed by this server");
    this.#lingering = startLingering(() => this.close("closed by this server"));
    this.#socket.shutdown();
  }

  close(why: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#lingering !== null) stopLingering(this.#lingering);
    this.#socket.terminate();
    this.#handler?.closed(why);
  }
}
