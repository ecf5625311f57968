import { roundsHaveCome } from "../transport/event_loop.ts";
import type { Log, Router } from "../router/mod.ts";

/** How long peers may take to read the last output when the server stops, in milliseconds. */
const LONGEST_CLOSE = 200;
const LONGEST_GRACEFUL_CLOSE = 5000;

/** What happens, in this order, when a server stops. */
export interface ServerStopParts {
  readonly router: Router;
  readonly log: Log;
  /** How long a graceful stop may wait for jobs, in seconds; Infinity for as long as they take. */
  readonly timeout: number;
  /** Are background jobs kept for the next start? Then they are taken until the stop is over. */
  readonly hasStore: boolean;
  /** Closes the listening sockets. */
  readonly closeListeners: () => Promise<void>;
  /** Serves no HTTP any more: until a stop is over, it tells that there is one. */
  readonly closeHttp: () => Promise<void>;
  /** Lets go of the store. */
  readonly closeStore: () => Promise<void>;
  /** Ends the worker programs that the server started, and those peers that are not connections of the router. */
  readonly endPeers: () => void;
}

/** The end of a server: at once or gracefully, and a graceful one may be hurried. */
export class ServerStop {
  readonly #parts: ServerStopParts;
  #ended: Promise<void> | null = null;
  /** Ends the waiting of a graceful stop. */
  #hurry: (() => void) | null = null;
  #isHurried = false;
  /** Does a graceful stop wait for jobs? */
  #isWaiting = false;

  constructor(parts: ServerStopParts) {
    this.#parts = parts;
  }

  /** Has the stop begun? */
  get hasBegun(): boolean {
    return this.#ended !== null;
  }

  /** Are new peers taken? Until a graceful stop is over, if background jobs are kept. */
  get takesPeers(): boolean {
    return !this.hasBegun || this.#isWaiting && this.#parts.hasStore;
  }

  /** Begins it, or hurries one that has begun; see `Server.stop`. */
  begin(isGraceful: boolean): Promise<void> {
    this.#parts.router.hasStopBegun = true;
    if (!isGraceful) {
      this.#isHurried = true;
      this.#hurry?.();
    }
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    const { router, hasStore, closeListeners, closeHttp, closeStore, endPeers } = this.#parts;
    const closed = this.#isHurried || !hasStore ? closeListeners() : null;
    if (!this.#isHurried) await this.#noJobs();
    const listenersClosed = closed ?? closeListeners();
    // Jobs that workers lose as they are disconnected are not lost: they are there at the next start.
    await closeStore();
    endPeers();
    router.log.stopping(router.jobs.objects());
    await this.#noConnections();
    router.close();
    await closeHttp();
    await listenersClosed;
    await roundsHaveCome();
  }

  /** Waits until there are no jobs, or the time is over. */
  async #noJobs(): Promise<void> {
    const { router, timeout } = this.#parts;
    const timer = timeout === Infinity
      ? undefined
      : setTimeout(() => this.#timeIsOver(), timeout * 1000);
    this.#isWaiting = true;
    await new Promise<void>((resolve) => {
      this.#hurry = resolve;
      router.stopWhenIdle(resolve);
    });
    this.#isWaiting = false;
    clearTimeout(timer);
  }

  #timeIsOver(): void {
    const { router, log, timeout } = this.#parts;
    let jobs = 0;
    let clients = 0;
    for (const connection of router.connections.values()) {
      jobs += connection.jobs;
      if (connection.subscriptions > 0) clients++;
    }
    const runs = jobs === 1 ? "1 job still runs" : `${jobs} jobs still run`;
    for (const { subscriptions } of router.programs) if (subscriptions > 0) clients++;
    const waits = clients === 1 ? "1 client waits" : `${clients} clients wait`;
    log.write("WARNING", `Stopping now: after ${timeout} s ${runs}, ${waits}`);
    void this.begin(false);
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
