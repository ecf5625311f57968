import type { ProtocolError } from "../protocol/mod.ts";
import type { Submission } from "./model/submission.ts";
import type { FunctionQueue } from "./model/function_queue.ts";
import type { Job } from "./model/job.ts";
import type { FailureCause } from "./model/job_state.ts";
import type { Peer } from "./model/peer.ts";

/** Why a job is not taken in: the ERROR packet that the client gets. */
export type Refusal = ProtocolError;

/**
 * What becomes of a job after a failed run: it ends, and its clients are told; or it waits again,
 * `again` as one that a worker lost does, or from a time on.
 */
export type AfterFailure = "end" | "again" | { readonly retryAt: number };

/**
 * What may be decided about jobs apart from how the router works. The router asks in three places:
 * before it takes a job in, before it offers a function to workers (see {@linkcode Closed}), and when
 * a run failed. What is asked must answer at once and must not call the router back.
 */
export interface Policy {
  /** May this job be taken in? It joins no live one. `peer` is null for a program. */
  admit(func: FunctionQueue, submission: Submission, peer: Peer | null): Refusal | null;
  /**
   * A run failed; `job.losses` counts it already if its cause is `timeout` or `lost`. `job.failures`
   * counts those with another cause before it.
   */
  afterFailure(job: Job, cause: FailureCause): AfterFailure;
}

/**
 * What a Gearman server does: it takes all jobs in; one that failed ends; one that was lost waits
 * again, unless it has lost as many workers as there may be.
 */
export class GearmanPolicy implements Policy {
  readonly #jobRetries: number;

  /** @param jobRetries after how many lost workers a job ends; -1 never. */
  constructor(jobRetries: number) {
    this.#jobRetries = jobRetries;
  }

  admit(): Refusal | null {
    return null;
  }

  afterFailure({ losses }: Job, cause: FailureCause): AfterFailure {
    if (cause === "fail" || cause === "exception") return "end";
    return this.#jobRetries >= 0 && losses >= this.#jobRetries ? "end" : "again";
  }
}
