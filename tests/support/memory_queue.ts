import { checkedHandleBase } from "../../store/handle.ts";
import { Engine, type QueueClock } from "./memory_queue/engine.ts";
import { MemoryMember } from "./memory_queue/member.ts";

export { MemoryMember, type QueueClock };

/**
 * A queue in memory that the servers of one process share, for tests: it lives as long as it, and
 * tests decide what its members suffer.
 */
export class MemoryQueue {
  readonly #engine: Engine;
  readonly #handleBase: string;

  /**
   * An empty one.
   *
   * @param handleBase what the handles of its jobs begin with.
   * @throws {StoreError} when no handles can.
   */
  constructor(handleBase: string, clock: QueueClock) {
    this.#handleBase = checkedHandleBase(handleBase);
    this.#engine = new Engine(clock);
  }

  /** What one more server is to be given as its shared queue. */
  member(): MemoryMember {
    return new MemoryMember(this.#engine, this.#handleBase);
  }

  /** The numbers of all live jobs, in order. */
  get numbers(): number[] {
    return this.#engine.jobs.all().map(({ number }) => number);
  }
}
