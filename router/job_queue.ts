import { IndexedHeap } from "./indexed_heap.ts";
import type { Job } from "./job.ts";

/**
 * The waiting jobs of one function and one priority, first come first served. Adding, taking and
 * removing from the middle cost the same however many wait.
 *
 * A job that was put back goes before all that came after it: such jobs stand in a heap by age, as a
 * simple "back to the head" would turn their order round when several workers die.
 */
export class JobQueue {
  #first: Job | null = null;
  #last: Job | null = null;
  #length = 0;
  #requeued: IndexedHeap<Job> | null = null;

  /** How many jobs wait. */
  get length(): number {
    return this.#length;
  }

  /** Adds a job at the end. */
  push(job: Job): void {
    job.previous = this.#last;
    if (this.#last === null) this.#first = job;
    else this.#last.next = job;
    this.#last = job;
    this.#length++;
  }

  /** Puts a job back that stood in this queue before. */
  requeue(job: Job): void {
    this.#requeued ??= new IndexedHeap<Job>((a, b) => a.sequence < b.sequence);
    this.#requeued.push(job);
    this.#length++;
  }

  /** Takes the job that is next. */
  shift(): Job | null {
    const job = this.#requeued?.peek() ?? this.#first;
    if (job !== null) this.remove(job);
    return job;
  }

  /** Takes out a job that is in this queue. */
  remove(job: Job): void {
    this.#length--;
    if (job.heapIndex >= 0) return this.#removeRequeued(job);
    if (job.previous === null) this.#first = job.next;
    else job.previous.next = job.next;
    if (job.next === null) this.#last = job.previous;
    else job.next.previous = job.previous;
    job.previous = null;
    job.next = null;
  }

  /** The waiting jobs; requeued ones first, in no order among themselves. */
  *[Symbol.iterator](): Generator<Job> {
    if (this.#requeued !== null) yield* this.#requeued.values();
    for (let job = this.#first; job !== null; job = job.next) yield job;
  }

  #removeRequeued(job: Job): void {
    this.#requeued!.remove(job);
    if (this.#requeued!.size === 0) this.#requeued = null;
  }
}
