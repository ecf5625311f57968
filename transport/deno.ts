import { messageOf } from "../router/log/log.ts";
import type { Link, PeerAddress } from "../router/mod.ts";
import { ConnLink } from "./conn_link.ts";
import { FlushQueue } from "./flush_queue.ts";
import { denoRounds, nextRound } from "./event_loop.ts";
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

/**
 * What the system is short of when it accepts nobody: descriptors or memory. All else is about the one
 * connection, which was reset before it was accepted, say.
 */
const SHORTAGES = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"];
/** Waiting before the next try then, in milliseconds: at once would only use up the processor. */
const ACCEPT_RETRY = 100;
const DEFAULT_BACKLOG = 1024;

// All operations that ended in a round of Deno's loop are delivered before its microtasks run.
// Immediates of Deno run without a look at the sockets: only a timer lets a round come between.
const flushQueue = new FlushQueue(queueMicrotask, (run) => setTimeout(run, 1));

/** Sockets of Deno: `Deno.listen`. Keepalive has the system's times, which Deno cannot set. */
export const denoTransport: Transport = {
  name: "deno",
  ignores: ["keepAlive.idle", "keepAlive.interval", "keepAlive.count"],

  listen(options, settings, accept): Listener {
    const listener = new DenoListener(options, settings, accept);
    void listener.acceptAll();
    return listener;
  },

  async connect({ hostname = "", port = 0, path, keepAlive }, settings, accept): Promise<Link> {
    const conn = path === undefined
      ? await Deno.connect({ hostname, port })
      : await Deno.connect({ transport: "unix", path });
    if (isTcp(conn)) setOptions(conn, keepAlive);
    const link = new ConnLink(conn, peerOf(conn), settings, flushQueue, true);
    link.start(accept);
    return link;
  },
};

class DenoListener implements Listener {
  readonly addr: Listener["addr"];
  readonly ready: Promise<void> = Promise.resolve();
  readonly #listener: Deno.Listener;
  readonly #options: ListenOptions;
  readonly #settings: LinkSettings;
  readonly #accept: Accept;
  #pending: Promise<Deno.Conn> | null = null;
  #isClosed = false;

  constructor(options: ListenOptions, settings: LinkSettings, accept: Accept) {
    const listener = open(options);
    denoRounds.listens();
    this.#listener = listener;
    this.#options = options;
    this.#settings = settings;
    this.#accept = accept;
    this.addr = listener.addr.transport === "tcp"
      ? { transport: "tcp", hostname: listener.addr.hostname, port: listener.addr.port }
      : { transport: "unix", hostname: "", port: 0, path: options.path };
  }

  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#listener.close();
      denoRounds.hasClosed();
    }
    // It holds the socket until it has been told.
    await this.#pending?.catch(() => {});
  }

  async acceptAll(): Promise<void> {
    const { acceptPerLoop = Infinity } = this.#options;
    for (let accepted = 1; !this.#isClosed; accepted++) {
      try {
        this.#pending = this.#listener.accept();
        this.#serve(await this.#pending);
      } catch (error) {
        await this.#afterError(error);
      }
      // Without a number Deno itself looks at other sockets every some dozen connections.
      if (accepted % acceptPerLoop === 0) await nextRound();
    }
  }

  #serve(conn: Deno.Conn): void {
    if (this.#isClosed) return conn.close();
    if (isTcp(conn)) setOptions(conn, this.#options.keepAlive);
    new ConnLink(conn, peerOf(conn), this.#settings, flushQueue, true).start(this.#accept);
  }

  /** Newcomers do not wait for the faults of others. */
  async #afterError(error: unknown): Promise<void> {
    if (this.#isClosed) return;
    const { code } = error as { code?: string };
    if (code !== undefined && !SHORTAGES.includes(code)) return await nextRound();
    this.#settings.report(messageOf(error), "acceptFailed");
    await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY));
  }
}

function open(options: ListenOptions): Deno.Listener {
  const { port = 0, backlog = DEFAULT_BACKLOG, path } = options;
  return listenOn<Deno.Listener>(options, (hostname) =>
    path === undefined
      // `tcpBacklog` is missing in the types of Deno 2.9, but it is what the runtime looks at.
      ? Deno.listen({ hostname, port, tcpBacklog: backlog } as Deno.TcpListenOptions)
      : bindWithRights<Deno.Listener>(
        options,
        () => Deno.listen({ transport: "unix", path }),
        (listener) => listener.close(),
      )!);
}

function setOptions(conn: Deno.TcpConn, keepAlive: ListenOptions["keepAlive"]): void {
  try {
    setSocketOptions(conn, keepAlive);
  } catch {
    // Reset before it was accepted: the first read says so.
  }
}

function isTcp(conn: Deno.Conn): conn is Deno.TcpConn {
  return conn.remoteAddr.transport === "tcp";
}

function peerOf(conn: Deno.Conn): PeerAddress {
  const { hostname, port } = conn.remoteAddr as Partial<Deno.NetAddr>;
  return peerAt(hostname, port);
}
