/**
 * This folder ties a router to a store that it alone uses: what the router does is written, and what was
 * written comes back after a start. `job_writer.ts` writes it batch by batch, `backlog.ts` reads it at the
 * start, `stored_payloads.ts` limits how much of it is in memory. Only the server may import the folder;
 * it imports the router and the stores.
 *
 * @module
 */

import { type Job, JobStorage, type Peer, type Router } from "../../router/mod.ts";
import type { Durability, FormerContent, PayloadFailure } from "../../router/durability.ts";
import { Timer } from "../../router/model/timer.ts";
import { byteString } from "../../protocol/mod.ts";
import { messageOf } from "../../router/log/log.ts";
import { Backlog } from "./backlog.ts";
import { type DurableJobsOptions, JobWriter } from "./job_writer.ts";
import {
  type JobStore,
  type LoadedJob,
  type OpenedStore,
  type StoredMaxQueue,
  StoreError,
} from "../../store/store.ts";
import { StoredPayloads } from "./stored_payloads.ts";

/** Between two looks at whether the store still has what was written, in milliseconds. */
const INSPECTION_INTERVAL = 1000;

/**
 * Keeps the background jobs of a router in a store: what a round of the event loop brings is written
 * in one batch before any output that depends on it leaves, so thousands of submits share one sync.
 *
 * A job is with no worker before it is stored, and its JOB_CREATED becomes an ERROR if it cannot be.
 * What has ended is taken out again with the next batch that can be written; a crash before that
 * makes the job run again.
 */
export class DurableJobs implements Durability {
  readonly #router: Router;
  readonly #store: JobStore;
  readonly #options: DurableJobsOptions;
  /** The payloads that are in memory. */
  readonly payloads: StoredPayloads;
  /** What is to be written, and what has been. */
  readonly writer: JobWriter;
  #backlog: Backlog | null = null;
  #closing: Promise<void> | null = null;
  readonly #inspection = new Timer(() => this.#inspect());
  isLost = false;
  /** Set while a store that takes its time is being opened. */
  #opened: Promise<void> | null = null;

  constructor(router: Router, store: JobStore, options: DurableJobsOptions) {
    this.#router = router;
    this.#store = store;
    this.#options = options;
    this.payloads = new StoredPayloads(store, {
      ...options,
      arrived: (job, payload) => !this.writer.isClosed && router.handout.arrived(job, payload),
    });
    this.writer = new JobWriter(router, store, this.payloads, options);
    router.jobs.fetchPayload = (job) => this.payloads.now(job);
    router.durability = this;
    const opened = store.open();
    if (opened instanceof Promise) this.#opened = opened.then((opened) => this.#begin(opened));
    else this.#begin(opened);
    if (store.inspect !== undefined) router.timers.setDelay(this.#inspection, INSPECTION_INTERVAL);
  }

  #begin({ handleBase, nextNumber, maxQueues, records }: OpenedStore): void {
    const { jobs } = this.#router;
    jobs.useHandles(handleBase);
    jobs.startAt(nextNumber);
    this.writer.begin(nextNumber);
    this.#takeLimits(maxQueues);
    for (const record of records) this.#router.records.stored(record);
  }

  #takeLimits(maxQueues: readonly StoredMaxQueue[]): void {
    const { functions } = this.#router;
    for (const { functionName, limits } of maxQueues) functions.setMaxQueue(functionName, limits);
    if (maxQueues.length === 0) return;
    const text = `${this.#store.name}: stored limits of functions (maxqueue): ${maxQueues.length}`;
    this.#options.report(text, "NOTICE");
  }

  /** Is all still there that was written? */
  #inspect(): void {
    if (this.writer.isClosed) return;
    try {
      this.#store.inspect!();
    } catch (error) {
      this.isLost = true;
      this.writer.failures.failed(error);
      return;
    }
    this.#router.timers.setDelay(this.#inspection, INSPECTION_INTERVAL);
  }

  // --- what the router says ----------------------------------------------------------------------

  get isWriting(): boolean {
    return this.writer.isWriting || this.payloads.isFetching;
  }

  mustStore(job: Job): void {
    job.storage = JobStorage.WRITING;
    const { batch } = this.writer;
    batch.waiting.push({ job, isStored: true, former: null });
    batch.storing++;
    this.writer.schedule();
  }

  waitBehind(job: Job): boolean {
    this.writer.batch.waiting.push({ job, isStored: false, former: null });
    this.writer.schedule();
    return true;
  }

  replaced(job: Job, former: FormerContent): void {
    if (!this.writer.mustReplace(job)) return this.#router.jobs.payloads.free(former.body);
    if (job.storage !== JobStorage.WRITING) this.payloads.left(former);
    job.storage = JobStorage.WRITING;
    this.writer.batch.replace(job, former);
    this.writer.schedule();
  }

  mustFollow({ link }: Peer): void {
    this.writer.batch.links.add(link);
  }

  announced({ link }: Peer): void {
    this.writer.batch.links.add(link);
  }

  hasWorked({ link }: Peer): void {
    this.writer.batch.links.add(link);
  }

  changed(job: Job, due: number | null): void {
    // What stands for a dead job is nowhere stored.
    if (job.trouble?.standsFor) return;
    // One that is being written is written as it is when its turn comes.
    if (job.storage === JobStorage.WRITING && !this.writer.isInFlight) return;
    // Of one that was lost the time is known: a restart puts it back where it stood if it waits for none.
    this.writer.batch.change(job, due ?? (job.losses > 0 ? job.due ?? 0 : null));
    this.writer.schedule();
  }

  ended(job: Job): void {
    this.writer.forget(job);
    const isStored = job.storage !== JobStorage.WRITING;
    // One that is to be stored with another payload is stored with the former one.
    if (!isStored && this.writer.batch.replacedBy(job) === null) return;
    if (isStored) this.payloads.gone(job);
    this.writer.batch.removed.push(job.number);
    this.writer.schedule();
  }

  buried(job: Job): void {
    this.payloads.gone(job);
    this.writer.batch.change(job, null);
    this.writer.schedule();
  }

  revived(job: Job): void {
    this.payloads.returned(job);
    this.writer.batch.change(job, 0);
    this.writer.schedule();
  }

  deadDropped(job: Job): void {
    this.writer.forget(job);
    this.writer.batch.removed.push(job.number);
    this.writer.schedule();
  }

  maxQueueSet(name: Uint8Array, limits: readonly [number, number, number]): void {
    this.writer.batch.maxQueues.set(byteString(name), { functionName: name.slice(), limits });
    this.writer.schedule();
  }

  record(kind: string, key: Uint8Array, value: Uint8Array | null, job: Job | null): void {
    this.writer.batch.record({ kind, key: key.slice(), value: value?.slice() ?? null }, job);
    this.writer.schedule();
  }

  payloadOf(job: Job): Uint8Array | PayloadFailure | "coming" {
    return this.payloads.fetch(job);
  }

  read(number: number, withPayload: boolean): LoadedJob | PayloadFailure {
    return this.writer.isClosed ? "unreadable" : this.payloads.job(number, withPayload);
  }

  readAhead(number: number): LoadedJob[] {
    if (this.writer.isClosed) return [];
    return this.payloads.jobsFrom(number).filter(({ payload }) => payload !== null);
  }

  page(after: number, count: number): LoadedJob[] {
    return this.writer.isClosed ? [] : this.payloads.page(after, count);
  }

  parked(job: Job): void {
    this.payloads.gone(job);
  }

  returned(job: Job): void {
    this.payloads.returned(job);
  }

  payloadMayLeave(job: Job): void {
    this.payloads.leave(job);
  }

  // --- start and end -----------------------------------------------------------------------------

  /**
   * Takes in what is stored, page by page, each in a round of its own and none in this one, while
   * packets wait. If this is closed before the end, packets wait for ever.
   *
   * @param perPage how many jobs a page has at most.
   * @returns how many, or rejects with a {@linkcode StoreError}.
   */
  async load(perPage?: number): Promise<number> {
    const backlog = new Backlog(this.#router, this.#store, this.payloads, perPage);
    this.#backlog = backlog;
    await this.#opened;
    this.#opened = null;
    do {
      await new Promise<void>((resolve) => this.#options.inNextRound(resolve));
      const page = this.isLoading ? backlog.takeIn() : undefined;
      if (page !== undefined) await page;
    } while (this.isLoading);
    return backlog.count;
  }

  /**
   * Takes in at once what {@linkcode load} has not yet, for a program that submits a job: it must not
   * come before stored ones, and may join one of them.
   *
   * @throws {StoreError} when the rest cannot be read, or not at once.
   */
  loadRest(): void {
    while (this.isLoading) {
      const isComing = this.#opened !== null || this.#backlog!.takeIn() instanceof Promise;
      if (isComing) throw new StoreError(`${this.#store.name}: its jobs have not been read yet`);
    }
  }

  /** Are there jobs in the store that were not taken in yet, and will be? */
  get isLoading(): boolean {
    return this.#router.isLoading && !this.writer.isClosed;
  }

  /**
   * Writes what is unwritten and lets go of the store. What happens to jobs from now on, as peers are
   * disconnected, is not written any more: they are all there at the next start.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    await this.writer.close();
    this.#router.timers.clearDelay(this.#inspection);
    try {
      await this.#store.close();
    } catch (error) {
      // All is written that can be.
      this.#options.report(messageOf(error));
    }
  }
}
