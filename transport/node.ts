import { connect, createServer, type Server, type Socket } from "node:net";
import type { Link, PeerAddress } from "../router/mod.ts";
import { FlushQueue } from "./flush_queue.ts";
import { listenError } from "./socket_errors.ts";
import { bindWithRights } from "./socket_rights.ts";
import { SocketLink } from "./socket_link.ts";
import {
  type Accept,
  type LinkSettings,
  type ListenAddress,
  type Listener,
  type ListenOptions,
  plainAddress,
  type Transport,
} from "./transport.ts";
import { removeStaleSocket } from "./unix_socket.ts";

const DEFAULT_BACKLOG = 1024;

// Node runs microtasks after every single socket: only the next round gathers the output of all.
const flushQueue = new FlushQueue(setImmediate, setImmediate);

/** Sockets of `node:net`, for Node itself. Of keepalive they can set `idle` only. */
export const nodeTransport: Transport = {
  name: "node",
  ignores: ["acceptPerLoop", "keepAlive.interval", "keepAlive.count"],

  listen(options, settings, accept): Listener {
    const { keepAlive = false, path, hostname, port = 0, backlog = DEFAULT_BACKLOG } = options;
    if (path !== undefined) removeStaleSocket(path);
    const idle = typeof keepAlive === "object" ? keepAlive.idle ?? 0 : 0;
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.setNoDelay(true);
      // Deno ignores the option of the server that would do this.
      if (keepAlive !== false) socket.setKeepAlive(true, idle * 1000);
      serveSocket(socket, settings, accept);
    });
    let bound: ListenAddress | undefined;
    const ready = new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(listenError(error, options)));
      server.once("listening", () => {
        server.on("error", (error) => settings.report(error.message, "acceptFailed"));
        bound = boundAddress(server, options);
        resolve();
      });
    });
    if (path === undefined) server.listen({ host: hostname, port, backlog });
    else {
      // A path is bound at once; what goes wrong is told later.
      const bind = () => server.listen({ path, backlog }).listening ? server : null;
      bindWithRights(options, bind, () => server.close());
    }
    return {
      get addr() {
        return bound ?? boundAddress(server, options);
      },
      ready,
      async close() {
        // Closed before it listens, it would never be ready, nor fail.
        await ready.catch(() => {});
        // Not awaited: it would wait for its connections.
        server.close();
      },
    };
  },

  connect({ hostname, port = 0, path, keepAlive = false }, settings, accept): Promise<Link> {
    const idle = typeof keepAlive === "object" ? keepAlive.idle ?? 0 : 0;
    const socket = path === undefined
      ? connect({ host: hostname, port, allowHalfOpen: true })
      : connect({ path, allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        socket.setNoDelay(true);
        if (keepAlive !== false) socket.setKeepAlive(true, idle * 1000);
        resolve(serveSocket(socket, settings, accept));
      });
    });
  },
};

/** Serves a socket of `node:net`, on any runtime. */
export function serveSocket(socket: Socket, settings: LinkSettings, accept: Accept): SocketLink {
  const link = new SocketLink(socket, peerOf(socket), settings, flushQueue);
  link.start(accept);
  return link;
}

function boundAddress(server: Server, options: ListenOptions): ListenAddress {
  const { hostname = "::", port = 0, path } = options;
  if (path !== undefined) return { transport: "unix", hostname: "", port: 0, path };
  const address = server.address();
  if (address !== null && typeof address !== "string") {
    return { transport: "tcp", hostname: address.address, port: address.port };
  }
  if (port === 0) throw new Error("The port is not known yet: await listener.ready first");
  return { transport: "tcp", hostname, port };
}

function peerOf(socket: Socket): PeerAddress {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined) return { hostname: "unix", port: 0 };
  return { hostname: plainAddress(remoteAddress), port: remotePort ?? 0 };
}
