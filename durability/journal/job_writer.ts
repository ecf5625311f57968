import { type Job, JobState, JobStorage, type Router, type Sender } from "../../router/mod.ts";
import type { FormerContent } from "../../router/durability.ts";
import { messageOf } from "../../router/log/log.ts";
import { Batch, type Waiting } from "./batch.ts";
import { type JobStore, type StoreBatch, StoreError, StoreFullError } from "../../store/store.ts";
import type { StoredPayloads, StoredPayloadsOptions } from "./stored_payloads.ts";
import { WriteCounts } from "../write_counts.ts";
import { WriteFailures } from "./write_failures.ts";

/** Numbers of jobs are set aside so many at a time, so that few batches need to say so. */
const NUMBERS_AHEAD = 1024 * 1024;
/** Until what has ended is taken out again after an error, in milliseconds. */
const RETRY_DELAY = 1000;
/** So many ends and changes that wait are written in one batch: a million would take seconds. */
const CHANGES_AT_ONCE = 4096;
const NOTHING: ReadonlySet<never> = new Set();
const NONE_JOINED: ReadonlyMap<Job, number> = new Map();

/** What jobs are stored with, which comes from its server. */
export interface DurableJobsOptions extends StoredPayloadsOptions {
  /** Calls a function when the round of the event loop has ended, or after `delay` milliseconds. */
  readonly later: (run: () => void, delay?: number) => void;
  /** Calls a function in a later round, when sockets have had their turn. */
  readonly inNextRound: (run: () => void) => void;
  /** Told in one line what went wrong (ERROR, if no level is given), or is well again (NOTICE). */
  readonly report: (message: string, level?: "ERROR" | "NOTICE") => void;
}

/**
 * Writes to a store what a round of the event loop has brought, one batch after the other, and keeps
 * output back that depends on a batch which is not written yet.
 */
export class JobWriter {
  readonly #router: Router;
  readonly #store: JobStore;
  readonly #options: DurableJobsOptions;
  readonly #payloads: StoredPayloads;
  /** What the next write takes; whoever adds a job, a change or an end to it calls {@linkcode schedule}. */
  batch = new Batch();
  /** The batch that is being written. */
  #inFlight: Batch | null = null;
  /** Parts of a batch that could not be written as one; they come before the next one. */
  readonly #parts: Batch[] = [];
  /** Changes and ends of jobs that could not be written, until they are tried again. */
  readonly #unwritten = new Batch();
  #senders: Set<Sender> = new Set();
  /** Does output leave that waited for a batch? */
  #isSending = false;
  #isScheduled = false;
  #isRetrying = false;
  /** Are changes and ends that waited to be written in the next round? */
  #isPortionDue = false;
  /** Numbers below this one are set aside; 0 until the store is open. */
  #reserved = 0;
  /** Says that the store cannot be written to. */
  readonly failures: WriteFailures;
  /** What it has written. */
  readonly counts: WriteCounts;
  /** Is what is left being written, for the last time? */
  #isClosing = false;
  /** Is nothing written any more? */
  isClosed = false;
  readonly #settleLater = () => {
    this.#isScheduled = false;
    if (this.settle() && this.#senders.size > 0) this.#sendWaiting();
  };

  /** @param payloads told of what is stored. */
  constructor(
    router: Router,
    store: JobStore,
    payloads: StoredPayloads,
    options: DurableJobsOptions,
  ) {
    this.#router = router;
    this.#store = store;
    this.#payloads = payloads;
    this.#options = options;
    this.counts = new WriteCounts(router.clock);
    this.failures = new WriteFailures(store.name, router.clock, options.report);
  }

  /** The store is open: it is written to from now on. */
  begin(nextNumber: number): void {
    this.#reserved = nextNumber;
    if (!this.batch.isEmpty) this.schedule();
  }

  /** Is a batch on its way to the store? */
  get isInFlight(): boolean {
    return this.#inFlight !== null;
  }

  /** Is a job not stored yet that is to be? */
  get isWriting(): boolean {
    return this.batch.waiting.length > 0 || this.#parts.some(({ storing }) => storing > 0) ||
      (this.#inFlight !== null && this.#inFlight.storing > 0);
  }

  /**
   * Is a job with another payload to be written for that? What has not left for the store yet is written as
   * it is when its turn comes.
   */
  mustReplace(job: Job): boolean {
    if (job.storage !== JobStorage.WRITING) return true;
    return this.#inFlight?.stores(job) === true && this.batch.replacedBy(job) === null;
  }

  /** A job has ended: its changes need not be written. */
  forget(job: Job): void {
    this.batch.changed.delete(job);
    this.#unwritten.changed.delete(job);
  }

  /** The batch is written when the round has ended. */
  schedule(): void {
    if (this.#isScheduled || this.isClosed) return;
    this.#isScheduled = true;
    this.#options.later(this.#settleLater);
  }

  /**
   * For links: may output leave? If not, the sender is told when it may. Whoever has nothing to do
   * with what is being written does not wait for the disk.
   */
  mayLeave(sender: Sender): boolean {
    // The next batch begins behind it.
    if (this.#isSending && !this.#mustWait(sender)) return true;
    if (this.settle() || !this.#mustWait(sender)) return true;
    this.#senders.add(sender);
    return false;
  }

  /** Writes what there is. True if nothing is unwritten. */
  settle(): boolean {
    if (this.#reserved === 0) return this.isClosed || this.batch.isEmpty;
    if (this.#inFlight !== null || !this.#writeParts()) return false;
    const batch = this.batch;
    // No job is being stored that they would overtake.
    if (batch.storing === 0) this.#place(batch.waiting.splice(0));
    if (this.isClosed || batch.isEmpty && !this.#needsNumbers()) {
      // The store is closed: who submits now is not promised anything.
      if (batch.storing > 0) this.#refuse(batch);
      batch.links.clear();
      return true;
    }
    // Nobody waits for what could not be written: it is tried again at its time.
    if (batch.storing === 0 && this.#isRetrying) {
      this.#unwritten.takeChanges(batch.withoutChanges());
      batch.links.clear();
      return true;
    }
    this.batch = new Batch();
    return this.#write(batch) && this.#writeParts();
  }

  #writeParts(): boolean {
    while (this.#parts.length > 0) if (!this.#write(this.#parts.shift()!)) return false;
    return true;
  }

  /** Numbers are set aside before the last of them is used. */
  #needsNumbers(): boolean {
    return this.#router.jobs.lastNumber + NUMBERS_AHEAD / 2 > this.#reserved;
  }

  #refuse(batch: Batch): void {
    this.batch = new Batch();
    this.#failed(batch, new StoreError(`${this.#store.name}: it is closed`));
  }

  #write(batch: Batch): boolean {
    this.#inFlight = batch;
    const { lastNumber } = this.#router.jobs;
    const content = batch.content(this.#needsNumbers() ? lastNumber + 1 + NUMBERS_AHEAD : 0);
    const ended = this.counts.begin(content.added.length);
    const failed = (error: unknown) => {
      ended(false);
      this.#failed(batch, error);
    };
    let written: void | Promise<void>;
    try {
      written = this.#store.write(content);
    } catch (error) {
      failed(error);
      return true;
    }
    const isWritten = () => {
      ended(true);
      this.#written(batch, content);
    };
    if (written === undefined) {
      isWritten();
      return true;
    }
    written.then(isWritten, failed)
      .then(() => this.#sendWaiting());
    return false;
  }

  #written(batch: Batch, { nextNumber }: StoreBatch): void {
    this.#inFlight = null;
    this.#reserved = Math.max(this.#reserved, nextNumber);
    this.failures.written(batch.storing > 0);
    this.#isRetrying = false;
    this.#writeNextPortion();
    for (const { job, isStored, former } of batch.waiting) {
      if (former !== null) this.#router.jobs.payloads.free(former.body);
      if (isStored && job.storage === JobStorage.WRITING) this.#nowStored(job);
    }
    if (batch.storing > 0) this.#amendAnswers(NOTHING);
    // What joined a job while that was being written has its promise now.
    if (this.batch.isEmpty && this.#parts.length === 0) this.batch.links.clear();
    this.#place(batch.waiting);
    if (this.#payloads.roomForJobs < 0) this.#park(batch);
    if (this.#payloads.bytes > this.#options.memoryLimit) {
      for (const { job, isStored } of batch.waiting) if (isStored) this.#payloads.leave(job);
      // Jobs that workers lost wait again.
      for (const job of batch.changed.keys()) this.#payloads.leave(job);
    }
  }

  /** The last ones first: each is the last in its queue then. */
  #park({ waiting }: Batch): void {
    if (this.#router.stop !== null) return;
    for (let index = waiting.length - 1; index >= 0; index--) {
      const { job, isStored, former } = waiting[index];
      if (isStored && former === null) this.#router.parked.park(job);
    }
  }

  #nowStored(job: Job): void {
    // It has got another payload meanwhile.
    if (this.batch.replacedBy(job) !== null) return;
    job.storage = JobStorage.STORED;
    if (job.state !== JobState.FINISHED) {
      this.#payloads.returned(job);
      return;
    }
    // It ended while it was being written.
    this.batch.removed.push(job.number);
    this.schedule();
  }

  /** All that waited for the batch takes its place. */
  #place(waiting: readonly Waiting[]): void {
    for (const { job } of waiting) this.#router.intake.stored(job);
    this.#router.stop?.check();
  }

  #failed(batch: Batch, error: unknown): void {
    this.#inFlight = null;
    const parts = error instanceof StoreFullError ? batch.parts() : [];
    if (parts.length > 0) return void this.#parts.unshift(...parts);
    this.failures.failed(error);
    const refused = batch.waiting.filter(({ isStored }) => isStored).map(({ job }) => job);
    this.#amendAnswers(new Set(refused));
    const { intake, log, stop } = this.#router;
    const cause = messageOf(error);
    for (const { job, isStored, former } of batch.waiting) {
      if (!isStored) intake.stored(job);
      else if (former !== null) this.#notReplaced(job, former);
      else {
        if (!job.isFinished) log.notStored(job, cause);
        intake.notStored(job);
      }
    }
    // Nothing is being written any more: a stop may have waited for that.
    stop?.check();
    this.#keepForLater(batch);
  }

  /** A stored job keeps the payload that it had, or has one that is written next. */
  #notReplaced(job: Job, former: FormerContent): void {
    const next = this.batch.replacedBy(job);
    if (next !== null) next.former = former;
    else if (job.isFinished) this.#nowStored(job);
    else if (job.storage === JobStorage.WRITING) {
      this.#router.jobs.returnContent(job, former);
      this.#payloads.returned(job);
    }
  }

  /** Peers who were told of jobs that could not be written get an ERROR in the place of that answer. */
  #amendAnswers(refused: ReadonlySet<Job>): void {
    const { announcers } = this.#router;
    for (const announcer of announcers) {
      if (!announcer.settle(refused, NONE_JOINED)) announcers.delete(announcer);
    }
  }

  /**
   * What has ended or changed is still to be written, but not with every submit that is refused
   * meanwhile: there may be much of it.
   */
  #keepForLater(batch: Batch): void {
    this.#unwritten.takeChanges(batch);
    this.batch.takeSettings(batch);
    if (this.#isRetrying) return;
    // Refused jobs alone are no reason why others that end should wait.
    const isKept = !this.#unwritten.isEmpty ||
      this.batch.maxQueues.size + this.batch.records.size > 0;
    if (batch.storing > 0 && !isKept) return;
    this.#isRetrying = true;
    if (this.#isClosing) return;
    this.#options.later(() => {
      this.#isRetrying = false;
      this.#takeUnwritten();
      this.settle();
    }, RETRY_DELAY);
  }

  /** The next batch writes it, or some of it. */
  #takeUnwritten(): void {
    if (this.#unwritten.isEmpty) return;
    this.batch.takeSome(this.#unwritten, CHANGES_AT_ONCE);
    this.schedule();
  }

  /** Sockets have their turn before it. */
  #writeNextPortion(): void {
    if (this.#isPortionDue || this.#unwritten.isEmpty) return;
    this.#isPortionDue = true;
    this.#options.inNextRound(() => {
      this.#isPortionDue = false;
      this.#takeUnwritten();
    });
  }

  /** What waited leaves before the next batch begins, or it would wait for that one as well. */
  #sendWaiting(): void {
    const senders = this.#senders;
    this.#senders = new Set();
    this.#isSending = true;
    for (const sender of senders) {
      if (this.#mustWait(sender)) this.#senders.add(sender);
      else sender.send();
    }
    this.#isSending = false;
    if (!this.batch.isEmpty || this.#parts.length > 0 || this.#senders.size > 0) this.schedule();
  }

  /** Has the peer something to do with what is being written, or will be? */
  #mustWait(sender: object): boolean {
    return this.batch.links.has(sender) || this.#parts.some(({ links }) => links.has(sender)) ||
      this.#inFlight !== null && this.#inFlight.links.has(sender);
  }

  /**
   * Writes what is unwritten, as long as that gets less, and then nothing any more. What cannot be
   * written is reported.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    // What a store was asked for before it was open is not written.
    if (this.#reserved === 0) this.isClosed = true;
    for (let left = Infinity; this.#unwritten.changes < left;) {
      left = this.#unwritten.changes;
      this.#isRetrying = false;
      this.#takeUnwritten();
      while (!this.settle()) {
        await new Promise<void>((resolve) => this.#senders.add({ send: resolve }));
      }
    }
    this.isClosed = true;
    this.#reportUnwritten();
  }

  #reportUnwritten(): void {
    const { length } = this.#unwritten.removed;
    if (length === 0) return;
    const jobs = length === 1 ? "1 job that has ended" : `${length} jobs that have ended`;
    this.#options.report(
      `${this.failures.cause}; ${jobs} could not be taken out and will run again`,
    );
  }
}
