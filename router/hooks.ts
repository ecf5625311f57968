import type { Peer } from "./model/peer.ts";
import type { Job } from "./model/job.ts";
import type { JobOutcome } from "./model/job_state.ts";

/**
 * What an embedding program can watch. A hook that is `null` costs nothing; one that is set is called
 * in the middle of routing and must not throw. It may end jobs, submit them and close connections.
 *
 * @example
 * ```ts
 * import { ManualClock, Router, type RouterHooks } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const router = new Router(new ManualClock());
 * const hooks: RouterHooks = router.hooks;
 * const ended: string[] = [];
 * hooks.jobFinished = (job, outcome) => ended.push(`${job.functionName} ${outcome}`);
 * router.cancel(router.enqueueJob({ function: "resize" })!);
 * assertEquals(ended, ["resize cancelled"]);
 * ```
 */
export interface RouterHooks {
  /** A peer connected. */
  connectionOpened: ((connection: Peer) => void) | null;
  /** A peer is gone. */
  connectionClosed: ((connection: Peer, reason?: string) => void) | null;
  /** A job was accepted; joining a live one is no new job. */
  jobSubmitted: ((job: Job) => void) | null;
  /**
   * A worker got the job; after a loss it starts again. One that is ended here is not sent to it: it
   * gets the next one.
   */
  jobStarted: ((job: Job, worker: Peer) => void) | null;
  /** A job ended. */
  jobFinished: ((job: Job, outcome: JobOutcome) => void) | null;
}
