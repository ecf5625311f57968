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
import { createServer as listenTcp, type Server as SocketServer, type Socket } from "node:net";
import { messageOf } from "../../router/log/log.ts";
import { bind } from "../node.ts";
import {
  type ListenAddress,
  type Listener,
  type ListenOptions,
  plainAddress,
} from "../transport.ts";
import { HttpConnections } from "./connections.ts";
import { HTTP_LIMITS, type HttpLimits } from "./limits.ts";
import { RequestCut, requestOf } from "./request.ts";
import { hasBody, send } from "./response.ts";

/** Who sent a request. */
export interface HttpPeer {
  /** Its address, or `"unix"`. */
  readonly remote: string;
  /** Resolves when the response has been sent to its end, or cannot be sent any more. */
  readonly ended: Promise<void>;
}

/** Answers requests; what it throws becomes a response with status 500. */
export type HttpHandler = (request: Request, peer: HttpPeer) => Response | Promise<Response>;

/**
 * On Bun a server of HTTP tells of no connection before its first request, so that nobody could count
 * those that are silent: there a server of sockets accepts them.
 */
const IS_BUN = "Bun" in globalThis;
/** How long responses may take to end when the listener is closed, in milliseconds. */
const LONGEST_CLOSE = 200;
const BUSY_BODY = `${
  JSON.stringify({
    type: "about:blank",
    title: "Service Unavailable",
    status: 503,
    detail: "All connections that this listener may have are in use",
  })
}\n`;
const BUSY = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n" +
  `Retry-After: 10\r\nConnection: close\r\nContent-Length: ${BUSY_BODY.length}\r\n\r\n${BUSY_BODY}`;

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
  readonly #http: Server;
  /** The server whose socket listens. */
  readonly #server: SocketServer;
  readonly #connections: HttpConnections;
  /** Cuts connections that are late, where the runtime does not. */
  readonly #watch: ReturnType<typeof setInterval> | undefined;
  /** Resolves when it is closed and no response is being sent. */
  readonly #allAnswered = Promise.withResolvers<void>();
  readonly #bound: Pick<Listener, "addr" | "ready">;
  #isClosed = false;

  constructor(options: ListenOptions, parts: HttpListenParts) {
    this.#options = options;
    this.#parts = parts;
    this.#limits = { ...HTTP_LIMITS, ...parts.limits };
    this.#connections = new HttpConnections(this.#limits);
    const { headerBytes, headerSeconds, requestSeconds, idleSeconds } = this.#limits;
    const connectionsCheckingInterval = Math.min(2000, headerSeconds * 500);
    this.#http = createServer({
      maxHeaderSize: headerBytes,
      headersTimeout: headerSeconds * 1000,
      requestTimeout: requestSeconds * 1000,
      keepAliveTimeout: idleSeconds * 1000,
      connectionsCheckingInterval,
    });
    this.#http.on("request", (incoming, outgoing) => void this.#answer(incoming, outgoing));
    this.#server = IS_BUN ? listenTcp({ noDelay: true }) : this.#http;
    this.#server.on("connection", (socket: Socket) => this.#accept(socket));
    if (IS_BUN) {
      const watch = () => this.#connections.cutLate();
      this.#watch = setInterval(watch, connectionsCheckingInterval);
    }
    this.#bound = bind(this.#server, options, parts.report);
    this.ready = this.#bound.ready;
    // Who does not await it hears of it from `report`.
    this.ready.catch(() => {});
  }

  get addr(): ListenAddress {
    return this.#bound.addr;
  }

  #accept(socket: Socket): void {
    if (this.#isClosed || !this.#connections.take(socket)) {
      socket.on("error", () => {});
      socket.end(BUSY, () => socket.destroy());
    } else if (IS_BUN) this.#http.emit("connection", socket);
  }

  /** Answers a request when those before it on its connection have been answered. */
  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { socket } = incoming;
    outgoing.on("error", () => {});
    const turn = this.#connections.begin(socket);
    if (turn === null) return;
    const gone = new AbortController();
    if (hasBody(incoming)) incoming.once("end", () => turn.arrived());
    else turn.arrived();
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) gone.abort();
      turn.end();
      if (this.#isClosed && this.#connections.responses === 0) this.#allAnswered.resolve();
    });
    await turn.come;
    if (socket.destroyed) return;
    const request = requestOf(incoming, gone.signal);
    const response = request === null
      ? new Response(null, { status: 400 })
      : await this.#responseTo(request, socket, turn.ended);
    await send(response, { incoming, outgoing, readSeconds: this.#limits.readSeconds });
  }

  async #responseTo(
    request: Request,
    { remoteAddress }: Socket,
    ended: Promise<void>,
  ): Promise<Response> {
    const { handler, report } = this.#parts;
    const isUnix = this.#options.path !== undefined;
    try {
      return await handler(request, {
        remote: isUnix ? "unix" : plainAddress(remoteAddress ?? ""),
        ended,
      });
    } catch (error) {
      if (!request.signal.aborted && !(error instanceof RequestCut)) report(messageOf(error));
      return new Response(null, { status: 500 });
    }
  }

  /** Responses that are being sent have a moment to end. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Closed before it listens, it would never be ready, nor fail.
    if (await this.ready.then(() => false, () => true)) return;
    if (this.#connections.responses > 0) {
      const timer = setTimeout(this.#allAnswered.resolve, LONGEST_CLOSE);
      await this.#allAnswered.promise;
      clearTimeout(timer);
    }
    clearInterval(this.#watch);
    this.#http.closeAllConnections();
    this.#connections.cutAll();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
