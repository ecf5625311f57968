import { rmSync } from "node:fs";
import { setImmediate } from "node:timers";
import type { PeerAddress } from "../router/mod.ts";
import { ConnLink } from "./conn_link.ts";
import { FlushQueue } from "./flush_queue.ts";
import { removeStaleSocket } from "./unix_socket.ts";
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

/** Waiting before the next try when no connection can be accepted, in milliseconds. */
const ACCEPT_RETRY = 100;
/** Shortest time between two messages about that. */
const ERROR_INTERVAL = 1000;
const DEFAULT_BACKLOG = 1024;
const DEFAULT_ACCEPT_PER_LOOP = 10;

// All operations that ended in a round of Deno's loop are delivered before its microtasks run.
const flushQueue = new FlushQueue(queueMicrotask);

/** Sockets of Deno: `Deno.listen`. Keepalive has the system's times, which Deno cannot set. */
export const denoTransport: Transport = {
  name: "deno",

  listen(options, limits, accept, onError): Listener {
    const listener = open(options);
    const state = { isClosed: false };
    void acceptAll(listener, state, options, onError, (conn) => serve(conn, limits, accept));
    const { addr } = listener;
    return {
      addr: addr.transport === "tcp"
        ? { transport: "tcp", hostname: addr.hostname, port: addr.port }
        : { transport: "unix", hostname: "", port: 0, path: options.path },
      close() {
        if (state.isClosed) return;
        state.isClosed = true;
        listener.close();
        if (options.path !== undefined) rmSync(options.path, { force: true });
      },
    };
  },
};

function serve(conn: Deno.Conn, limits: LinkLimits, accept: Accept): void {
  const link = new ConnLink(conn, peerOf(conn), limits, flushQueue);
  link.start(accept(link));
}

function open(options: ListenOptions): Deno.Listener {
  if (options.path !== undefined) {
    removeStaleSocket(options.path);
    return attempt(options, () => Deno.listen({ transport: "unix", path: options.path! }));
  }
  const { port = 0, backlog = DEFAULT_BACKLOG } = options;
  const listenOn = (hostname: string) =>
    attempt({ ...options, hostname }, () =>
      // `tcpBacklog` is missing in the types of Deno 2.9, but it is what the runtime looks at.
      Deno.listen({ hostname, port, tcpBacklog: backlog } as Deno.TcpListenOptions));
  if (options.hostname !== undefined) return listenOn(options.hostname);
  try {
    return listenOn("::");
  } catch (error) {
    // A machine without IPv6.
    if (error instanceof ListenError && error.code === "EADDRINUSE") throw error;
    return listenOn("0.0.0.0");
  }
}

function attempt(options: ListenOptions, listen: () => Deno.Listener): Deno.Listener {
  try {
    return listen();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = codeOf(error);
    throw new ListenError(code, addressText(options), reasonText(code, error.message));
  }
}

function codeOf(error: Error): string {
  if (error instanceof Deno.errors.AddrInUse) return "EADDRINUSE";
  if (error instanceof Deno.errors.AddrNotAvailable) return "EADDRNOTAVAIL";
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  return (error as { code?: string }).code ?? error.name;
}

async function acceptAll(
  listener: Deno.Listener,
  state: { isClosed: boolean },
  options: ListenOptions,
  onError: (message: string) => void,
  serveConn: (conn: Deno.Conn) => void,
): Promise<void> {
  const { acceptPerLoop = DEFAULT_ACCEPT_PER_LOOP, keepAlive } = options;
  let lastError = -Infinity;
  for (let accepted = 1; !state.isClosed; accepted++) {
    try {
      const conn = await listener.accept();
      if (isTcp(conn)) setOptions(conn, keepAlive);
      serveConn(conn);
      if (accepted % acceptPerLoop === 0) await new Promise((resolve) => setImmediate(resolve));
    } catch (error) {
      if (state.isClosed) return;
      if (performance.now() - lastError >= ERROR_INTERVAL) {
        lastError = performance.now();
        onError(`Cannot accept a connection: ${error instanceof Error ? error.message : error}`);
      }
      await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY));
    }
  }
}

function setOptions(conn: Deno.TcpConn, keepAlive: ListenOptions["keepAlive"]): void {
  try {
    conn.setNoDelay(true);
    if (keepAlive) conn.setKeepAlive(true);
  } catch {
    // Reset before it was accepted: the first read says so.
  }
}

function isTcp(conn: Deno.Conn): conn is Deno.TcpConn {
  return conn.remoteAddr.transport === "tcp";
}

function peerOf(conn: Deno.Conn): PeerAddress {
  const { remoteAddr } = conn;
  if (remoteAddr.transport !== "tcp") return { hostname: "unix", port: 0 };
  return { hostname: plainAddress(remoteAddr.hostname), port: remoteAddr.port };
}
