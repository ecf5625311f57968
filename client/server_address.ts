import { addressText } from "../transport/socket_errors.ts";
import type { ConnectOptions } from "../transport/transport.ts";
import type { ByteConn } from "../transport/conn_link.ts";

/** A server in this process: `Server` is one. No socket is opened for it. */
export interface InprocessServer {
  /** A new connection to it. */
  toInprocessServer(): ByteConn;
}

/**
 * Where a job server is: `"host"`, `"host:port"`, `"[::1]:4730"`, `"unix:/path"`, or a server in this
 * process. The port is 4730 unless it is given.
 */
export type ServerAddress = string | InprocessServer;

/** Something to connect to. */
export interface ServerPlace {
  /** As messages show it; the same for the same place in each program. */
  readonly name: string;
  /** A socket to connect to, or a server in this process. */
  readonly target: ConnectOptions | InprocessServer;
}

/** The port of Gearman servers. */
export const DEFAULT_PORT = 4730;
const UNIX = "unix:";

/**
 * Understands an address.
 *
 * @throws {TypeError} when it is not an address.
 */
export function parseServerAddress(address: ServerAddress): ServerPlace {
  if (typeof address !== "string") {
    if (typeof address?.toInprocessServer === "function") {
      return { name: "[inprocess]", target: address };
    }
    throw new TypeError("A server is an address, or has a method toInprocessServer()");
  }
  const target = address.startsWith(UNIX) ? unixSocket(address) : hostAndPort(address);
  return { name: addressText(target), target };
}

function unixSocket(address: string): ConnectOptions {
  const path = address.slice(UNIX.length);
  if (path === "") throw new TypeError(`"${address}" has no path of a socket`);
  return { path };
}

function hostAndPort(address: string): ConnectOptions {
  if (isIpv6(address)) return { hostname: address, port: DEFAULT_PORT };
  const [, inBrackets, name, portText] =
    /^(?:\[([^\]]+)\]|([^[\]:\s]+))(?::(\d{1,5}))?$/.exec(address) ?? [];
  const hostname = inBrackets ?? name;
  const port = Number(portText ?? DEFAULT_PORT);
  const isHost = inBrackets === undefined ? name !== undefined : isIpv6(inBrackets);
  if (!isHost || port === 0 || port > 65535) {
    throw new TypeError(
      `${JSON.stringify(address)} is not HOST, HOST:PORT, [IPV6]:PORT or unix:PATH`,
    );
  }
  return { hostname, port };
}

/** Is it an IPv6 address, perhaps with a zone, which URLs do not have? */
function isIpv6(text: string): boolean {
  const [, address] = /^([0-9a-f:.]+)(?:%[\w.-]+)?$/i.exec(text) ?? [];
  return address !== undefined && URL.canParse(`http://[${address}]`);
}

/**
 * The order in which a unique tries the servers: each unique has its own, the same in all programs
 * that name the servers alike, and a server that goes or comes changes the first choice of no more
 * uniques than it must (rendezvous hashing).
 */
export function orderOf<Server extends { readonly name: string }>(
  servers: readonly Server[],
  unique: Uint8Array,
): Server[] {
  const hash = hashOf(unique);
  return servers
    .map((server) => ({ server, score: mixed(hash ^ hashOf(encoder.encode(server.name))) }))
    .sort((a, b) => a.score - b.score)
    .map(({ server }) => server);
}

const encoder = new TextEncoder();

/** FNV-1a, 32 bits. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

/** Every bit of the input changes about half of those of the output (the end of MurmurHash3). */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
