import { IndexedHeap } from "../containers/indexed_heap.ts";
import type { Job } from "./job.ts";

/** The jobs of a queue that are parked, behind all others: first come first served. */
export interface ParkedTail {
  /** How many stand in it. */
  readonly length: number;
  /** The number of the first one. */
  readonly first: number;
  /** How many stand before the one with this number; `most` if that many do or more. */
  countBefore(number: number, most: number): number;
  /** Adds a job that is in memory at the end. */
  push(job: Job): void;
  /** Is it a job in memory that stands here? */
  holds(job: Job): boolean;
  /** Takes out a job that is in memory. */
  remove(job: Job): void;
  /** Takes out a parked one by its number. */
  removeNumber(number: number): void;
  /** Takes the first; null if it cannot be read, and is not here any more. */
  shift(): Job | null;
  /** The jobs of this queue that are in memory. */
  objects(): Iterable<Job>;
}

/**
 * The waiting jobs of one function and one priority, first come first served. Adding, taking and
 * removing from the middle cost the same however many wait.
 *
 * A job that was put back goes before all that came after it: such jobs stand in a heap by age, as a
 * simple "back to the head" would turn their order round when several workers die.
 */
export class JobQueue {
  #first: Job | null = null;
  /** @internal The last one before those that are parked. */
  last: Job | null = null;
  #length = 0;
  #requeued: IndexedHeap<Job> | null = null;

  /** @internal The parked jobs, which come behind all others; null if no job is parked. */
  parked: ParkedTail | null = null;

  /** How many jobs wait. */
  get length(): number {
    return this.parked === null ? this.#length : this.#length + this.parked.length;
  }

  /** Is there one that a worker may take, as far as this queue knows? */
  get isOffered(): boolean {
    return this.length > 0;
  }

  /** The first one, if it is in memory. */
  get first(): Job | null {
    return this.#requeued?.peek() ?? this.#first;
  }

  /** The number of the job that is next, in memory or not; 0 if there is none. */
  get nextNumber(): number {
    const job = this.#requeued?.peek() ?? this.#first;
    return job?.number ?? this.parked?.first ?? 0;
  }

  /** How many jobs stand before one that is in this queue; `most` if that many do or more. */
  countBefore(job: Job, most: number): number {
    const requeued = this.#requeued?.values() ?? [];
    if (job.heapIndex >= 0) {
      return Math.min(most, requeued.filter(({ number }) => number < job.number).length);
    }
    if (this.parked?.holds(job)) {
      return Math.min(most, this.#length + this.parked.countBefore(job.number, most));
    }
    let before = requeued.length;
    for (let other = job.previous; other !== null && before < most; other = other.previous) {
      before++;
    }
    return Math.min(most, before);
  }

  /** Adds a job at the end. */
  push(job: Job): void {
    if (this.parked !== null) return this.parked.push(job);
    job.previous = this.last;
    if (this.last === null) this.#first = job;
    else this.last.next = job;
    this.last = job;
    this.#length++;
  }

  /** Puts a job back that stood in this queue before. */
  requeue(job: Job): void {
    this.#requeued ??= new IndexedHeap<Job>((a, b) => a.number < b.number);
    this.#requeued.push(job);
    this.#length++;
  }

  /** Takes the job that is next; null if there is none, or it is parked and cannot be read. */
  shift(): Job | null {
    const job = this.#requeued?.peek() ?? this.#first;
    if (job !== null) {
      this.remove(job);
      return job;
    }
    const parked = this.parked?.shift() ?? null;
    this.#checkParked();
    return parked;
  }

  /** @internal Takes out a parked one. */
  removeParked(number: number): void {
    this.parked!.removeNumber(number);
    this.#checkParked();
  }

  #checkParked(): void {
    if (this.parked?.length === 0) this.parked = null;
  }

  /** Takes out a job that is in this queue. */
  remove(job: Job): void {
    if (this.parked?.holds(job)) {
      this.parked.remove(job);
      return this.#checkParked();
    }
    this.#length--;
    if (job.heapIndex >= 0) return this.#removeRequeued(job);
    if (job.previous === null) this.#first = job.next;
    else job.previous.next = job.next;
    if (job.next === null) this.last = job.previous;
    else job.next.previous = job.previous;
    job.previous = null;
    job.next = null;
  }

  /** The waiting jobs; requeued ones first, in no order among themselves. */
  *[Symbol.iterator](): Generator<Job> {
    if (this.#requeued !== null) yield* this.#requeued.values();
    for (let job = this.#first; job !== null; job = job.next) yield job;
    if (this.parked !== null) yield* this.parked.objects();
  }

  #removeRequeued(job: Job): void {
    this.#requeued!.remove(job);
    if (this.#requeued!.size === 0) this.#requeued = null;
  }
}
