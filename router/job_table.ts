import { type OutputBuffer, PacketType } from "../protocol/mod.ts";
import type { Connection } from "./connection.ts";
import type { Job } from "./job.ts";
import { JobHandles } from "./job_handles.ts";
import type { ParkedJobs } from "./parked_jobs.ts";
import type { PayloadStore } from "./payload_store.ts";
import { SequenceTable } from "./sequence_table.ts";

/**
 * Memory that a live job takes besides its unique, reducer and payload, in bytes: what was measured
 * with and without uniques and clients, rounded up. One that waits for its time takes up to twice that.
 */
export const JOB_MEMORY = 512;

/**
 * The live jobs by their handles: `<prefix>:<boot id><number>`, where boot id and number are decimal
 * digits.
 *
 * @example
 * ```ts
 * import { type JobTable, ManualClock, Router } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const router = new Router(new ManualClock());
 * const jobs: JobTable = router.jobs;
 * const job = router.enqueueJob({ function: "resize" })!;
 * assertEquals([...jobs.values()], [job]);
 * router.cancel(job);
 * assertEquals([jobs.size, jobs.has(job)], [0, false]);
 * ```
 */
export class JobTable {
  /** @internal Where the bodies of jobs are. */
  readonly payloads: PayloadStore;
  /** @internal Reads a payload that is in the store only, or throws. */
  fetchPayload: (job: Job) => Uint8Array = () => new Uint8Array(0);
  /** @internal The same for a submit that may join the job; null, and a line in the log, if it fails. */
  comparePayload: (job: Job) => Uint8Array | null = () => null;
  /**
   * How much memory the live jobs take, in bytes: 512 each, and their uniques, reducers and payloads
   * but for those that are in the store only.
   */
  memory = 0;
  /** @internal Those without an object. */
  parked: ParkedJobs | null = null;
  readonly #jobs = new SequenceTable<Job>();
  readonly #handles: JobHandles;
  #lastSequence = 0;

  /**
   * An empty table.
   *
   * @param handleBase what handles begin with, up to the number.
   * @internal
   */
  constructor(handleBase: string, payloads: PayloadStore) {
    this.payloads = payloads;
    this.#handles = new JobHandles(handleBase);
  }

  /** How many jobs live. */
  get size(): number {
    return this.#jobs.size + (this.parked?.size ?? 0);
  }

  /** @internal The job with this number that has an object. */
  get(number: number): Job | undefined {
    return this.#jobs.get(number);
  }

  /** @internal Length of every handle in bytes. */
  get handleLength(): number {
    return this.#handles.length;
  }

  /** @internal A number that no job had before. */
  nextSequence(): number {
    return ++this.#lastSequence;
  }

  /** Is the job one of the live ones in this table? */
  has(job: Job): boolean {
    return this.#jobs.get(job.sequence) === job;
  }

  /** @internal The number that a job got last, or was to be above. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** @internal Jobs get numbers from this one on; those below are of earlier ones. */
  startAt(sequence: number): void {
    this.#lastSequence = Math.max(this.#lastSequence, sequence - 1);
  }

  /** @internal Adds a job. */
  add(job: Job): void {
    this.#jobs.add(job.sequence, job);
    this.memory += JOB_MEMORY + job.payloadEnd - job.uniqueStart;
  }

  /** @internal Forgets a job. */
  remove(job: Job): void {
    this.#jobs.remove(job.sequence);
    this.memory -= JOB_MEMORY + job.payloadEnd - job.uniqueStart;
  }

  /**
   * The live jobs, oldest first. Of those that are in the store only these are copies, to look at: what
   * becomes of them is seen by {@linkcode Router.jobByHandle}.
   */
  values(): IterableIterator<Job> {
    return this.parked === null || this.parked.size === 0 ? this.#jobs.values() : this.#all();
  }

  /** @internal Those that are in memory. */
  objects(): IterableIterator<Job> {
    return this.#jobs.values();
  }

  /**
   * @internal The jobs that live now, oldest first, one after the other. Others may come and go
   * meanwhile: each that lives all the time comes once, and none that comes later.
   */
  snapshot(): Iterable<Job> {
    return this.#all(this.#lastSequence);
  }

  *#all(last = Infinity): Generator<Job, undefined> {
    const views = this.parked!.views(last);
    let view = views.next();
    for (const job of this.#jobs.values(last)) {
      for (; !view.done && view.value.sequence < job.sequence; view = views.next()) {
        yield view.value;
      }
      if (this.has(job)) yield job;
    }
    for (; !view.done; view = views.next()) yield view.value;
  }

  /** @internal Is there a live job with the handle `bytes[start..end)`, in memory or not? */
  isLive(bytes: Uint8Array, start: number, end: number): boolean {
    const sequence = this.sequenceOf(bytes, start, end);
    return sequence >= 0 && this.isLiveNumber(sequence);
  }

  /** @internal The same for its number. */
  isLiveNumber(sequence: number): boolean {
    return this.#jobs.get(sequence) !== undefined || this.parked?.has(sequence) === true;
  }

  /** The live job whose handle is `bytes[start..end)`, back in memory if it was parked. */
  findAny(bytes: Uint8Array, start: number, end: number): Job | undefined {
    const sequence = this.sequenceOf(bytes, start, end);
    return sequence < 0 ? undefined : this.parked?.visit(sequence) ?? this.#jobs.get(sequence);
  }

  /** @internal The live job whose handle is `bytes[start..end)`, unless it is parked. */
  find(bytes: Uint8Array, start: number, end: number): Job | undefined {
    const sequence = this.sequenceOf(bytes, start, end);
    return sequence < 0 ? undefined : this.#jobs.get(sequence);
  }

  /**
   * The number in the handle `bytes[start..end)` of a live or ended job; -1 if it is no handle.
   * @internal
   */
  sequenceOf(bytes: Uint8Array, start: number, end: number): number {
    return this.#handles.read(bytes, start, end);
  }

  /** @internal Sends WORK_FAIL for a job. */
  sendFail(job: Job, { out, link }: Connection): void {
    out.packet(PacketType.WORK_FAIL, this.handleLength);
    this.writeHandle(job, out);
    link.flush(true);
  }

  /** @internal Appends the handle of a job to a packet. */
  writeHandle(job: Job, out: OutputBuffer): void {
    this.#handles.write(job.sequence, out);
  }

  /** @internal The handle of a job as a string. */
  handleOf(job: Job): string {
    return this.#handles.text(job.sequence);
  }
}
