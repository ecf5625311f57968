import type { ClusterCounts, ClusterFacts, ClusterServer, EngineFact } from "../../http/parts.ts";

/** Two servers that share a queue, for what shows them. */
export class FakeCluster implements ClusterFacts {
  readonly queue = "postgres://db:5432/jobs";
  readonly name = "H:shop:000000000";
  unreachable: string | null = null;
  health: EngineFact[] = [];
  /** Why nothing is told. */
  failure: Error | null = null;
  found: ClusterCounts[] = [];
  members: ClusterServer[] = [
    this.#server({ name: "web-2", claimed: 0, workers: 4, silence: 1250 }),
    this.#server({ name: "web-1", claimed: 3, workers: 2, silence: 500, isThis: true }),
  ];

  #server(more: Partial<ClusterServer> & Pick<ClusterServer, "name">): ClusterServer {
    const address = `${more.name}:4730`;
    return {
      address,
      version: "0.1.0",
      isThis: false,
      claimed: 0,
      workers: 0,
      silence: 0,
      ...more,
    };
  }

  servers(): Promise<readonly ClusterServer[]> {
    return this.#answer(this.members);
  }

  counts(): Promise<readonly ClusterCounts[]> {
    return this.#answer(this.found);
  }

  #answer<Answer>(answer: Answer): Promise<Answer> {
    return this.failure === null ? Promise.resolve(answer) : Promise.reject(this.failure);
  }
}
