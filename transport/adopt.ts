import { Socket } from "node:net";
import type { Link, PeerAddress } from "../router/mod.ts";
import { type ByteConn, ConnLink } from "./conn_link.ts";
import { FlushQueue } from "./flush_queue.ts";
import { serveSocket } from "./node.ts";
import { type Accept, type LinkSettings, peerAt } from "./transport.ts";

const flushQueue = new FlushQueue(queueMicrotask);

/** A connection that somebody else accepted: `Deno.Conn` or the like, or a socket of `node:net`. */
export type AdoptableConnection = ByteConn | Socket;

/** What a connection may have besides. */
interface ConnDetails {
  readonly remoteAddr?: unknown;
  setNoDelay?(on: boolean): void;
}

/**
 * Serves a connection that somebody else accepted. (Sockets of `Bun.listen` are not among them: Bun
 * can change the handlers of a whole listener only.)
 *
 * @throws {TypeError} when it is nothing that can be read from and written to.
 */
export function adopt(
  connection: AdoptableConnection,
  settings: LinkSettings,
  accept: Accept,
): Link {
  if (connection instanceof Socket) {
    if (connection.readableEncoding) {
      throw new TypeError("The socket has an encoding: it would not hand on bytes");
    }
    connection.setNoDelay(true);
    return serveSocket(connection, settings, accept);
  }
  for (const method of ["read", "write", "close"] as const) {
    if (typeof connection?.[method] === "function") continue;
    throw new TypeError(`A connection needs read(), write() and close(); ${method} is missing`);
  }
  setNoDelay(connection);
  const link = new ConnLink(connection, peerOf(connection), settings, flushQueue);
  link.start(accept);
  return link;
}

function setNoDelay(connection: ByteConn & ConnDetails): void {
  try {
    // What fails is reset already: the first read says so.
    Promise.resolve(connection.setNoDelay?.(true)).catch(() => {});
  } catch {
    // It is reset already: the first read says so.
  }
}

function peerOf(connection: ByteConn & ConnDetails): PeerAddress {
  const { hostname, port } = (connection.remoteAddr ?? {}) as Partial<PeerAddress>;
  return typeof hostname === "string" ? peerAt(hostname, port) : { hostname: "[adopted]", port: 0 };
}
