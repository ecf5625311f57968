import type { Connection } from "./connection.ts";
import type { Job } from "./job.ts";

/**
 * A client attached to a job: it gets what the worker sends. Linked into the list of the job and
 * into the list of the connection, so that either can end in time proportional to its own listeners.
 */
export class Listener {
  /** What it waits for. */
  readonly job: Job;
  /** The client. */
  readonly connection: Connection;
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

  /** Attaches a connection to a job. The same connection may be attached several times. */
  static attach(job: Job, connection: Connection): void {
    const listener = new Listener(job, connection);
    const first = job.firstListener;
    if (first === null) {
      job.firstListener = listener;
    } else {
      listener.previousOfJob = first.previousOfJob;
      first.previousOfJob.nextOfJob = listener;
      first.previousOfJob = listener;
    }

    listener.nextOfConnection = connection.firstListener;
    if (connection.firstListener !== null) {
      connection.firstListener.previousOfConnection = listener;
    }
    connection.firstListener = listener;
    connection.listeners++;
  }

  /** Takes this listener out of both lists. */
  detach(): void {
    const { job, connection } = this;
    const { previousOfJob, nextOfJob } = this;
    if (job.firstListener === this) job.firstListener = nextOfJob;
    else previousOfJob.nextOfJob = nextOfJob;
    if (nextOfJob !== null) nextOfJob.previousOfJob = previousOfJob;
    else if (job.firstListener !== null) job.firstListener.previousOfJob = previousOfJob;

    connection.listeners--;
    if (this.previousOfConnection === null) connection.firstListener = this.nextOfConnection;
    else this.previousOfConnection.nextOfConnection = this.nextOfConnection;
    if (this.nextOfConnection !== null) {
      this.nextOfConnection.previousOfConnection = this.previousOfConnection;
    }
  }
}
