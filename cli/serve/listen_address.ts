import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import process from "node:process";
import { OptionError } from "../../options/kinds.ts";
import { port as portKind } from "../options/kinds.ts";

/** Where `--listen` says to listen: a host with or without a port of its own, or a unix socket. */
export type ListenSetting =
  /** No host for all addresses of this machine; no port for that of `--port`. */
  | { readonly host?: string; readonly port?: number }
  | { readonly path: string };

const UNIX = "unix:";

/**
 * Understands `host`, `host:port`, `[v6]:port`, a bare IPv6 address, `*:port` and `unix:/path`.
 *
 * @throws {OptionError} for anything else.
 */
export function parseListenAddress(text: string): ListenSetting {
  if (text.startsWith(UNIX)) {
    if (text === UNIX) throw new OptionError(`"${text}" must be followed by the path of a socket`);
    return { path: socketPath(text.slice(UNIX.length)) };
  }
  if (isIPv6(text)) return { host: text };
  const [, bracketed, bare, port] = /^(?:\[([^\]]+)\]|([^[\]:]*))(?::([^:]+))?$/.exec(text) ?? [];
  const host = bracketed ?? bare;
  if (host === undefined || text === "" || (bracketed !== undefined && !isIPv6(bracketed))) {
    throw new OptionError(
      `must be HOST, HOST:PORT, [IPV6]:PORT or unix:PATH, not ${JSON.stringify(text)}`,
    );
  }
  return {
    host: host === "" || host === "*" ? undefined : host,
    port: port === undefined ? undefined : portKind.parse(port),
  };
}

/** Where `--http` says to serve HTTP. */
export type HttpSetting =
  | { readonly host?: string; readonly port: number }
  | { readonly path: string };

/**
 * Understands `PORT`, `HOST:PORT`, `[v6]:PORT`, `*:PORT` and `unix:/path`.
 *
 * @throws {OptionError} for anything else.
 */
export function parseHttpAddress(text: string): HttpSetting {
  const address = parseListenAddress(/^\d+$/.test(text) ? `127.0.0.1:${text}` : text);
  if ("path" in address) return address;
  const { host, port } = address;
  if (port !== undefined) return { host, port };
  throw new OptionError(`must be PORT, HOST:PORT or unix:PATH, not ${JSON.stringify(text)}`);
}

/** How many bytes the path of a unix socket may have; a NUL follows them. */
const MAX_SOCKET_PATH = process.platform === "linux" ? 107 : 103;

function socketPath(path: string): string {
  const { byteLength } = new TextEncoder().encode(path);
  if (byteLength <= MAX_SOCKET_PATH) return path;
  throw new OptionError(
    `the path of a socket may have at most ${MAX_SOCKET_PATH} bytes; ${path} has ${byteLength} bytes`,
  );
}

/**
 * All addresses of a host, as gearmand listens on each of them.
 *
 * @throws {Error} when the name is unknown.
 */
export async function addressesOf(host: string): Promise<string[]> {
  try {
    const found = await lookup(host, { all: true });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    const { code } = error as { code?: string };
    throw new Error(`Cannot listen on ${host}: no address of that name is known (${code})`);
  }
}
