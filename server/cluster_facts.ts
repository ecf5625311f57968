import type { ClusterFacts, EngineFact } from "../http/parts.ts";
import type { Router } from "../router/mod.ts";
import type { QueueCounts, SharedQueue, SharedServerView } from "../store/shared_queue.ts";

/** What is known of the servers that share a queue with this one. */
export class FactsOfCluster implements ClusterFacts {
  readonly queue: string;
  readonly #router: Router;
  readonly #shared: SharedQueue;

  /** Of a server that is being made. */
  constructor(router: Router, shared: SharedQueue) {
    this.queue = shared.name;
    this.#router = router;
    this.#shared = shared;
  }

  get name(): string {
    const { isLoading, jobs } = this.#router;
    return isLoading ? "" : jobs.handleBase;
  }

  get unreachable(): string | null {
    const { isLoading, cluster } = this.#router;
    return cluster?.notReady ?? (isLoading ? "The shared queue is not open yet" : null);
  }

  get health(): readonly EngineFact[] {
    return this.#shared.health ?? [];
  }

  servers(): Promise<readonly SharedServerView[]> {
    return this.#shared.servers();
  }

  counts(): Promise<readonly QueueCounts[]> {
    return this.#shared.counts();
  }
}
