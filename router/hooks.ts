import type { Job } from "./model/job.ts";
import type { FailureCause, JobOutcome } from "./model/job_state.ts";
import type { Peer } from "./model/peer.ts";
import type { RelayedBody } from "./model/subscriber.ts";

/**
 * Those who are told of one kind of event: in the middle of routing, one after the other. They must not
 * throw; they may end jobs, submit them and close connections.
 */
export class Hook<First, Second = void, Third = void> {
  readonly #told: Set<(first: First, second: Second, third: Third) => void> = new Set();
  #isEmpty = true;
  /** The one that is told, if there is only one: a loop over a set costs more than most of them do. */
  #only: ((first: First, second: Second, third: Third) => void) | null = null;

  /**
   * Adds one; who is there already is told once all the same.
   *
   * @returns a function that removes it.
   */
  add(told: (first: First, second: Second, third: Third) => void): () => void {
    this.#told.add(told);
    this.#count();
    return () => {
      this.#told.delete(told);
      this.#count();
    };
  }

  #count(): void {
    const [first = null, second] = this.#told;
    this.#isEmpty = first === null;
    this.#only = second === undefined ? first : null;
  }

  /** @internal Tells all of them; without any it costs nothing. */
  tell(first: First, second: Second, third: Third): void {
    if (!this.#isEmpty) this.#tellAll(first, second, third);
  }

  #tellAll(first: First, second: Second, third: Third): void {
    if (this.#only !== null) return this.#only(first, second, third);
    for (const told of this.#told) told(first, second, third);
  }
}

/** What an embedding program can watch. */
export class RouterHooks {
  /** A peer connected. */
  readonly connectionOpened: Hook<Peer> = new Hook();
  /** A peer is gone; the reason says why, if that is known. */
  readonly connectionClosed: Hook<Peer, string | undefined> = new Hook();
  /** A job was accepted; a submit that joins a live job is not a new job. */
  readonly jobSubmitted: Hook<Job> = new Hook();
  /**
   * A worker got the job; after a loss it starts again. One that is ended here is not sent to it: it
   * gets the next one.
   */
  readonly jobStarted: Hook<Job, Peer> = new Hook();
  /**
   * The worker of a job sent a packet of this type about it: WORK_DATA, WORK_WARNING or WORK_STATUS. The
   * bytes of the body may change when the hook returns.
   */
  readonly jobReported: Hook<Job, number, Readonly<RelayedBody>> = new Hook();
  /** A run of a job failed for this reason, and it waits for a further one. */
  readonly jobRequeued: Hook<Job, FailureCause> = new Hook();
  /** The due time of a job has come, by the number of the job: it waits for a worker from now on. */
  readonly jobDue: Hook<number> = new Hook();
  /** A job that had not ended left this router: other servers have it, or may have it. */
  readonly jobLeft: Hook<Job> = new Hook();
  /**
   * A job ended. If its worker sent WORK_COMPLETE or WORK_EXCEPTION, there is the body of that, whose
   * bytes may change when the hook returns; else it is null.
   */
  readonly jobFinished: Hook<Job, JobOutcome, Readonly<RelayedBody> | null> = new Hook();
}
