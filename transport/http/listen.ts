/**
 * Listens for HTTP, on TCP and on unix sockets, for a handler of `Request` to `Response`.
 *
 * There is one adapter for all runtimes, on `node:http`, which Deno and Bun have too: `Deno.serve` leaves
 * a connection open for ever that has sent half a header, and neither it nor `Bun.serve` limits how many
 * connections there are.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { messageOf } from "../../router/log/log.ts";
import { listenError } from "../socket_errors.ts";
import {
  type ListenAddress,
  type Listener,
  type ListenOptions,
  plainAddress,
} from "../transport.ts";
import { bindWithRights } from "../unix_socket.ts";
import { HTTP_LIMITS, type HttpLimits } from "./limits.ts";
import { requestOf } from "./request.ts";
import { send } from "./response.ts";

/** Who sent a request. */
export interface HttpPeer {
  /** Its address, or `"unix"`. */
  readonly remote: string;
}

/** Answers requests; what it throws becomes a response with status 500. */
export type HttpHandler = (request: Request, peer: HttpPeer) => Response | Promise<Response>;

/** How long responses may take to end when the listener is closed, in milliseconds. */
const LONGEST_CLOSE = 200;
const BUSY = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/** What a listener needs besides its place. */
export interface HttpListenParts {
  readonly handler: HttpHandler;
  readonly limits?: Partial<HttpLimits>;
  /** Told in one line what went wrong beyond what clients do. */
  readonly report: (message: string) => void;
}

/**
 * Opens a listening socket. Deno and Node listen on TCP a moment later: see `ready` of what it returns.
 *
 * @throws {ListenError} when a unix socket cannot be listened on.
 */
export function listenHttp(options: ListenOptions, parts: HttpListenParts): Listener {
  return new HttpListener(options, parts);
}

class HttpListener implements Listener {
  readonly ready: Promise<void>;
  readonly #options: ListenOptions;
  readonly #parts: HttpListenParts;
  readonly #limits: HttpLimits;
  readonly #server: Server;
  /** The open connections, each with the number of its responses that have not ended. */
  readonly #sockets = new Map<Socket, number>();
  /** Resolves when it is closed and no response is being sent. */
  readonly #allAnswered = Promise.withResolvers<void>();
  #addr: ListenAddress | null = null;
  #isClosed = false;

  constructor(options: ListenOptions, parts: HttpListenParts) {
    this.#options = options;
    this.#parts = parts;
    this.#limits = { ...HTTP_LIMITS, ...parts.limits };
    const { headerBytes, headerSeconds, requestSeconds, idleSeconds } = this.#limits;
    this.#server = createServer({
      maxHeaderSize: headerBytes,
      headersTimeout: headerSeconds * 1000,
      requestTimeout: requestSeconds * 1000,
      keepAliveTimeout: idleSeconds * 1000,
      connectionsCheckingInterval: Math.min(2000, headerSeconds * 500),
    });
    this.#server.on("connection", (socket: Socket) => this.#accept(socket));
    this.#server.on("request", (incoming, outgoing) => void this.#answer(incoming, outgoing));
    this.ready = this.#bind();
    // Who does not await it hears of it from `report`.
    this.ready.catch(() => {});
  }

  get addr(): ListenAddress {
    const addr = this.#addr ?? this.#boundAddress();
    if (addr === null) throw new Error("The port is not known yet: await listener.ready first");
    return addr;
  }

  #bind(): Promise<void> {
    const server = this.#server;
    const { hostname, port = 0, path, backlog } = this.#options;
    const ready = new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(listenError(error, this.#options)));
      server.once("listening", () => {
        server.on("error", (error) => this.#parts.report(error.message));
        this.#addr = this.#boundAddress();
        resolve();
      });
    });
    if (path === undefined) server.listen({ host: hostname, port, backlog });
    else {
      // A path is bound at once; what goes wrong is told later.
      const bind = () => server.listen({ path, backlog }).listening ? server : null;
      bindWithRights(this.#options, bind, () => server.close());
    }
    return ready;
  }

  #boundAddress(): ListenAddress | null {
    const { path } = this.#options;
    if (path !== undefined) return { transport: "unix", hostname: "", port: 0, path };
    const address = this.#server.address();
    if (address === null || typeof address === "string") return null;
    return { transport: "tcp", hostname: address.address, port: address.port };
  }

  #accept(socket: Socket): void {
    if (this.#isClosed || this.#sockets.size >= this.#limits.connections) {
      socket.on("error", () => {});
      socket.end(BUSY, () => socket.destroy());
      return;
    }
    this.#sockets.set(socket, 0);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { socket } = incoming;
    const gone = new AbortController();
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) gone.abort();
      this.#hasAnswered(socket);
    });
    outgoing.on("error", () => {});
    this.#sockets.set(socket, (this.#sockets.get(socket) ?? 0) + 1);
    const request = requestOf(incoming, gone.signal);
    const response = request === null
      ? new Response(null, { status: 400 })
      : await this.#responseTo(request, socket);
    await send(response, { incoming, outgoing, readSeconds: this.#limits.readSeconds });
  }

  async #responseTo(request: Request, { remoteAddress }: Socket): Promise<Response> {
    const { handler, report } = this.#parts;
    const isUnix = this.#options.path !== undefined;
    try {
      return await handler(request, {
        remote: isUnix ? "unix" : plainAddress(remoteAddress ?? ""),
      });
    } catch (error) {
      if (!request.signal.aborted) report(messageOf(error));
      return new Response(null, { status: 500 });
    }
  }

  #hasAnswered(socket: Socket): void {
    const left = this.#sockets.get(socket);
    if (left !== undefined) this.#sockets.set(socket, left - 1);
    if (this.#isClosed && this.#responses === 0) this.#allAnswered.resolve();
  }

  get #responses(): number {
    let sum = 0;
    for (const responses of this.#sockets.values()) sum += responses;
    return sum;
  }

  /** Responses that are being sent have a moment to end. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Closed before it listens, it would never be ready, nor fail.
    if (await this.ready.then(() => false, () => true)) return;
    if (this.#responses > 0) {
      const timer = setTimeout(this.#allAnswered.resolve, LONGEST_CLOSE);
      await this.#allAnswered.promise;
      clearTimeout(timer);
    }
    // Bun, once closed, knows its connections no more; those that were always silent it never knew.
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
