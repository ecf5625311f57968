import { IndexedHeap } from "../containers/indexed_heap.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import type { JobOutcome, PriorityIndex } from "../model/job_state.ts";
import type { PeerFacts } from "../model/peer.ts";
import type { Run } from "./runs.ts";

/** Ended jobs that are kept of all functions together. */
const MOST_JOBS = 1000;
/** What they may take in memory, in bytes. */
const MOST_BYTES = 1024 * 1024;
/** What one takes besides its texts and runs, and what a run takes, in bytes. */
const JOB_BYTES = 256;
const RUN_BYTES = 128;

/** @internal What is kept of a job that has ended; times are of the clock. */
export interface Ended {
  readonly number: number;
  readonly func: FunctionQueue;
  readonly unique: Uint8Array;
  readonly outcome: JobOutcome;
  readonly priority: PriorityIndex;
  readonly background: boolean;
  readonly submitted: number | null;
  readonly ended: number;
  readonly submitter: PeerFacts | null;
  readonly runs: readonly Run[];
  readonly text: Uint8Array;
  readonly resultBytes: number;
}

/** One in its ring. */
class Entry {
  readonly job: Ended;
  readonly order: number;
  next: Entry | null = null;

  constructor(job: Ended, order: number) {
    this.job = job;
    this.order = order;
  }
}

/** Those of a function, completed ones or others, oldest first. */
class Ring {
  heapIndex = -1;
  size = 0;
  first: Entry | null = null;
  last: Entry | null = null;

  push(entry: Entry): void {
    if (this.last === null) this.first = entry;
    else this.last.next = entry;
    this.last = entry;
    this.size++;
  }

  shift(): Ended {
    const entry = this.first!;
    this.first = entry.next;
    // An old one would keep those behind it alive until all memory is looked through.
    entry.next = null;
    if (this.first === null) this.last = null;
    this.size--;
    return entry.job;
  }

  *entries(): Generator<Entry> {
    for (let entry = this.first; entry !== null; entry = entry.next) yield entry;
  }
}

/** The completed jobs of a function, and all others: these are rare, and more is asked about them. */
class Rings {
  readonly completed: Ring = new Ring();
  readonly others: Ring = new Ring();
}

/**
 * The jobs that ended last: a limited number of them. When there is one too many, the oldest goes of
 * the function that has most, so that a busy function leaves room for others; of one function, a flood
 * of completed jobs leaves room for those that failed.
 *
 * @internal
 */
export class EndedJobs {
  #bytes = 0;
  /** How many ended jobs are kept. */
  size = 0;
  #order = 0;
  readonly #byFunction = new Map<FunctionQueue, Rings>();
  /** The ring with most of them comes first. */
  readonly #rings = new IndexedHeap<Ring>((a, b) => a.size > b.size);

  /** Adds a job that has ended. */
  add(job: Ended): void {
    const ring = this.#ringFor(job);
    const entry = new Entry(job, ++this.#order);
    this.#bytes += bytesOf(job);
    if (this.size === MOST_JOBS && this.#rings.peek() === ring) {
      // Mostly it is so where very many jobs end: the ring stays as it is among the others.
      this.#bytes -= bytesOf(ring.shift());
      ring.push(entry);
    } else {
      this.#change(ring, () => ring.push(entry));
      this.size++;
    }
    while (this.size > MOST_JOBS || this.#bytes > MOST_BYTES) this.#dropOldest();
  }

  /** Those that are kept, newest first: of one function, or of all. */
  newestFirst(func: FunctionQueue | null): Ended[] {
    const rings = func === null ? this.#byFunction.values() : [this.#byFunction.get(func)];
    const entries: Entry[] = [];
    for (const found of rings) {
      if (found !== undefined) {
        entries.push(...found.completed.entries(), ...found.others.entries());
      }
    }
    return entries.sort((a, b) => b.order - a.order).map(({ job }) => job);
  }

  /** The ended job with this number. */
  find(number: number): Ended | null {
    for (const { completed, others } of this.#byFunction.values()) {
      for (const ring of [completed, others]) {
        for (const { job } of ring.entries()) if (job.number === number) return job;
      }
    }
    return null;
  }

  #ringFor({ func, outcome }: Ended): Ring {
    let rings = this.#byFunction.get(func);
    if (rings === undefined) this.#byFunction.set(func, rings = new Rings());
    return outcome === "completed" ? rings.completed : rings.others;
  }

  #dropOldest(): void {
    const ring = this.#rings.peek()!;
    const { func } = ring.first!.job;
    this.#change(ring, () => this.#bytes -= bytesOf(ring.shift()));
    this.size--;
    const { completed, others } = this.#byFunction.get(func)!;
    if (completed.size + others.size === 0) this.#byFunction.delete(func);
  }

  /** Changes a ring, and moves it to the place in the heap that follows from its size. */
  #change(ring: Ring, change: () => void): void {
    if (ring.heapIndex >= 0) this.#rings.remove(ring);
    change();
    if (ring.size > 0) this.#rings.push(ring);
  }
}

function bytesOf({ func, unique, text, runs }: Ended): number {
  return JOB_BYTES + func.name.length + unique.length + text.length + runs.length * RUN_BYTES;
}
