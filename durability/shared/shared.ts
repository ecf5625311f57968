import type { Job, LogLevel, Router } from "../../router/mod.ts";
import type { QueueMember, SharedQueue } from "../../store/shared_queue.ts";
import { Reach } from "./reach.ts";

/** What shared jobs are told by their server. */
export interface SharedJobsOptions {
  /** What the server says of itself. Its workers are counted here. */
  readonly member: Omit<QueueMember, "workers">;
  /** How long a submit is held while the queue cannot be reached, in milliseconds. */
  readonly timeout: number;
  /** Calls a function when the round of the event loop has ended. */
  readonly later: (run: () => void) => void;
  /** Told in one line what went wrong (ERROR, if no level is given), or is worth knowing. */
  readonly report: (message: string, level?: LogLevel) => void;
}

/** What the parts of {@linkcode SharedJobs} have in common. */
export class Shared {
  readonly router: Router;
  readonly queue: SharedQueue;
  readonly options: SharedJobsOptions;
  /** The jobs of this router that are in the queue, and belong to this server. */
  readonly own: Set<Job> = new Set();
  /** Can the queue be reached? */
  readonly reach: Reach;
  /** Is no more work taken? */
  isStopping = false;
  /** Is nothing written any more? */
  isClosed = false;

  constructor(router: Router, queue: SharedQueue, options: SharedJobsOptions) {
    this.router = router;
    this.queue = queue;
    this.options = options;
    this.reach = new Reach(queue.name, router.clock, options);
  }
}
