import type { Router } from "../router/mod.ts";
import { isPayloadKey } from "../router/unique_index.ts";
import type { JobStore, LoadedJob } from "./store.ts";

/** The jobs that a store has when a server starts: takes them in, so many at a time. */
export class Backlog {
  readonly #router: Router;
  readonly #store: JobStore;
  #last = 0;
  #count = 0;
  /** Why no more can be read. */
  #failure: unknown = null;

  /** Packets of peers wait from now on, until all jobs are there. */
  constructor(router: Router, store: JobStore) {
    this.#router = router;
    this.#store = store;
    router.isLoading = true;
  }

  /** How many jobs were taken in. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes in the next ones.
   *
   * @param most how many.
   * @param room for so many bytes of payloads; others stay in the store.
   * @returns how many bytes of payloads are in memory now.
   * @throws {StoreError} when they cannot be read; then, and at each later call, none is taken in.
   */
  takeIn(most: number, room: number): number {
    const jobs = this.#read(most, room);
    let bytes = 0;
    for (const job of jobs) {
      bytes += job.payload?.length ?? 0;
      this.#router.restore(job);
    }
    this.#count += jobs.length;
    if (jobs.length < most) this.#router.loaded();
    else this.#last = jobs[jobs.length - 1].number;
    return bytes;
  }

  /** All that is needed of them, before the first is taken in: none must come twice. */
  #read(most: number, room: number): LoadedJob[] {
    if (this.#failure !== null) throw this.#failure;
    try {
      const jobs = this.#store.load(this.#last, most, room);
      return jobs.map((job) => job.payload === null ? this.#withNeededPayload(job) : job);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Other submits are compared with it. */
  #withNeededPayload(job: LoadedJob): LoadedJob {
    const { number, unique } = job;
    const isKey = isPayloadKey(unique, 0, unique.length);
    return isKey ? { ...job, payload: this.#store.payload(number) } : job;
  }
}
