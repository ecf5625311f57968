import type { Job } from "./model/job.ts";
import type { JobOutcome } from "./model/job_state.ts";
import type { Peer } from "./model/peer.ts";

/**
 * Those who are told of one kind of event: in the middle of routing, one after the other. They must not
 * throw; they may end jobs, submit them and close connections.
 */
export class Hook<First, Second = void> {
  readonly #told: Set<(first: First, second: Second) => void> = new Set();
  #isEmpty = true;

  /**
   * Adds one; who is there already is told once all the same.
   *
   * @returns a function that removes it.
   */
  add(told: (first: First, second: Second) => void): () => void {
    this.#told.add(told);
    this.#isEmpty = false;
    return () => {
      this.#told.delete(told);
      this.#isEmpty = this.#told.size === 0;
    };
  }

  /** @internal Tells all of them; without any it costs nothing. */
  tell(first: First, second: Second): void {
    if (!this.#isEmpty) this.#tellAll(first, second);
  }

  #tellAll(first: First, second: Second): void {
    for (const told of this.#told) told(first, second);
  }
}

/** What an embedding program can watch. */
export class RouterHooks {
  /** A peer connected. */
  readonly connectionOpened: Hook<Peer> = new Hook();
  /** A peer is gone; the reason says why, if that is known. */
  readonly connectionClosed: Hook<Peer, string | undefined> = new Hook();
  /** A job was accepted; a submit that joins a live job is no new job. */
  readonly jobSubmitted: Hook<Job> = new Hook();
  /**
   * A worker got the job; after a loss it starts again. One that is ended here is not sent to it: it
   * gets the next one.
   */
  readonly jobStarted: Hook<Job, Peer> = new Hook();
  /** A job ended. */
  readonly jobFinished: Hook<Job, JobOutcome> = new Hook();
}
