import type { Router } from "../router/mod.ts";

/** How long peers may take to read the last output when the server stops, in milliseconds. */
const LONGEST_CLOSE = 200;
const LONGEST_GRACEFUL_CLOSE = 5000;

/** What happens, in this order, when a server stops. */
export interface ServerStopParts {
  readonly router: Router;
  /** Closes the listening sockets. */
  readonly closeListeners: () => Promise<void>;
  /** Lets go of the store. */
  readonly closeStore: () => Promise<void>;
  /** Tells the worker programs that the server started. */
  readonly endWorkers: () => void;
}

/** The end of a server: at once or gracefully, and a graceful one may be hurried. */
export class ServerStop {
  readonly #parts: ServerStopParts;
  #ended: Promise<void> | null = null;
  /** Ends the waiting of a graceful stop. */
  #hurry: (() => void) | null = null;
  #isHurried = false;

  /** Not begun yet. */
  constructor(parts: ServerStopParts) {
    this.#parts = parts;
  }

  /** Has it begun? */
  get hasBegun(): boolean {
    return this.#ended !== null;
  }

  /** Begins it, or hurries one that has begun; see `Server.stop`. */
  begin(isGraceful: boolean): Promise<void> {
    this.#parts.router.hasStopBegun = true;
    if (!isGraceful) {
      this.#isHurried = true;
      this.#hurry?.();
    }
    this.#ended ??= this.#end(this.#parts.closeListeners());
    return this.#ended;
  }

  async #end(listenersClosed: Promise<void>): Promise<void> {
    const { router, closeStore, endWorkers } = this.#parts;
    if (!this.#isHurried) await this.#noJobs();
    // Jobs that workers lose as they are disconnected are not lost: they are there at the next start.
    await closeStore();
    endWorkers();
    router.log.stopping(router.jobs.values());
    await this.#noConnections();
    router.close();
    await listenersClosed;
  }

  #noJobs(): Promise<void> {
    return new Promise((resolve) => {
      this.#hurry = resolve;
      this.#parts.router.stopWhenIdle(resolve);
    });
  }

  /** Everybody gets to read what was sent to him before his connection ends. */
  #noConnections(): Promise<void> {
    const { router } = this.#parts;
    if (router.connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wait = (longest: number) => setTimeout(resolve, longest);
      let timer = wait(this.#isHurried ? LONGEST_CLOSE : LONGEST_GRACEFUL_CLOSE);
      this.#hurry = () => {
        clearTimeout(timer);
        timer = wait(LONGEST_CLOSE);
      };
      router.onNoConnections = () => {
        clearTimeout(timer);
        resolve();
      };
      for (const connection of [...router.connections.values()]) connection.link.end();
    });
  }
}
