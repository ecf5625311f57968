import { EMPTY } from "../../protocol/buffer_pool.ts";
import type { LargeBuffers } from "../../protocol/mod.ts";
import type { Clock } from "../clock.ts";
import type { RouterHooks } from "../hooks.ts";
import type { RouterLog } from "../log/router_log.ts";
import type { Job } from "../model/job.ts";
import { JobState } from "../model/job_state.ts";
import type { PeerAddress } from "../model/link.ts";
import { factsOfPeer, Peer, type PeerFacts } from "../model/peer.ts";
import type { Recipient } from "../model/subscriber.ts";
import { Timer } from "../model/timer.ts";
import type { Abilities } from "./abilities.ts";
import type { Endings } from "./endings.ts";
import type { GracefulStop } from "./graceful_stop.ts";
import type { Timers } from "./timers.ts";

/** The most connections whose address is remembered after they have gone, if they submitted a job. */
const MOST_GONE = 4096;
/** When a peer goes, this number of its jobs is dealt with before others have their turn. */
const ABANDONED_AT_ONCE = 1024;

/** What is counted of peers. */
export interface PeerCounts {
  /** Connections that were opened. */
  connections: number;
  /** A connection is gone. */
  closed(peer: Peer): void;
}

export interface PeersParts {
  readonly clock: Clock;
  readonly connections: Map<number, Peer>;
  readonly buffers: LargeBuffers;
  readonly timers: Timers;
  readonly endings: Endings;
  readonly log: RouterLog;
  readonly hooks: RouterHooks;
  readonly counts: PeerCounts;
  readonly onNoConnections: (() => void) | null;
  readonly abilities: Abilities;
  readonly stop: GracefulStop | null;
}

/** How peers come and go, and what becomes of their jobs when they do. */
export class Peers {
  readonly #parts: PeersParts;
  /** Number of the connection that came last. */
  lastId = 0;
  /** Where those were that submitted something and have gone, by the numbers of their connections. */
  readonly #gone = new Map<number, PeerAddress>();
  /** Their numbers, the newest in the place of the oldest. */
  readonly #goneIds: number[] = [];
  #goneCount = 0;

  constructor(parts: PeersParts) {
    this.#parts = parts;
  }

  /** A number for a new one. */
  nextId(): number {
    return ++this.lastId;
  }

  /**
   * Those that are there, one after the other. Others may come and go meanwhile: each that stays comes
   * once, and none that comes later.
   */
  *now(): Generator<Peer> {
    const { connections } = this.#parts;
    for (const id of [...connections.keys()]) {
      const peer = connections.get(id);
      if (peer !== undefined) yield peer;
    }
  }

  /** A new one is there. */
  add(peer: Peer): void {
    const { connections, clock, log, hooks, counts } = this.#parts;
    counts.connections++;
    peer.connectedAt = clock.now();
    connections.set(peer.id, peer);
    log.accepted(peer);
    hooks.connectionOpened.tell(peer);
  }

  /** One is gone; `reason` says why, if that is known. */
  remove(peer: Peer, reason?: string, isCutOff?: boolean): void {
    const { connections, buffers, log, hooks, counts } = this.#parts;
    connections.delete(peer.id);
    counts.closed(peer);
    this.abandon(peer, reason ?? "disconnected");
    if (peer.hasSubmitted) this.#remember(peer);
    log.disconnected(peer, reason, isCutOff);
    hooks.connectionClosed.tell(peer, reason);
    if (connections.size > 0) return;
    buffers.clear();
    this.#parts.onNoConnections?.();
  }

  /** Who submitted a job; null if it was no connection. */
  submitterOf({ submitter: id }: Job): PeerFacts | null {
    if (id === 0) return null;
    const peer = this.#parts.connections.get(id);
    if (peer !== undefined) return factsOfPeer(peer);
    return { id, address: this.#gone.get(id) ?? null, clientId: EMPTY };
  }

  #remember({ id, peer: { hostname, port } }: Peer): void {
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
  abandon(peer: Peer, reason: string): void {
    this.#unsubscribe(peer);
    this.endWork(peer, reason);
    this.#parts.stop?.check();
  }

  /** It waits for no job any more. */
  leave(recipient: Recipient): void {
    this.#unsubscribe(recipient);
    this.#parts.stop?.check();
  }

  #unsubscribe(recipient: Recipient): void {
    let left = ABANDONED_AT_ONCE;
    // Results of the others came meanwhile, for nobody.
    if (recipient instanceof Peer && recipient.isClosed) recipient.out.clear();
    while (recipient.firstSubscriber !== null) {
      if (left-- === 0) return this.#later(() => this.#unsubscribe(recipient));
      const { job } = recipient.firstSubscriber;
      recipient.firstSubscriber.detach();
      // A job that already runs goes on; its result is dropped.
      if (job.isNeeded || job.state === JobState.RUNNING) continue;
      this.#parts.endings.drop(job, "abandoned");
    }
  }

  /** It will do no work any more: it loses the jobs that it runs. */
  endWork(peer: Peer, reason: string): void {
    peer.isSleeping = false;
    this.#parts.abilities.removeAll(peer);
    this.#loseJobs(peer, reason);
  }

  #loseJobs(peer: Peer, reason: string): void {
    let left = ABANDONED_AT_ONCE;
    while (peer.firstJob !== null) {
      if (left-- === 0) return this.#later(() => this.#loseJobs(peer, reason));
      this.#parts.endings.lose(peer.firstJob, "lost", `the worker is gone: ${reason}`);
    }
  }

  #later(goOn: () => void): void {
    this.#parts.timers.setDelay(new Timer(goOn), 0);
  }
}
