import { Socket } from "node:net";
import type { Link, PeerAddress } from "../router/mod.ts";
import { type ByteConn, ConnLink } from "./conn_link.ts";
import { FlushQueue } from "./flush_queue.ts";
import { serve } from "./node.ts";
import { type Accept, type LinkLimits, plainAddress } from "./transport.ts";

const flushQueue = new FlushQueue(queueMicrotask);

/** A connection that somebody else accepted: `Deno.Conn` or the like, or a socket of `node:net`. */
export type AdoptableConnection = ByteConn | Socket;

/**
 * Serves a connection that somebody else accepted.
 *
 * @throws {TypeError} when it is nothing that can be read from and written to.
 */
export function adopt(connection: AdoptableConnection, limits: LinkLimits, accept: Accept): Link {
  if (connection instanceof Socket) return serve(connection, limits, accept);
  for (const method of ["read", "write", "close"] as const) {
    if (typeof connection?.[method] === "function") continue;
    throw new TypeError(`A connection needs read(), write() and close(); ${method} is missing`);
  }
  const link = new ConnLink(connection, peerOf(connection), limits, flushQueue);
  link.start(accept(link));
  return link;
}

function peerOf(connection: ByteConn & { remoteAddr?: unknown }): PeerAddress {
  const { hostname, port } = (connection.remoteAddr ?? {}) as Partial<PeerAddress>;
  if (typeof hostname !== "string") return { hostname: "[adopted]", port: 0 };
  return { hostname: plainAddress(hostname), port: port ?? 0 };
}
