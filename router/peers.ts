import { Connection } from "./connection.ts";
import { HalfClose } from "./half_close.ts";
import { JobState } from "./job_state.ts";
import type { Link, PeerAddress } from "./link.ts";
import type { Router } from "./router.ts";
import { SpareConnection } from "./spare_connection.ts";
import { Timer } from "./timers.ts";

/** So many connections that submitted something are remembered when they have gone. */
const MOST_GONE = 4096;
/** So many jobs that a peer waited for, or ran, are dealt with at once when it goes; then others have their turn. */
const ABANDONED_AT_ONCE = 1024;
/** Why a worker counts as gone that sends no more, though it may still read. */
const ENDED = "it closed the connection";

/** How peers come and go, and what becomes of their jobs when they do. */
export class Peers {
  readonly #router: Router;
  /** Number of the one that came last. */
  lastConnectionId = 0;
  /** Where those were that submitted something and have gone, by the numbers of their connections. */
  readonly #gone = new Map<number, PeerAddress>();
  /** Their numbers, the newest in the place of the oldest. */
  readonly #goneIds: number[] = [];
  #goneCount = 0;

  /** Nobody has come yet. */
  constructor(router: Router) {
    this.#router = router;
  }

  /** A new one comes. */
  connect(link: Link): Connection {
    return this.#added(new Connection(this.#router, ++this.lastConnectionId, link));
  }

  /** One comes for whom there is no room but to ask. */
  connectSpare(link: Link, mayAskAll: boolean): SpareConnection {
    const id = ++this.lastConnectionId;
    return this.#added(new SpareConnection(this.#router, id, link, mayAskAll));
  }

  #added<Kind extends Connection>(connection: Kind): Kind {
    const router = this.#router;
    router.connections.set(connection.id, connection);
    router.log.accepted(connection);
    router.hooks.connectionOpened?.(connection);
    return connection;
  }

  /** It will send no more: it still gets what it is owed, but it can do no work. */
  ended(connection: Connection): void {
    if (connection.firstListener === null) {
      this.#router.abandonPeer(connection, ENDED);
      connection.link.end();
      return;
    }
    this.#endWork(connection, ENDED);
    // It may have listened to a job that it ran itself and that failed with its leaving.
    if (connection.firstListener === null) return connection.link.end();
    connection.halfClose = new HalfClose(this.#router.timers, connection);
  }

  /** Its link is gone. */
  disconnected(connection: Connection, reason?: string, isCutOff?: boolean): void {
    const router = this.#router;
    connection.halfClose?.stop();
    router.connections.delete(connection.id);
    router.abandonPeer(connection, reason ?? "disconnected");
    if (connection.hasSubmitted) this.#remember(connection);
    router.log.disconnected(connection, reason, isCutOff);
    router.hooks.connectionClosed?.(connection, reason);
    if (router.connections.size > 0) return;
    router.buffers.clear();
    router.onNoConnections?.();
  }

  /** Where a connection was that submitted something and has gone; null if too many have since. */
  addressOfGone(id: number): PeerAddress | null {
    return this.#gone.get(id) ?? null;
  }

  #remember({ id, peer: { hostname, port } }: Connection): void {
    const place = this.#goneCount++ % MOST_GONE;
    // A look for the first key of a Map passes over all that were deleted before it.
    if (this.#goneCount > MOST_GONE) this.#gone.delete(this.#goneIds[place]);
    this.#goneIds[place] = id;
    this.#gone.set(id, { hostname, port });
  }

  /**
   * Ends all that it had to do with jobs, as client and as worker; `reason` says why. If they are
   * thousands, the rest of them in turns: a worker may still get one of them until then.
   */
  abandon(connection: Connection, reason: string): void {
    this.#endListening(connection);
    this.#endWork(connection, reason);
  }

  #endListening(connection: Connection): void {
    let left = ABANDONED_AT_ONCE;
    // Results of the others came meanwhile, for nobody.
    if (connection.isClosed) connection.out.clear();
    while (connection.firstListener !== null) {
      if (left-- === 0) return this.#later(() => this.#endListening(connection));
      const { job } = connection.firstListener;
      connection.firstListener.detach();
      // A job that already runs goes on; its result is dropped.
      if (job.isNeeded || job.state === JobState.RUNNING) continue;
      this.#router.finish(job, "abandoned");
    }
  }

  #endWork(connection: Connection, reason: string): void {
    connection.isSleeping = false;
    this.#router.removeAllAbilities(connection);
    this.#loseJobs(connection, reason);
  }

  #loseJobs(connection: Connection, reason: string): void {
    let left = ABANDONED_AT_ONCE;
    while (connection.firstJob !== null) {
      if (left-- === 0) return this.#later(() => this.#loseJobs(connection, reason));
      this.#router.lose(connection.firstJob, reason);
    }
  }

  #later(goOn: () => void): void {
    this.#router.timers.setDelay(new Timer(goOn), 0);
  }
}
