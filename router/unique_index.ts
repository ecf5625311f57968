import { type ByteHash, equalBytes } from "./byte_hash.ts";
import type { FunctionQueue } from "./function_queue.ts";
import { type Job, KeyKind } from "./job.ts";

const FIRST_SIZE = 64;
/** Buckets moved for each change while the table grows: a million jobs cause no pause. */
const MOVED_PER_CHANGE = 8;

/** What a submit and a live job are compared by, apart from the function. */
export interface JobKey {
  /** Hash over function and key, from {@linkcode UniqueIndex.hash}. */
  hash: number;
  /** Hash over the key alone. */
  uniqueHash: number;
  /** Is the payload the key (unique `-`) rather than the unique? */
  byPayload: boolean;
  /** The key is `bytes[start..end)`. */
  bytes: Uint8Array;
  /** First byte of the key. */
  start: number;
  /** Byte after the key. */
  end: number;
}

/**
 * The live jobs that other submits can join, by (function, key). A chained hash table over the bytes
 * themselves: looking up makes no string, and a job costs one pointer in it.
 */
export class UniqueIndex {
  readonly #hash: ByteHash;
  #buckets: (Job | null)[] = emptyBuckets(FIRST_SIZE);
  /** The smaller table that is being emptied, and its first bucket that is not yet. */
  #old: (Job | null)[] | null = null;
  #oldFrom = 0;
  #size = 0;
  /** The newest job with each hash of a unique, whatever its function; the others hang behind it. */
  readonly #newest = new Map<number, Job>();

  /** An empty index. */
  constructor(hash: ByteHash) {
    this.#hash = hash;
  }

  /** How many jobs it holds. */
  get size(): number {
    return this.#size;
  }

  /** Hash of a unique or payload, to be used with {@linkcode inFunction}. */
  hashOf(bytes: Uint8Array, start: number, end: number): number {
    return this.#hash.of(bytes, start, end);
  }

  /** Makes the hash of (function, key) from that of the key. */
  inFunction(hash: number, func: FunctionQueue, byPayload: boolean): number {
    return Math.imul(hash ^ Math.imul(func.id * 2 + (byPayload ? 1 : 0), 0x9e3779b1), 0x85ebca6b);
  }

  /** The live job of the function with this key. */
  find(func: FunctionQueue, key: JobKey): Job | null {
    for (let job = this.#bucketOf(key.hash); job !== null; job = job.nextInBucket) {
      if (job.keyHash === key.hash && job.func === func && hasKey(job, key)) return job;
    }
    return null;
  }

  /** The newest live job with this unique, whatever its function. */
  newestWith(bytes: Uint8Array, start: number, end: number): Job | null {
    let job = this.#newest.get(this.hashOf(bytes, start, end)) ?? null;
    // Two uniques of one hash are rare: the first is nearly always the right one.
    while (job !== null && !isUnique(job, bytes, start, end)) job = job.olderWithUnique;
    return job;
  }

  #addNewest(job: Job): void {
    const older = this.#newest.get(job.uniqueHash);
    if (older !== undefined) {
      job.olderWithUnique = older;
      older.newerWithUnique = job;
    }
    this.#newest.set(job.uniqueHash, job);
  }

  #removeFromNewest(job: Job): void {
    const { newerWithUnique: newer, olderWithUnique: older } = job;
    if (older !== null) older.newerWithUnique = newer;
    if (newer !== null) newer.olderWithUnique = older;
    else if (older !== null) this.#newest.set(job.uniqueHash, older);
    else this.#newest.delete(job.uniqueHash);
    job.newerWithUnique = null;
    job.olderWithUnique = null;
  }

  /** Adds a job under its `keyHash` and `uniqueHash`. */
  add(job: Job): void {
    if (this.#old !== null) this.#move();
    else if (this.#size >= this.#buckets.length) this.#grow();
    this.#insert(job);
    this.#size++;
    if (job.key === KeyKind.UNIQUE) this.#addNewest(job);
  }

  /** Takes out a job that was added. */
  remove(job: Job): void {
    if (this.#old !== null) this.#move();
    const buckets = this.#tableOf(job.keyHash);
    const index = indexIn(buckets, job.keyHash);
    if (buckets[index] === job) {
      buckets[index] = job.nextInBucket;
    } else {
      let other = buckets[index]!;
      while (other.nextInBucket !== job) other = other.nextInBucket!;
      other.nextInBucket = job.nextInBucket;
    }
    job.nextInBucket = null;
    if (job.key === KeyKind.UNIQUE) this.#removeFromNewest(job);
    this.#size--;
    if (this.#size === 0) this.#empty();
  }

  /** The table in which a job with this hash is, or goes, at the moment. */
  #tableOf(hash: number): (Job | null)[] {
    const old = this.#old;
    return old !== null && indexIn(old, hash) >= this.#oldFrom ? old : this.#buckets;
  }

  #bucketOf(hash: number): Job | null {
    const buckets = this.#tableOf(hash);
    return buckets[indexIn(buckets, hash)];
  }

  #insert(job: Job): void {
    const buckets = this.#tableOf(job.keyHash);
    const index = indexIn(buckets, job.keyHash);
    job.nextInBucket = buckets[index];
    buckets[index] = job;
  }

  #grow(): void {
    this.#old = this.#buckets;
    this.#oldFrom = 0;
    this.#buckets = emptyBuckets(this.#buckets.length * 2);
  }

  /** Gives the memory of a large table back once the backlog is gone. */
  #empty(): void {
    this.#old = null;
    if (this.#buckets.length > FIRST_SIZE) this.#buckets = emptyBuckets(FIRST_SIZE);
  }

  #move(): void {
    const old = this.#old!;
    const until = Math.min(old.length, this.#oldFrom + MOVED_PER_CHANGE);
    while (this.#oldFrom < until) {
      let job = old[this.#oldFrom];
      old[this.#oldFrom++] = null;
      while (job !== null) {
        const next = job.nextInBucket;
        this.#insert(job);
        job = next;
      }
    }
    if (this.#oldFrom === old.length) this.#old = null;
  }
}

function emptyBuckets(size: number): (Job | null)[] {
  return new Array<Job | null>(size).fill(null);
}

function indexIn(buckets: (Job | null)[], hash: number): number {
  return (hash ^ (hash >>> 15)) & (buckets.length - 1);
}

function hasKey(job: Job, key: JobKey): boolean {
  const byPayload = job.key === KeyKind.PAYLOAD;
  if (byPayload !== key.byPayload) return false;
  const start = byPayload ? job.payloadStart : job.uniqueStart;
  const end = byPayload ? job.payloadEnd : job.uniqueEnd;
  return end - start === key.end - key.start &&
    equalBytes(job.body, start, key.bytes, key.start, end - start);
}

function isUnique(job: Job, bytes: Uint8Array, start: number, end: number): boolean {
  return job.uniqueLength === end - start &&
    equalBytes(job.body, job.uniqueStart, bytes, start, end - start);
}
