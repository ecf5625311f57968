import { copyLongBy } from "../protocol/buffer_pool.ts";
import type { Link } from "../router/mod.ts";
import { descriptorLimit } from "./machine.ts";
import { FlushQueue } from "./flush_queue.ts";
import { refuse } from "./closing.ts";
import { bindWithRights } from "./unix_socket.ts";
import {
  type Accept,
  type LinkSettings,
  type Listener,
  listenOn,
  type ListenOptions,
  peerAt,
  setSocketOptions,
  type Transport,
} from "./transport.ts";
import { Buffer } from "node:buffer";
import { readSync } from "node:fs";
import process from "node:process";
import { BaseLink } from "./base_link.ts";
import { CLOSED_BY_PEER } from "./closing.ts";
import { LONG_CHUNK } from "./burst.ts";

interface BunHandlers {
  binaryType: "uint8array";
  open(socket: BunSocket): void;
  data(socket: BunSocket, chunk: Uint8Array): void;
  drain(socket: BunSocket): void;
  end(socket: BunSocket): void;
  close(socket: BunSocket, error?: Error): void;
  error(socket: BunSocket, error: Error): void;
}

interface BunOptions {
  hostname?: string;
  port?: number;
  unix?: string;
  allowHalfOpen: true;
  socket: BunHandlers;
}

interface BunRuntime {
  listen(
    options: BunOptions,
  ): { readonly hostname: string; readonly port: number; stop(): void };
  connect(options: BunOptions): Promise<BunSocket>;
}

/**
 * Without a free descriptor Bun accepts nobody and tries again for ever, with all of a processor. So
 * some are left: connections that get one of the last are told that there are too many,
 */
const SPARE = 32;
/** or closed without a word if very many come at once. */
const LEAST_SPARE = 8;

/** On Bun a copy by node:buffer takes a third of the time of a set() on a view; elsewhere it takes longer. */
export function copyByBuffer(): void {
  const { copy } = Buffer.prototype;
  copyLongBy((source, start, end, target, offset) => {
    copy.call(source as Buffer, target, offset, start, end);
  });
}

// Bun runs microtasks after every single socket: only setImmediate gathers the output of all.
const flushQueue = new FlushQueue(setImmediate, setImmediate);

/**
 * Sockets of Bun: `Bun.listen`. Bun accepts by itself, as many as wait, and its backlog is always
 * 512; of keepalive it can set `idle` only.
 */
export const bunTransport: Transport = {
  name: "bun",
  ignores: ["backlog", "acceptPerLoop", "keepAlive.interval", "keepAlive.count"],

  listen(options, settings, accept): Listener {
    const { port = 0, path } = options;
    const { Bun } = globalThis as unknown as { Bun: BunRuntime };
    const socket = withSpareDescriptors(handlersFor(options, settings, accept), settings);
    const listener = listenOn(
      options,
      (hostname) =>
        path === undefined
          ? Bun.listen({ hostname, port, allowHalfOpen: true, socket })
          : bindWithRights(
            options,
            () => Bun.listen({ unix: path, allowHalfOpen: true, socket }),
            (bound) => bound.stop(),
          )!,
    );
    return {
      addr: path === undefined
        ? { transport: "tcp", hostname: listener.hostname, port: listener.port }
        : { transport: "unix", hostname: "", port: 0, path },
      ready: Promise.resolve(),
      close: () => Promise.resolve(listener.stop()),
    };
  },

  async connect({ hostname, port, path, keepAlive }, settings, accept): Promise<Link> {
    const { Bun } = globalThis as unknown as { Bun: BunRuntime };
    const socket = handlersFor({ keepAlive }, settings, accept);
    const { data } = await Bun.connect(
      path === undefined
        ? { hostname, port, allowHalfOpen: true, socket }
        : { unix: path, allowHalfOpen: true, socket },
    );
    return data!;
  },
};

/** The system gives the lowest number that is free: a high one says that few are. */
function withSpareDescriptors(handlers: BunHandlers, settings: LinkSettings): BunHandlers {
  const limit = descriptorLimit() ?? Infinity;
  const refused = handlersFor({}, settings, refuse);
  return {
    ...handlers,
    open(socket) {
      const { fd = -1 } = socket;
      if (fd < limit - SPARE) return handlers.open(socket);
      settings.report(`all but ${SPARE} of ${limit} descriptors are in use`, "acceptFailed");
      if (fd < limit - LEAST_SPARE) refused.open(socket);
      else socket.close();
    },
  };
}

function handlersFor(
  { keepAlive }: ListenOptions,
  settings: LinkSettings,
  accept: Accept,
): BunHandlers {
  return {
    binaryType: "uint8array",
    open(socket) {
      setSocketOptions(socket, keepAlive);
      socket.data = new BunLink(socket, settings, flushQueue);
      socket.data.start(accept);
    },
    data: (socket, chunk) => socket.data?.data(chunk),
    drain: (socket) => socket.data?.drain(),
    end: (socket) => socket.data?.peerEnd(),
    close: (socket, error) => socket.data?.close(error),
    error: (socket, error) => socket.data?.close(error),
  };
}

/** The most that Bun reads at a time, in bytes: behind a chunk of this length there is more. */
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
    super(peerAt(socket.remoteAddress, socket.remotePort), settings, queue);
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
   * each chunk costs more than all that is done with it. (Measured: without this, a third fewer jobs
   * with payloads of 1 MiB are done in a second.)
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
