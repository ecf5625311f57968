import type { Router } from "../../router/mod.ts";
import type { RestoredJob } from "../../router/durability.ts";
import { isPayloadKey } from "../../router/model/job.ts";
import type { JobStore, LoadedJob } from "../../store/store.ts";
import type { StoredPayloads } from "./stored_payloads.ts";

/** Stored jobs are read so many at a time: more at once leave more garbage, which has to fit as well. */
const JOBS_PER_PAGE = 1000;
/** A page ends when its payloads reach so many bytes: none takes long, or leaves much garbage. */
const BYTES_PER_PAGE = 8 * 1024 * 1024;

/** The jobs that a store has when a server starts: takes them in, page by page. */
export class Backlog {
  readonly #router: Router;
  readonly #store: JobStore;
  readonly #payloads: StoredPayloads;
  readonly #mostJobs: number;
  #last = 0;
  #count = 0;
  /** How many jobs the next page may have: few more than fit, as others would be read in vain. */
  #asked: number;
  /** Why no more can be read. */
  #failure: unknown = null;

  /**
   * Packets of peers wait from now on, until all jobs are there.
   *
   * @param payloads those that come into memory are counted there.
   * @param mostJobs how many a page has at most.
   */
  constructor(
    router: Router,
    store: JobStore,
    payloads: StoredPayloads,
    mostJobs: number = JOBS_PER_PAGE,
  ) {
    this.#router = router;
    this.#store = store;
    this.#payloads = payloads;
    this.#mostJobs = mostJobs;
    this.#asked = mostJobs;
    router.isLoading = true;
  }

  /** How many jobs were taken in. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes in the next page.
   *
   * @throws {StoreError} when it cannot be read; then, and at each later call, none is taken in.
   */
  takeIn(): void {
    const asked = this.#asked;
    const { jobs, found } = this.#read(asked);
    for (const job of jobs) {
      const restored = this.#router.restore(job, this.#payloads.roomForJobs < 1);
      if (restored !== null && isKey(job)) this.#payloads.leave(restored);
    }
    this.#count += jobs.length;
    this.#asked = Math.min(this.#mostJobs, 2 * jobs.length);
    if (jobs.length === found && found < asked) this.#router.loaded();
    else this.#last = jobs[jobs.length - 1].number;
  }

  /** All that is needed of them, before the first is taken in: none must come twice. */
  #read(asked: number): { jobs: RestoredJob[]; found: number } {
    if (this.#failure !== null) throw this.#failure;
    try {
      const room = this.#payloads.roomForJobs < 1 ? 0 : this.#payloads.room;
      const found = this.#store.load(this.#last, asked, Math.min(room, BYTES_PER_PAGE));
      return { jobs: this.#page(found, room), found: found.length };
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Those of the jobs that are in one page: at least the first. */
  #page(found: readonly LoadedJob[], room: number): RestoredJob[] {
    const page: RestoredJob[] = [];
    let read = 0;
    let kept = 0;
    for (const job of found) {
      const { payload, payloadLength } = job;
      // One that fits, but not in this page, is kept by the next one.
      const isKept = payload !== null || room > BYTES_PER_PAGE && kept + payloadLength <= room;
      const isRead = isKept || isKey(job);
      if (isRead) read += payloadLength;
      if (read > BYTES_PER_PAGE && page.length > 0) break;
      if (isKept) kept += payloadLength;
      const isThere = payload !== null || !isRead;
      page.push(isThere ? job : { ...job, payload: this.#store.payload(job.number) });
    }
    return page;
  }
}

/** Is its payload what other submits are compared by? */
function isKey({ unique }: RestoredJob): boolean {
  return isPayloadKey(unique, 0, unique.length);
}
