import { connect, createServer, type Server, type Socket } from "node:net";
import type { Link, PeerAddress } from "../router/mod.ts";
import { FlushQueue } from "./flush_queue.ts";
import { listenError } from "./socket_errors.ts";
import { bindWithRights } from "./unix_socket.ts";
import {
  type Accept,
  type LinkSettings,
  type ListenAddress,
  type Listener,
  type ListenOptions,
  peerAt,
  setSocketOptions,
  type Transport,
} from "./transport.ts";
import { BaseLink } from "./base_link.ts";
import { CLOSED_BY_PEER } from "./closing.ts";
import { LONG_CHUNK } from "./burst.ts";

const DEFAULT_BACKLOG = 1024;

// Node runs microtasks after every single socket: only the next round gathers the output of all.
const flushQueue = new FlushQueue(setImmediate, setImmediate);

/** Sockets of `node:net`, for Node itself. Of keepalive they can set `idle` only. */
export const nodeTransport: Transport = {
  name: "node",
  ignores: ["acceptPerLoop", "keepAlive.interval", "keepAlive.count"],

  listen(options, settings, accept): Listener {
    const { keepAlive, backlog = DEFAULT_BACKLOG } = options;
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      // Deno ignores the options of the server that would do this.
      setSocketOptions(socket, keepAlive);
      serveSocket(socket, settings, accept);
    });
    const report = (message: string) => settings.report(message, "acceptFailed");
    const bound = bind(server, { ...options, backlog }, report);
    return Object.assign(bound, {
      async close() {
        // Closed before it listens, it would never be ready, nor fail.
        await bound.ready.catch(() => {});
        // Not awaited: it would wait for its connections.
        server.close();
      },
    });
  },

  connect({ hostname, port = 0, path, keepAlive }, settings, accept): Promise<Link> {
    const socket = path === undefined
      ? connect({ host: hostname, port, allowHalfOpen: true })
      : connect({ path, allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        setSocketOptions(socket, keepAlive);
        resolve(serveSocket(socket, settings, accept));
      });
    });
  },
};

/** Serves a socket of `node:net`, on any runtime. */
export function serveSocket(socket: Socket, settings: LinkSettings, accept: Accept): SocketLink {
  const peer = peerAt(socket.remoteAddress, socket.remotePort);
  const link = new SocketLink(socket, peer, settings, flushQueue);
  link.start(accept);
  return link;
}

/**
 * Lets a server of `node:net` or `node:http` listen.
 *
 * @param report told in one line what goes wrong from then on.
 */
export function bind(
  server: Server,
  options: ListenOptions,
  report: (message: string) => void,
): Pick<Listener, "addr" | "ready"> {
  const { hostname, port = 0, path, backlog } = options;
  let bound: ListenAddress | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, options)));
    server.once("listening", () => {
      server.on("error", (error) => report(error.message));
      bound = boundAddress(server, options);
      resolve();
    });
  });
  if (path === undefined) server.listen({ host: hostname, port, backlog });
  else {
    // A path is bound at once; what goes wrong is told later.
    const listen = () => server.listen({ path, backlog }).listening ? server : null;
    bindWithRights(options, listen, () => server.close());
  }
  return {
    get addr() {
      return bound ?? boundAddress(server, options);
    },
    ready,
  };
}

function boundAddress(server: Server, options: ListenOptions): ListenAddress {
  const { hostname = "::", port = 0, path } = options;
  if (path !== undefined) return { transport: "unix", hostname: "", port: 0, path };
  const address = server.address();
  if (address !== null && typeof address !== "string") {
    return { transport: "tcp", hostname: address.address, port: address.port };
  }
  if (port === 0) throw new Error("The port is not known yet: await listener.ready first");
  return { transport: "tcp", hostname, port };
}

/** The most that Node reads at a time, in bytes; it reads up to 32 such chunks in a row. */
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
