import type { Connection } from "./connection.ts";
import type { Job } from "./job.ts";

/** Among so many clients of a job the one that joins again is looked for one by one. */
const FEW = 8;

/** What is counted of the clients of a job that has had more than one. */
export interface Audience {
  /** How often clients have joined. */
  joins: number;
  /** How many clients there are. */
  size: number;
  /** By connection, when they are more than a few. */
  byConnection: Map<Connection, Listener> | null;
}

/**
 * A client attached to a job: it gets what the worker sends, as often as it joined. Linked into the
 * list of the job and into the list of the connection, so that either can end in time proportional to
 * its own listeners.
 */
export class Listener {
  /** What it waits for. */
  readonly job: Job;
  /** The client. */
  readonly connection: Connection;
  /** How often it has joined; 0 when it has left. */
  joins = 1;
  /** Counts of all listeners of the job, at the first of them; null while there was one only. */
  audience: Audience | null = null;
  /** The listener before it among those of the job; of the first one, the last. */
  previousOfJob: Listener;
  /** The listener after it there. */
  nextOfJob: Listener | null = null;
  /** The listener before it among those of the connection. */
  previousOfConnection: Listener | null = null;
  /** The listener after it there. */
  nextOfConnection: Listener | null = null;

  private constructor(job: Job, connection: Connection) {
    this.job = job;
    this.connection = connection;
    this.previousOfJob = this;
  }

  /** Attaches a connection to a job, perhaps one that it is attached to already. */
  static attach(job: Job, connection: Connection): void {
    const first = job.firstListener;
    if (first === null) {
      job.firstListener = new Listener(job, connection);
      job.firstListener.#addToConnection();
      return;
    }
    const known = Listener.#find(first, connection);
    if (known !== undefined) known.joins++;
    else new Listener(job, connection).#addBehind(first);
    if (first.audience !== null) first.audience.joins++;
  }

  /** Is the connection attached to the job? */
  static isAttached(job: Job, connection: Connection): boolean {
    const first = job.firstListener;
    return first !== null && Listener.#find(first, connection) !== undefined;
  }

  static #find(first: Listener, connection: Connection): Listener | undefined {
    const byConnection = first.audience?.byConnection ?? null;
    if (byConnection !== null) return byConnection.get(connection);
    let listener: Listener | null = first;
    while (listener !== null && listener.connection !== connection) listener = listener.nextOfJob;
    return listener ?? undefined;
  }

  static #byConnection(first: Listener): Map<Connection, Listener> {
    const found = new Map<Connection, Listener>();
    let listener: Listener | null = first;
    for (; listener !== null; listener = listener.nextOfJob) {
      found.set(listener.connection, listener);
    }
    return found;
  }

  #addBehind(first: Listener): void {
    this.previousOfJob = first.previousOfJob;
    first.previousOfJob.nextOfJob = this;
    first.previousOfJob = this;
    this.#addToConnection();
    this.connection.router.sharing++;
    const audience = first.audience ??= { joins: first.joins, size: 1, byConnection: null };
    audience.size++;
    if (audience.byConnection !== null) audience.byConnection.set(this.connection, this);
    else if (audience.size > FEW) audience.byConnection = Listener.#byConnection(first);
  }

  #addToConnection(): void {
    const { connection } = this;
    const first = connection.firstListener;
    this.nextOfConnection = first;
    if (first !== null) first.previousOfConnection = this;
    connection.firstListener = this;
    connection.listeners++;
  }

  /** It is told that the job has ended, once for each time that it has joined. */
  leaveOnce(): void {
    const { audience } = this.job.firstListener!;
    if (audience !== null) audience.joins--;
    this.joins--;
  }

  /** Takes this listener out of both lists. Who goes through them goes on from it all the same. */
  detach(): void {
    const { job, connection } = this;
    this.#leave(job.firstListener!.audience);
    const { previousOfJob, nextOfJob } = this;
    if (job.firstListener === this) {
      job.firstListener = nextOfJob;
      if (nextOfJob !== null) nextOfJob.audience = this.audience;
    } else previousOfJob.nextOfJob = nextOfJob;
    if (nextOfJob !== null) nextOfJob.previousOfJob = previousOfJob;
    else if (job.firstListener !== null) job.firstListener.previousOfJob = previousOfJob;
    if (job.firstListener !== null) connection.router.sharing--;

    connection.listeners--;
    if (this.previousOfConnection === null) connection.firstListener = this.nextOfConnection;
    else this.previousOfConnection.nextOfConnection = this.nextOfConnection;
    if (this.nextOfConnection !== null) {
      this.nextOfConnection.previousOfConnection = this.previousOfConnection;
    }
  }

  #leave(audience: Audience | null): void {
    if (audience !== null) {
      audience.joins -= this.joins;
      audience.size--;
      audience.byConnection?.delete(this.connection);
    }
    this.joins = 0;
  }
}
