import type { OutputBuffer } from "../../protocol/mod.ts";
import type { FormerContent } from "../durability.ts";
import { type Job, type JobContent, type JobHome, JobPlace } from "../model/job.ts";
import { JobStorage } from "../model/job_state.ts";
import type { Submission } from "../model/submission.ts";
import { JobHandles } from "../../protocol/handles.ts";
import type { PayloadMemory } from "./payload_memory.ts";
import { SequenceTable } from "../containers/sequence_table.ts";

/**
 * Memory that a live job takes besides its unique, reducer and payload, in bytes: what was measured
 * with and without uniques and clients, rounded up. One that waits for its time takes up to twice that.
 */
export const JOB_MEMORY = 512;

/** Numbers that no job has had: `first`, and those behind it. */
export interface NumberBlock {
  /** The first of them. */
  readonly first: number;
  /** How many there are. */
  readonly count: number;
}

/** The live jobs that have no object: they are in the store only. */
export interface AwayJobs {
  /** How many jobs have no object. */
  readonly size: number;
  /** Is the job with this number one of them? */
  has(number: number): boolean;
  /** The live job with this number, in memory from now on; null if there is none. */
  visit(number: number): Job | null;
  /** Copies of those with numbers above `after` and up to `last`, to look at. */
  views(last: number, after: number): Generator<Job, undefined>;
}

/**
 * The live jobs by their handles: `<prefix>:<boot id><number>`, where boot id and number are decimal
 * digits.
 */
export class JobTable implements JobHome {
  /** @internal Where the bodies of jobs are. */
  readonly payloads: PayloadMemory;
  /** @internal Reads a payload that is in the store only, or throws. */
  fetchPayload: (job: Job) => Uint8Array = () => new Uint8Array(0);
  /**
   * How much memory the live jobs take, in bytes: 512 each, and their uniques, reducers and payloads
   * but for those that are in the store only.
   */
  memory = 0;
  sharing = 0;
  /** @internal The live jobs that have no object. */
  parked: AwayJobs | null = null;
  readonly #jobs = new SequenceTable<Job>();
  #handles: JobHandles;
  /** @internal The number that a job got last, or was to be above. */
  lastNumber = 0;
  /** The largest number of a job that was submitted elsewhere. */
  #highestNumber = 0;
  /** The last number of the block that is being used: behind it are those of other servers. */
  #lastOfBlock = Infinity;
  /** Further blocks of numbers. */
  readonly #blocks: NumberBlock[] = [];
  /** @internal Told when a block is used up, with the next one, or null if there is none. */
  onNextBlock: (next: NumberBlock | null) => void = () => {};

  /**
   * A table without jobs.
   *
   * @param handleBase what handles begin with, up to the number.
   * @internal
   */
  constructor(handleBase: string, payloads: PayloadMemory) {
    this.payloads = payloads;
    this.#handles = new JobHandles(handleBase);
  }

  /** What all handles begin with, up to the number. */
  get handleBase(): string {
    return this.#handles.base;
  }

  /** @internal Handles begin with this from now on, as those of stored jobs do. */
  useHandles(handleBase: string): void {
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
  nextNumber(): number {
    const number = ++this.lastNumber;
    if (number === this.#lastOfBlock) this.#beginBlock();
    return number;
  }

  /** @internal Jobs may have these numbers too, and no others: the servers of a cluster share them. */
  addNumbers(block: NumberBlock): void {
    this.#blocks.push(block);
    if (this.#lastOfBlock === Infinity || this.lastNumber === this.#lastOfBlock) {
      this.#beginBlock();
    }
  }

  /** @internal How many blocks of numbers there are besides the one that is being used. */
  get blocksAhead(): number {
    return this.#blocks.length;
  }

  #beginBlock(): void {
    const next = this.#blocks.shift() ?? null;
    if (next !== null) {
      this.lastNumber = next.first - 1;
      this.#lastOfBlock = this.lastNumber + next.count;
    }
    this.onNextBlock(next);
  }

  /** @internal There is a job that was submitted elsewhere. */
  noteNumber(number: number): void {
    if (number > this.#highestNumber) this.#highestNumber = number;
  }

  /** Is the job one of the live ones in this table? */
  has(job: Job): boolean {
    return this.#jobs.get(job.number) === job;
  }

  /** The live job of this table that is meant by one that may be away; undefined if there is none. */
  own(job: Job): Job | undefined {
    if (job.func.jobs !== this) return undefined;
    if (job.heapIndex === JobPlace.AWAY) return this.parked?.visit(job.number) ?? undefined;
    return this.has(job) ? job : undefined;
  }

  /** @internal Jobs get numbers from this one on; those below are of earlier ones. */
  startAt(number: number): void {
    this.lastNumber = Math.max(this.lastNumber, number - 1);
  }

  /** @internal Adds a job. */
  add(job: Job): void {
    this.#jobs.add(job.number, job);
    this.memory += JOB_MEMORY + job.payloadEnd - job.uniqueStart;
  }

  /** @internal Forgets a job. */
  remove(job: Job): void {
    this.#jobs.remove(job.number);
    this.memory -= JOB_MEMORY + job.payloadEnd - job.uniqueStart;
  }

  /**
   * The live jobs, oldest first. Of those that are in the store only these are copies, to look at: what
   * becomes of them is seen by {@linkcode Router.jobByHandle}.
   */
  values(): IterableIterator<Job> {
    return this.parked === null || this.parked.size === 0 ? this.#jobs.values() : this.#all();
  }

  /** @internal The live jobs that are in memory. */
  objects(): IterableIterator<Job> {
    return this.#jobs.values();
  }

  /**
   * @internal The jobs that live now, oldest first, one after the other. Others may come and go
   * meanwhile: each that lives all the time comes once, and none that comes later.
   *
   * @param after those up to this number are passed over.
   */
  snapshot(after = 0): Iterable<Job> {
    return this.#all(Math.max(this.lastNumber, this.#highestNumber), after);
  }

  *#all(last = Infinity, after = 0): Generator<Job, undefined> {
    const views = this.parked!.views(last, after);
    let view = views.next();
    for (const job of this.#jobs.values(last, after)) {
      for (; !view.done && view.value.number < job.number; view = views.next()) {
        yield view.value;
      }
      if (this.has(job)) yield job;
    }
    for (; !view.done; view = views.next()) yield view.value;
  }

  /** @internal Is there a live job with the handle `bytes[start..end)`, in memory or not? */
  isLive(bytes: Uint8Array, start: number, end: number): boolean {
    const number = this.numberOf(bytes, start, end);
    return number >= 0 && this.isLiveNumber(number);
  }

  /** @internal Is there a live job with this number, in memory or not? */
  isLiveNumber(number: number): boolean {
    return this.#jobs.get(number) !== undefined || this.parked?.has(number) === true;
  }

  /** The live job whose handle is `bytes[start..end)`, back in memory if it was parked. */
  findAny(bytes: Uint8Array, start: number, end: number): Job | undefined {
    const number = this.numberOf(bytes, start, end);
    return number < 0 ? undefined : this.parked?.visit(number) ?? this.#jobs.get(number);
  }

  /** @internal The live job whose handle is `bytes[start..end)`, unless it is parked. */
  find(bytes: Uint8Array, start: number, end: number): Job | undefined {
    const number = this.numberOf(bytes, start, end);
    return number < 0 ? undefined : this.#jobs.get(number);
  }

  /**
   * The number in the handle `bytes[start..end)` of a live or ended job; -1 if it is not a handle.
   * @internal
   */
  numberOf(bytes: Uint8Array, start: number, end: number): number {
    return this.#handles.read(bytes, start, end);
  }

  /** @internal Its payload is in the store, and leaves memory. */
  leavePayload(job: Job): void {
    this.memory -= job.payloadEnd - job.payloadStart;
    this.payloads.leavePayload(job);
  }

  /** @internal Its payload is back from the store. */
  returnPayload(job: Job, payload: Uint8Array): void {
    this.memory += payload.length;
    this.payloads.returnPayload(job, payload);
  }

  /** @internal A job gets unique, reducer and payload of a submission; returns what it had. */
  replaceContent(job: Job, submission: Submission): FormerContent {
    const { body, uniqueStart, uniqueEnd, reducerLength, payloadStart, payloadEnd, storage } = job;
    this.#setContent(job, this.payloads.keep(submission));
    return { body, uniqueStart, uniqueEnd, reducerLength, payloadStart, payloadEnd, storage };
  }

  /** @internal It has again what it had before that. */
  returnContent(job: Job, former: FormerContent): void {
    this.payloads.free(job.body);
    this.#setContent(job, former);
    job.storage = former.storage;
  }

  #setContent(job: Job, content: Readonly<JobContent>): void {
    this.memory += content.payloadEnd - content.uniqueStart - (job.payloadEnd - job.uniqueStart);
    job.body = content.body;
    job.uniqueStart = content.uniqueStart;
    job.uniqueEnd = content.uniqueEnd;
    job.reducerLength = content.reducerLength;
    job.payloadStart = content.payloadStart;
    job.payloadEnd = content.payloadEnd;
  }

  payloadOf(job: Job): Uint8Array {
    if (job.storage === JobStorage.OUTSIDE) return this.fetchPayload(job);
    // Nobody knows how long the view will be used.
    this.payloads.letGo(job.body);
    return job.body.subarray(job.payloadStart, job.payloadEnd);
  }

  /** @internal Appends the handle of a job to a packet. */
  writeHandle(job: { readonly number: number }, out: OutputBuffer): void {
    this.#handles.write(job.number, out);
  }

  /** @internal The handle of a job as a string. */
  handleOf(job: { readonly number: number }): string {
    return this.#handles.text(job.number);
  }
}
