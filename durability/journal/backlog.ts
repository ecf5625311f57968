import type { Router } from "../../router/mod.ts";
import { isPayloadKey } from "../../router/model/job.ts";
import type { JobStore, LoadedJob, MaybePromise } from "../../store/store.ts";
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
  /** How many jobs were taken in. */
  count = 0;
  /** How many jobs the next page may have: few more than fit, as others would be read in vain. */
  #asked: number;
  /** Why no more can be read. */
  #failure: unknown = null;
  /** The page that a store is being asked for. */
  #reading: Promise<void> | null = null;

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

  /**
   * Takes in the next page, or begins to if the store takes its time.
   *
   * @throws {StoreError} when it cannot be read; then, and at each later call, none is taken in.
   */
  takeIn(): MaybePromise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#reading !== null) return this.#reading;
    try {
      const read = this.#read();
      if (!(read instanceof Promise)) return;
      this.#reading = read.catch((error) => this.#fail(error)).finally(() => this.#reading = null);
      return this.#reading;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): never {
    this.#failure = error;
    throw error;
  }

  /** All that is needed of them, before the first is taken in: none must come twice. */
  #read(): MaybePromise<void> {
    const room = this.#payloads.roomForJobs < 1 ? 0 : this.#payloads.room;
    const asked = this.#asked;
    const found = this.#store.load(this.#last, asked, Math.min(room, BYTES_PER_PAGE));
    if (found instanceof Promise) this.#payloads.takesTime = true;
    return then(found, (jobs) => {
      const { page, unread } = pageOf(jobs, room);
      const payloads = unread.length === 0 ? NONE : this.#store.payloads(unread);
      const isLast = page.length === jobs.length && jobs.length < asked;
      return then(payloads, (payloads) => this.#take(page, payloads, isLast));
    });
  }

  #take(
    page: readonly LoadedJob[],
    payloads: ReadonlyMap<number, Uint8Array>,
    isLast: boolean,
  ): void {
    for (const job of page) {
      const payload = job.payload ?? payloads.get(job.number) ?? null;
      // A damaged job was set aside.
      if (payload !== null || !isKey(job)) this.#takeJob(job, payload);
    }
    this.#asked = Math.min(this.#mostJobs, 2 * page.length);
    if (isLast) this.#router.loaded();
    else this.#last = page[page.length - 1].number;
  }

  #takeJob(job: LoadedJob, payload: Uint8Array | null): void {
    const stored = payload === job.payload ? job : { ...job, payload };
    const restored = this.#router.intake.restore(stored, this.#payloads.roomForJobs < 1);
    if (restored !== null && isKey(job)) this.#payloads.leave(restored);
    this.count++;
  }
}

const NONE: ReadonlyMap<number, Uint8Array> = new Map();

/** Those of the jobs that are in one page, at least the first, and whose payloads are still to be read. */
function pageOf(
  found: readonly LoadedJob[],
  room: number,
): { page: LoadedJob[]; unread: number[] } {
  const page: LoadedJob[] = [];
  const unread: number[] = [];
  let read = 0;
  let kept = 0;
  for (const job of found) {
    const { number, payload, payloadLength } = job;
    // One that fits, but not in this page, is kept by the next one.
    const isKept = payload !== null || room > BYTES_PER_PAGE && kept + payloadLength <= room;
    const isRead = isKept || isKey(job);
    if (isRead) read += payloadLength;
    if (read > BYTES_PER_PAGE && page.length > 0) break;
    if (isKept) kept += payloadLength;
    if (isRead && payload === null) unread.push(number);
    page.push(job);
  }
  return { page, unread };
}

/** Goes on with what is there at once, or when it is there. */
function then<A, B>(value: MaybePromise<A>, next: (value: A) => MaybePromise<B>): MaybePromise<B> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Is its payload what other submits are compared by? */
function isKey({ unique }: LoadedJob): boolean {
  return isPayloadKey(unique, 0, unique.length);
}
