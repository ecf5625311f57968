import {
  connect,
  type Connection,
  type Link,
  type LinkHandler,
  type Peer,
  type PeerView,
  type Router,
} from "../router/mod.ts";
import { adopt, type AdoptableConnection } from "../transport/adopt.ts";
import { startWorkerProcess, type WorkerExit } from "../transport/child_worker.ts";
import { connectInprocess, type InprocessConn } from "../transport/memory.ts";
import { refuse } from "../transport/closing.ts";
import type { LinkSettings } from "../transport/transport.ts";
import { SparePlaces } from "./spare_places.ts";

/** A worker program that the server started; see {@linkcode Server.startWorker}. */
export interface StartedWorker {
  /** Its process id. */
  readonly pid: number;
  /** Its connection to the server. */
  readonly client: PeerView;
  /** Settles when the program has ended. */
  readonly exited: Promise<WorkerExit>;
  /** Sends it a signal, SIGTERM unless said otherwise. */
  kill(signal?: NodeJS.Signals): void;
}

export interface ConnectionsParts {
  readonly router: Router;
  readonly limits: LinkSettings;
  /** How many may be open at once. */
  readonly max: number;
}

/** Takes connections to the router, whoever brings them, while there are not too many. */
export class Connections {
  readonly #parts: ConnectionsParts;
  readonly #workers = new Set<StartedWorker>();
  readonly #spare: SparePlaces;
  #last: Connection | null = null;

  constructor(parts: ConnectionsParts) {
    const { router, max } = parts;
    this.#parts = parts;
    this.#spare = new SparePlaces(router, ({ peer }) => router.log.connectionRefused(peer, max));
  }

  /** Takes one that a listening socket brings; beyond the most it may still ask what is wrong. */
  readonly acceptSocket = (link: Link): LinkHandler =>
    this.#isFull() ? this.#spare.accept(link) : this.accept(link);

  /** Takes one that comes in another way. */
  readonly accept = (link: Link): LinkHandler => {
    if (this.#isFull()) {
      this.#parts.router.log.connectionRefused(link.peer, this.#parts.max);
      return refuse(link);
    }
    return this.#last = connect(this.#parts.router, link);
  };

  /** Takes one that somebody else accepted; throws as `Server.newClient` does. */
  adopt(connection: AdoptableConnection): Connection {
    this.#last = null;
    adopt(connection, this.#parts.limits, this.accept);
    return this.#last ?? this.#throwFull();
  }

  /** One end of a connection without a socket. */
  inprocess(): InprocessConn {
    return connectInprocess(this.#parts.limits, this.accept);
  }

  /** Starts a worker program at the other end of a pipe; throws as `Server.startWorker` does. */
  startWorker(program: string, args: readonly string[]): StartedWorker {
    if (this.#isFull()) this.#throwFull();
    const worker = startWorkerProcess(program, args, this.#parts.limits, this.accept);
    const { pid, exited } = worker;
    const started: StartedWorker = {
      pid,
      exited,
      client: this.#last!,
      kill: (signal) => worker.kill(signal),
    };
    this.#workers.add(started);
    void exited.then(() => this.#workers.delete(started));
    return started;
  }

  /**
   * Sends a SIGTERM to the programs that {@linkcode startWorker} started and that still run, and lets
   * those go for whom there was no room.
   */
  end(): void {
    for (const worker of this.#workers) worker.kill();
    this.#spare.end();
  }

  /** Is this one connected? */
  has(client: PeerView): client is Peer {
    return this.#parts.router.connections.get(client.id) === client;
  }

  #isFull(): boolean {
    const { router, max } = this.#parts;
    return router.connections.size - this.#spare.connections >= max;
  }

  #throwFull(): never {
    throw new Error(`The server holds ${this.#parts.max} connections already`);
  }
}
