import { MemoryStore } from "../../store/memory.ts";
import type { JobStore, LoadedJob, OpenedStore, StoreBatch } from "../../store/store.ts";

/** A {@linkcode MemoryStore} that answers by promises, as one behind a network does. */
export class RemoteStore implements JobStore {
  readonly name = "memory";
  readonly memory = new MemoryStore("H:test:000000000000");
  /** Set: what was asked for is answered when the test calls one of {@linkcode pending}. */
  isSlow = false;
  readonly pending: (() => void)[] = [];
  /** Why it can do nothing at the moment. */
  failure: Error | null = null;
  isClosed = false;

  open(): Promise<OpenedStore> {
    return this.#answer(() => this.memory.open());
  }

  load(after: number, count: number, payloadBytes: number): Promise<LoadedJob[]> {
    return this.#answer(() => this.memory.load(after, count, payloadBytes));
  }

  payloads(numbers: readonly number[]): Promise<Map<number, Uint8Array>> {
    return this.#answer(() => this.memory.payloads(numbers));
  }

  write(batch: StoreBatch): Promise<void> {
    const copy = structuredClone(batch);
    return this.#answer(() => this.memory.write(copy));
  }

  close(): Promise<void> {
    return this.#answer(() => {
      this.isClosed = true;
    });
  }

  async #answer<T>(what: () => T): Promise<T> {
    if (this.isSlow) await new Promise<void>((resolve) => this.pending.push(resolve));
    if (this.failure !== null) throw this.failure;
    return what();
  }
}
