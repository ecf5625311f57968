/**
 * What the server asks of a runtime's sockets. One adapter a runtime implements it; `choose.ts`
 * picks one.
 *
 * @module
 */

import type { Link, LinkHandler } from "../router/mod.ts";

/** TCP keepalive: probes on idle connections, so that a dead peer is noticed. Times in seconds. */
export interface KeepAlive {
  /** Idle time before the first probe. */
  readonly idle?: number;
  /** Time between probes. */
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
  /** How many connections may wait to be accepted. */
  readonly backlog?: number;
  /** How many waiting connections are accepted before the others are served. */
  readonly acceptPerLoop?: number;
  /** Keepalive on accepted connections; `true` with the system's times. */
  readonly keepAlive?: boolean | KeepAlive;
}

/** Bounds on what one peer may make the server hold, in bytes of output that it has not read. */
export interface LinkLimits {
  /** Above this nothing more is read from the peer. */
  readonly pauseReadingAt: number;
  /** Above this the peer is cut off. */
  readonly maxUnsent: number;
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
  /** Where it listens: with port 0, the port that it got. */
  readonly addr: ListenAddress;
  /** Accepts no more; connections stay. A unix socket's file is removed. */
  close(): void;
}

/** Called for each new connection; what it returns is fed from then on. */
export type Accept = (link: Link) => LinkHandler;

/** A runtime's sockets. */
export interface Transport {
  /** The runtime it is for. */
  readonly name: "deno" | "bun" | "node";
  /**
   * Opens a listening socket.
   *
   * @param onError told when a connection could not be accepted.
   * @throws {ListenError} when the address cannot be used.
   */
  listen(
    options: ListenOptions,
    limits: LinkLimits,
    accept: Accept,
    onError: (message: string) => void,
  ): Listener;
}

/** An address that cannot be listened on. */
export class ListenError extends Error {
  /** `"ListenError"` */
  override readonly name: string = "ListenError";
  /** `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, ... */
  readonly code: string;

  /** An error with the code, for an address that could not be listened on. */
  constructor(code: string, address: string, reason: string) {
    super(`Cannot listen on ${address}: ${reason}`);
    this.code = code;
  }
}

/** An address as messages show it. */
export function addressText(options: ListenOptions | ListenAddress): string {
  if (options.path !== undefined) return `unix:${options.path}`;
  const { hostname = "*", port } = options;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** The reason behind an error code, in words. */
export function reasonText(code: string, otherwise: string): string {
  return REASONS[code] ?? otherwise;
}

const REASONS: Record<string, string> = {
  EADDRINUSE: "the address is in use",
  EACCES: "permission denied",
  EADDRNOTAVAIL: "this machine has no such address",
};

/** An IPv4 address that came in over an IPv6 socket, as IPv4. */
export function plainAddress(hostname: string): string {
  return hostname.startsWith("::ffff:") && hostname.includes(".")
    ? hostname.slice("::ffff:".length)
    : hostname;
}
