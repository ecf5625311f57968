/**
 * This folder has the sockets and event loops of the runtimes. This file says what server and clients ask
 * of them; each runtime has an adapter for that, and `choose.ts` picks one. Server, clients and programs
 * may import the folder; it imports the router, for the connections, and the protocol.
 *
 * @module
 */

import type { Link, LinkHandler, PeerAddress, Sender } from "../router/mod.ts";
import { ListenError, listenError } from "./socket_errors.ts";
import type { UnreadOutput } from "./outgoing.ts";

/** TCP keepalive: probes on idle connections, so that a dead peer is noticed. Times in seconds. */
export interface KeepAlive {
  /** Idle time before the first probe. */
  readonly idle?: number;
  /** Time between two probes, in seconds. */
  readonly interval?: number;
  /** Unanswered probes after which the connection is dead. */
  readonly count?: number;
}

/** Where and how to listen: `hostname` and `port`, or `path` of a unix socket. */
export interface ListenOptions {
  /** An address or name of this machine; none for all addresses, IPv4 and IPv6. */
  readonly hostname?: string;
  /** TCP port; 0 for any free one. */
  readonly port?: number;
  /** Path of a unix socket instead. */
  readonly path?: string;
  /** Permission bits of that socket's file; those of the umask, or 0o660 with a group, if none. */
  readonly mode?: number;
  /** Number of the group that it is given to. */
  readonly group?: number;
  /** How many connections may wait to be accepted. */
  readonly backlog?: number;
  /** How many waiting connections are accepted before the others are served. */
  readonly acceptPerLoop?: number;
  /** Keepalive on accepted connections; `true` with the system's times. */
  readonly keepAlive?: boolean | KeepAlive;
}

/** Where to connect: `hostname` and `port`, or `path` of a unix socket. */
export interface ConnectOptions {
  /** An IP address. Names are looked up by {@linkcode "./dial.ts".dial}. */
  readonly hostname?: string;
  /** TCP port. */
  readonly port?: number;
  /** Path of a unix socket instead. */
  readonly path?: string;
  /** Keepalive on the connection; `true` with the system's times. */
  readonly keepAlive?: boolean | KeepAlive;
}

/** How connections are treated. */
export interface LinkSettings {
  /** Bytes of output that a peer has not read, above which nothing more is read from it. */
  readonly pauseReadingAt: number;
  /** The same, above which the peer is cut off. More than the largest packet. */
  readonly maxUnsent: number;
  /** Counts what all peers together have not read, which is bounded too. */
  readonly unreadOutput?: UnreadOutput;
  /**
   * Told in one line what went wrong beyond what peers do, as often as it does: it belongs in the
   * server's log.
   *
   * @param event what it is; without it a defect of this program.
   */
  readonly report: (message: string, event?: "acceptFailed") => void;
  /**
   * Asked before output leaves: is all written that it promises? If not, whoever was asked calls
   * {@linkcode Sender.send} when it is.
   */
  readonly mayLeave?: (sender: Sender) => boolean;
}

/** Where a listener listens. */
export interface ListenAddress {
  /** Kind of socket. */
  readonly transport: "tcp" | "unix";
  /** Address, or `""` for a unix socket. */
  readonly hostname: string;
  /** Port, or 0 for a unix socket. */
  readonly port: number;
  /** Path of a unix socket. */
  readonly path?: string;
}

/** A socket that accepts connections. */
export interface Listener {
  /**
   * Where it listens: with port 0, the port that it got. On Node that port is known once it is ready;
   * before, to ask for it throws an `Error`.
   */
  readonly addr: ListenAddress;
  /**
   * Resolves when it listens. On Deno and Bun it does so from the start. Node listens a moment later,
   * and rejects this with the {@linkcode ListenError} that the others throw at once: await it where
   * the program is to run on Node, which ends a program that does not handle the rejection.
   */
  readonly ready: Promise<void>;
  /**
   * Stops accepting; connections stay. A unix socket's file is removed. Resolves when the address is
   * free again.
   */
  close(): Promise<void>;
}

/** Called for each new connection; what it returns is fed from then on. */
export type Accept = (link: Link) => LinkHandler;

/** An option that some runtime's sockets know nothing of. */
export type IgnoredOption =
  | "backlog"
  | "acceptPerLoop"
  | "keepAlive.idle"
  | "keepAlive.interval"
  | "keepAlive.count";

/** Those of the options that are given and that the transport ignores. */
export function ignoredOf(transport: Transport, options: ListenOptions): IgnoredOption[] {
  const { backlog, acceptPerLoop, keepAlive } = options;
  const { idle, interval, count } = typeof keepAlive === "object" ? keepAlive : {};
  const given = {
    backlog,
    acceptPerLoop,
    "keepAlive.idle": idle,
    "keepAlive.interval": interval,
    "keepAlive.count": count,
  };
  return transport.ignores.filter((name) => given[name] !== undefined);
}

/** The sockets of a runtime. */
export interface Transport {
  /** The runtime it is for. */
  readonly name: "deno" | "bun" | "node";
  /** What it is told by {@linkcode ListenOptions} without effect. */
  readonly ignores: readonly IgnoredOption[];
  /**
   * Opens a listening socket. What goes wrong when it accepts is reported.
   *
   * @throws {ListenError} when the address cannot be used.
   */
  listen(options: ListenOptions, settings: LinkSettings, accept: Accept): Listener;
  /**
   * Connects to a server. The link that it resolves to has its handler already, from `accept`.
   *
   * @throws {ConnectError} when nobody answers there.
   */
  connect(options: ConnectOptions, settings: LinkSettings, accept: Accept): Promise<Link>;
}

/**
 * Listens where the options say; without a hostname on all addresses, IPv4 and IPv6, or IPv4 only
 * where the machine has no IPv6.
 *
 * @throws {ListenError}
 */
export function listenOn<Socket>(
  options: ListenOptions,
  listen: (hostname: string) => Socket,
): Socket {
  const attempt = (hostname: string) => {
    try {
      return listen(hostname);
    } catch (error) {
      throw listenError(error, options);
    }
  };
  if (options.hostname !== undefined || options.path !== undefined) {
    return attempt(options.hostname ?? "");
  }
  try {
    return attempt("::");
  } catch (error) {
    if (error instanceof ListenError && error.code === "EADDRINUSE") throw error;
    return attempt("0.0.0.0");
  }
}

/** What sockets of all runtimes have. */
interface TcpSocket {
  setNoDelay(on: boolean): unknown;
  setKeepAlive(on: boolean, idleMilliseconds: number): unknown;
}

/** Sets the options of a new socket. An idle time of 0 leaves that of the system as it is. */
export function setSocketOptions(socket: TcpSocket, keepAlive: boolean | KeepAlive = false): void {
  socket.setNoDelay(true);
  const { idle = 0 } = typeof keepAlive === "object" ? keepAlive : {};
  if (keepAlive !== false) socket.setKeepAlive(true, idle * 1000);
}

/** The other end of a socket, that of a unix socket if there is no address. */
export function peerAt(hostname = "", port = 0): PeerAddress {
  return hostname === ""
    ? { hostname: "unix", port: 0 }
    : { hostname: plainAddress(hostname), port };
}

/** An address; an IPv4 address that came in over an IPv6 socket, as IPv4. */
export function plainAddress(hostname: string): string {
  return hostname.replace(/^::ffff:(?=.*\.)/, "");
}
