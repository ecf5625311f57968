import type { Link } from "../router/mod.ts";
import { BunLink, type BunSocket } from "./bun_link.ts";
import { descriptorLimit } from "./descriptor_limit.ts";
import { FlushQueue } from "./flush_queue.ts";
import { refuse } from "./refusal.ts";
import { bindWithRights } from "./socket_rights.ts";
import {
  type Accept,
  type LinkSettings,
  type Listener,
  listenOn,
  type ListenOptions,
  type Transport,
} from "./transport.ts";
import { removeStaleSocket } from "./unix_socket.ts";

interface BunHandlers {
  binaryType: "uint8array";
  open(socket: BunSocket): void;
  data(socket: BunSocket, chunk: Uint8Array): void;
  drain(socket: BunSocket): void;
  end(socket: BunSocket): void;
  close(socket: BunSocket, error?: Error): void;
  error(socket: BunSocket, error: Error): void;
}

interface BunRuntime {
  listen(
    options: {
      hostname?: string;
      port?: number;
      unix?: string;
      allowHalfOpen: true;
      socket: BunHandlers;
    },
  ): { readonly hostname: string; readonly port: number; stop(): void };
  connect(
    options: {
      hostname?: string;
      port?: number;
      unix?: string;
      allowHalfOpen: true;
      socket: BunHandlers;
    },
  ): Promise<BunSocket>;
}

/**
 * Without a free descriptor Bun accepts nobody and tries again for ever, with all of a processor. So
 * some are left: connections that get one of the last are told that there are too many,
 */
const SPARE = 32;
/** or closed without a word if very many come at once. */
const LEAST_SPARE = 8;

// Bun runs microtasks after every single socket: only setImmediate gathers the output of all.
const flushQueue = new FlushQueue(setImmediate, setImmediate);

/**
 * Sockets of Bun: `Bun.listen`. Bun accepts by itself, as many as wait, and its backlog is always
 * 512; of keepalive it can set `idle` only.
 */
export const bunTransport: Transport = {
  name: "bun",
  ignores: ["backlog", "acceptPerLoop", "keepAlive.interval", "keepAlive.count"],

  listen(options, settings, accept): Listener {
    const { port = 0, path } = options;
    if (path !== undefined) removeStaleSocket(path);
    const { Bun } = globalThis as unknown as { Bun: BunRuntime };
    const socket = withSpareDescriptors(handlersFor(options, settings, accept), settings);
    const listener = listenOn(
      options,
      (hostname) =>
        path === undefined
          ? Bun.listen({ hostname, port, allowHalfOpen: true, socket })
          : bindWithRights(
            options,
            () => Bun.listen({ unix: path, allowHalfOpen: true, socket }),
            (bound) => bound.stop(),
          )!,
    );
    return {
      addr: path === undefined
        ? { transport: "tcp", hostname: listener.hostname, port: listener.port }
        : { transport: "unix", hostname: "", port: 0, path },
      ready: Promise.resolve(),
      close: () => Promise.resolve(listener.stop()),
    };
  },

  async connect({ hostname, port, path, keepAlive }, settings, accept): Promise<Link> {
    const { Bun } = globalThis as unknown as { Bun: BunRuntime };
    const socket = handlersFor({ keepAlive }, settings, accept);
    const { data } = await Bun.connect(
      path === undefined
        ? { hostname, port, allowHalfOpen: true, socket }
        : { unix: path, allowHalfOpen: true, socket },
    );
    return data!;
  },
};

/** The system gives the lowest number that is free: a high one says that few are. */
function withSpareDescriptors(handlers: BunHandlers, settings: LinkSettings): BunHandlers {
  const limit = descriptorLimit() ?? Infinity;
  const refused = handlersFor({}, settings, refuse);
  return {
    ...handlers,
    open(socket) {
      const { fd = -1 } = socket;
      if (fd < limit - SPARE) return handlers.open(socket);
      settings.report(`all but ${SPARE} of ${limit} descriptors are in use`, "acceptFailed");
      if (fd < limit - LEAST_SPARE) refused.open(socket);
      else socket.close();
    },
  };
}

function handlersFor(options: ListenOptions, settings: LinkSettings, accept: Accept): BunHandlers {
  const { keepAlive } = options;
  const idle = typeof keepAlive === "object" ? keepAlive.idle ?? 0 : 0;
  return {
    binaryType: "uint8array",
    open(socket) {
      socket.setNoDelay(true);
      // 0 leaves the system's time as it is.
      if (keepAlive) socket.setKeepAlive(true, idle * 1000);
      socket.data = new BunLink(socket, settings, flushQueue);
      socket.data.start(accept);
    },
    data: (socket, chunk) => socket.data?.data(chunk),
    drain: (socket) => socket.data?.drain(),
    end: (socket) => socket.data?.peerEnd(),
    close: (socket, error) => socket.data?.close(error),
    error: (socket, error) => socket.data?.close(error),
  };
}
