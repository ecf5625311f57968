import { createServer, type Server, type Socket } from "node:net";
import type { PeerAddress } from "../router/mod.ts";
import { FlushQueue } from "./flush_queue.ts";
import { SocketLink } from "./socket_link.ts";
import {
  type Accept,
  addressText,
  type LinkLimits,
  type ListenAddress,
  type Listener,
  ListenError,
  type ListenOptions,
  plainAddress,
  type Transport,
} from "./transport.ts";
import { removeStaleSocket } from "./unix_socket.ts";

// Node runs microtasks after every single socket: only the next round gathers the output of all.
const flushQueue = new FlushQueue(setImmediate);

/** Sockets of `node:net`, for Node itself. */
export const nodeTransport: Transport = {
  name: "node",

  listen(options, limits, accept, onError): Listener {
    if (options.path !== undefined) removeStaleSocket(options.path);
    const { keepAlive } = options;
    const times = typeof keepAlive === "object" ? keepAlive : {};
    const server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: keepAlive !== undefined && keepAlive !== false,
      keepAliveInitialDelay: (times.idle ?? 0) * 1000,
    }, (socket) => serve(socket, limits, accept));
    server.on("error", (error) => onError(error.message));
    server.listen({
      host: options.hostname,
      port: options.port ?? 0,
      path: options.path,
      backlog: options.backlog ?? 1024,
    });
    return { addr: boundAddress(server, options), close: () => void server.close() };
  },
};

/** Serves a socket of `node:net`, on any runtime. */
export function serve(socket: Socket, limits: LinkLimits, accept: Accept): SocketLink {
  const link = new SocketLink(socket, peerOf(socket), limits, flushQueue);
  link.start(accept(link));
  return link;
}

/** Node binds at once unless a name has to be looked up; the address is there then. */
function boundAddress(server: Server, options: ListenOptions): ListenAddress {
  if (options.path !== undefined) {
    if (server.listening) return { transport: "unix", hostname: "", port: 0, path: options.path };
  } else {
    const address = server.address();
    if (address !== null && typeof address === "object") {
      return { transport: "tcp", hostname: address.address, port: address.port };
    }
  }
  server.close();
  throw new ListenError("EADDRINUSE", addressText(options), "the address cannot be bound");
}

function peerOf(socket: Socket): PeerAddress {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined) return { hostname: "unix", port: 0 };
  return { hostname: plainAddress(remoteAddress), port: remotePort ?? 0 };
}
