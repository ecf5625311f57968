import type { ProtocolError } from "../protocol/mod.ts";
import type { Submission } from "./model/submission.ts";
import type { FunctionQueue } from "./model/function_queue.ts";
import type { FunctionRule } from "./model/function_rule.ts";
import type { Job } from "./model/job.ts";
import type { FailureCause } from "./model/job_state.ts";
import type { Peer } from "./model/peer.ts";

/** Why a job is not taken in: the ERROR packet that the client gets. */
export type Refusal = ProtocolError;

/**
 * What becomes of a job after a failed run: it ends, and its clients are told; or it waits again,
 * `again` as one that a worker lost does, or from a time on; or it is dead, until somebody brings it back.
 */
export type AfterFailure = "end" | "again" | "bury" | { readonly retryAt: number };

/**
 * What may be decided about jobs apart from how the router works. The router asks in three places:
 * before it takes a job in, before it offers a function to workers (see {@linkcode Closed}), and when
 * a run failed. What is asked must answer at once and must not call the router back.
 */
export interface Policy {
  /** Is there a rule by which names of functions may have options of jobs in them? */
  readonly readsNames?: boolean;
  /** What holds for the function with this name, apart from what a Gearman server does; null if nothing. */
  ruleOf(name: Uint8Array): FunctionRule | null;
  /** May this job be taken in? It joins no live one. `peer` is null for a program. */
  admit(func: FunctionQueue, submission: Submission, peer: Peer | null): Refusal | null;
  /** A run failed. `job.failures` and `job.losses` count those before it. */
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

  ruleOf(): FunctionRule | null {
    return null;
  }

  admit(): Refusal | null {
    return null;
  }

  afterFailure({ losses }: Job, cause: FailureCause): "end" | "again" {
    if (cause === "fail" || cause === "exception") return "end";
    return this.#jobRetries >= 0 && losses + 1 >= this.#jobRetries ? "end" : "again";
  }
}
