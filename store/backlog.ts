import type { Router } from "../router/mod.ts";
import type { JobStore, LoadedJob } from "./store.ts";

/** `-` as a unique: the payload is the key. */
const PAYLOAD_IS_KEY = 0x2d;

/** The jobs that a store has when a server starts: takes them in, so many at a time. */
export class Backlog {
  readonly #router: Router;
  readonly #store: JobStore;
  #last = 0;
  #count = 0;

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
   * @throws {StoreError} when they cannot be read.
   */
  takeIn(most: number, room: number): number {
    const jobs = this.#store.load(this.#last, most, room);
    let bytes = 0;
    for (const job of jobs) {
      const payload = job.payload ?? this.#neededPayload(job);
      bytes += payload?.length ?? 0;
      this.#router.restore(payload === job.payload ? job : { ...job, payload });
    }
    this.#count += jobs.length;
    if (jobs.length < most) this.#router.loaded();
    else this.#last = jobs[jobs.length - 1].number;
    return bytes;
  }

  /** Other submits are compared with it. */
  #neededPayload({ number, unique }: LoadedJob): Uint8Array | null {
    const isKey = unique.length === 1 && unique[0] === PAYLOAD_IS_KEY;
    return isKey ? this.#store.payload(number) : null;
  }
}
