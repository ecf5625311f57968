import type { Link, LinkHandler, Log } from "../router/mod.ts";
import { checkListening, type ListeningSockOptions } from "./options.ts";
import { transport } from "../transport/choose.ts";
import {
  ignoredOf,
  type IgnoredOption,
  type KeepAlive,
  type LinkSettings,
  type Listener,
} from "../transport/transport.ts";

export interface ListenersParts {
  readonly limits: LinkSettings;
  readonly log: Log;
  /** Takes a new peer in. */
  readonly accept: (link: Link) => LinkHandler;
  /** How the system looks after peers that are silent. */
  readonly keepAlive: KeepAlive | boolean;
}

/** A listener that is forgotten when it is closed, or could not listen after all. */
function remembered(listener: Listener, forget: () => void): Listener {
  return {
    get addr() {
      return listener.addr;
    },
    // Nobody but the program can handle it: unnoticed, it would go on as if it listened.
    ready: listener.ready.catch((error) => {
      forget();
      throw error;
    }),
    close() {
      forget();
      return listener.close();
    },
  };
}

/** The sockets that a server listens on. */
export class Listeners {
  readonly #parts: ListenersParts;
  readonly #open = new Set<Listener>();
  readonly #ignored = new Set<IgnoredOption>();

  constructor(parts: ListenersParts) {
    this.#parts = parts;
  }

  /** The listeners that are open. */
  all(): Listener[] {
    return [...this.#open];
  }

  /** Opens one more; see `Server.createListeningSock`. */
  open(place: number | { readonly path: string }, options: ListeningSockOptions): Listener {
    checkListening(place, options);
    const { localAddr, acceptPerLoop, backlog, mode, group } = options;
    const where = typeof place === "number"
      ? { port: place, hostname: localAddr }
      : { path: place.path, mode, group };
    const { limits, accept, keepAlive } = this.#parts;
    const listenOptions = { ...where, acceptPerLoop, backlog, keepAlive };
    const opened = transport.listen(listenOptions, limits, accept);
    const listener = remembered(opened, () => this.#open.delete(listener));
    this.#open.add(listener);
    this.#logIgnored(ignoredOf(transport, listenOptions));
    return listener;
  }

  /** Closes them; resolves when all their addresses are free again. */
  async close(): Promise<void> {
    const listeners = this.all();
    this.#open.clear();
    await Promise.all(listeners.map((listener) => listener.close()));
  }

  /** Once for each option, however many sockets it was given for. */
  #logIgnored(names: readonly IgnoredOption[]): void {
    const fresh = names.filter((name) => !this.#ignored.has(name));
    for (const name of fresh) this.#ignored.add(name);
    if (fresh.length === 0) return;
    this.#parts.log.write("NOTICE", `Without effect on ${transport.name}: ${fresh.join(", ")}`);
  }
}
