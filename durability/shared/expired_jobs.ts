import type { Job } from "../../router/mod.ts";
import { ttlOf } from "../../router/flow/expiry.ts";
import type { ClaimedJob } from "../../store/shared_queue.ts";
import type { Shared } from "./shared.ts";

/** So many end at once. */
const MOST = 500;

/**
 * Ends jobs of the queue that have waited for as long as they may. Any server looks for them, each
 * second; as whoever ends one claims it before, each ends once.
 */
export class ExpiredJobs {
  readonly #shared: Shared;
  readonly #came: (claimed: ClaimedJob) => Job;
  #isLooking = false;

  /** @param came takes a job in that belongs to this server now. */
  constructor(shared: Shared, came: (claimed: ClaimedJob) => Job) {
    this.#shared = shared;
    this.#came = came;
  }

  /** Ends those whose time is over. Jobs of servers without such a rule are theirs who have one. */
  async look(): Promise<void> {
    if (this.#isLooking || !this.#mayBeSome() || this.#shared.reach.cause !== null) return;
    this.#isLooking = true;
    try {
      for (let isFull = true; isFull && !this.#shared.isStopping;) {
        const claimed = await this.#shared.queue.claimExpired(MOST);
        isFull = claimed.length === MOST;
        for (const job of claimed) this.#end(this.#came(job));
      }
    } catch {
      // The queue says by itself when it cannot be reached.
    } finally {
      this.#isLooking = false;
    }
  }

  /** One that waits here for its clients, too, has its time by the rule, and ends by that. */
  #end(job: Job): void {
    if (!job.isFinished && !job.isRunning && ttlOf(job) > 0) {
      this.#shared.router.endings.expire(job);
    }
  }

  #mayBeSome(): boolean {
    for (const { rule } of this.#shared.router.functions.values()) {
      if (rule !== null && (rule.ttl > 0 || rule.optionsInName !== null)) return true;
    }
    return false;
  }
}
