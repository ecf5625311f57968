import { type ByteHash, equalBytes } from "./byte_hash.ts";
import { JobStorage } from "./durability.ts";
import type { FunctionQueue } from "./function_queue.ts";
import type { Job, JobContent } from "./job.ts";

/** `-` as a unique. */
const PAYLOAD_IS_KEY = 0x2d;
const FIRST_SIZE = 64;
/** Buckets moved for each change while the table grows: a million jobs cause no pause. */
const MOVED_PER_CHANGE = 8;

/** What a submit is compared by, apart from the function. */
export interface SubmittedKey {
  /** Hash over function and key. */
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

/** What others can join a live job by. Jobs without such a key have none of these. */
export class JobKey {
  /** Whose key it is. */
  readonly job: Job;
  /** Is the payload the key (unique `-`) rather than the unique? */
  readonly byPayload: boolean;
  /** Hash over function and key. */
  readonly hash: number;
  /** Hash over the key alone. */
  readonly uniqueHash: number;
  /** The next one in the same bucket of the index. */
  nextInBucket: JobKey | null = null;
  /** The next newer one with this unique hash, in whatever function. */
  newer: JobKey | null = null;
  /** The next older one. */
  older: JobKey | null = null;

  /** The key of a job, as it was submitted. */
  constructor(job: Job, { byPayload, hash, uniqueHash }: SubmittedKey) {
    this.job = job;
    this.byPayload = byPayload;
    this.hash = hash;
    this.uniqueHash = uniqueHash;
  }
}

/**
 * The live jobs that other submits can join, by (function, key). A chained hash table over the bytes
 * themselves: looking up makes no string, and a job costs one pointer in it.
 */
export class UniqueIndex {
  readonly #hash: ByteHash;
  #buckets: (JobKey | null)[] = emptyBuckets(FIRST_SIZE);
  /** The smaller table that is being emptied, and its first bucket that is not yet. */
  #old: (JobKey | null)[] | null = null;
  #oldFrom = 0;
  #size = 0;
  /** The newest job with each hash of a unique, whatever its function; the others hang behind it. */
  readonly #newest = new Map<number, JobKey>();

  /** An empty index. */
  constructor(hash: ByteHash) {
    this.#hash = hash;
  }

  /** How many jobs it holds. */
  get size(): number {
    return this.#size;
  }

  /** Hash of a unique or payload. */
  hashOf(bytes: Uint8Array, start: number, end: number): number {
    return this.#hash.of(bytes, start, end);
  }

  /**
   * Works out by what others may join a job that is submitted.
   *
   * @param key filled in.
   * @returns false if by nothing.
   */
  keyOf(content: JobContent, func: FunctionQueue, key: SubmittedKey): boolean {
    const { body, uniqueStart, uniqueEnd, payloadStart, payloadEnd } = content;
    if (uniqueStart === uniqueEnd) return false;
    key.byPayload = isPayloadKey(body, uniqueStart, uniqueEnd);
    key.bytes = body;
    key.start = key.byPayload ? payloadStart : uniqueStart;
    key.end = key.byPayload ? payloadEnd : uniqueEnd;
    if (key.start === key.end) return false;
    this.#hashKey(key, func);
    return true;
  }

  /** The same for a job whose key is its payload, which is not in memory. */
  keyOfPayload(payload: Uint8Array, func: FunctionQueue, key: SubmittedKey): void {
    key.byPayload = true;
    key.bytes = payload;
    key.start = 0;
    key.end = payload.length;
    this.#hashKey(key, func);
  }

  #hashKey(key: SubmittedKey, func: FunctionQueue): void {
    key.uniqueHash = this.hashOf(key.bytes, key.start, key.end);
    key.hash = inFunction(key.uniqueHash, func, key.byPayload);
  }

  /** The live job of the function with this key. */
  find(func: FunctionQueue, wanted: SubmittedKey): Job | null {
    for (let key = this.#bucketOf(wanted.hash); key !== null; key = key.nextInBucket) {
      if (key.hash === wanted.hash && key.job.func === func && isSame(key, wanted)) return key.job;
    }
    return null;
  }

  /** The newest live job with this unique, whatever its function. */
  newestWith(bytes: Uint8Array, start: number, end: number): Job | null {
    let key = this.#newest.get(this.hashOf(bytes, start, end)) ?? null;
    // Two uniques of one hash are rare: the first is nearly always the right one.
    while (key !== null && !isUnique(key.job, bytes, start, end)) key = key.older;
    return key === null ? null : key.job;
  }

  #addNewest(key: JobKey): void {
    const older = this.#newest.get(key.uniqueHash);
    if (older !== undefined) {
      key.older = older;
      older.newer = key;
    }
    this.#newest.set(key.uniqueHash, key);
  }

  #removeFromNewest(key: JobKey): void {
    const { newer, older } = key;
    if (older !== null) older.newer = newer;
    if (newer !== null) newer.older = older;
    else if (older !== null) this.#newest.set(key.uniqueHash, older);
    else this.#newest.delete(key.uniqueHash);
  }

  /** Adds the key of a job. */
  add(key: JobKey): void {
    if (this.#old !== null) this.#move();
    else if (this.#size >= this.#buckets.length) this.#grow();
    this.#insert(key);
    this.#size++;
    if (!key.byPayload) this.#addNewest(key);
  }

  /** Takes out a key that was added. */
  remove(key: JobKey): void {
    if (this.#old !== null) this.#move();
    const buckets = this.#tableOf(key.hash);
    const index = indexIn(buckets, key.hash);
    if (buckets[index] === key) {
      buckets[index] = key.nextInBucket;
    } else {
      let other = buckets[index]!;
      while (other.nextInBucket !== key) other = other.nextInBucket!;
      other.nextInBucket = key.nextInBucket;
    }
    if (!key.byPayload) this.#removeFromNewest(key);
    this.#size--;
    if (this.#size === 0) this.#empty();
  }

  /** The table in which a job with this hash is, or goes, at the moment. */
  #tableOf(hash: number): (JobKey | null)[] {
    const old = this.#old;
    return old !== null && indexIn(old, hash) >= this.#oldFrom ? old : this.#buckets;
  }

  #bucketOf(hash: number): JobKey | null {
    const buckets = this.#tableOf(hash);
    return buckets[indexIn(buckets, hash)];
  }

  #insert(key: JobKey): void {
    const buckets = this.#tableOf(key.hash);
    const index = indexIn(buckets, key.hash);
    key.nextInBucket = buckets[index];
    buckets[index] = key;
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
      let key = old[this.#oldFrom];
      old[this.#oldFrom++] = null;
      while (key !== null) {
        const next = key.nextInBucket;
        this.#insert(key);
        key = next;
      }
    }
    if (this.#oldFrom === old.length) this.#old = null;
  }
}

/** Makes the hash of (function, key) from that of the key. */
function inFunction(hash: number, func: FunctionQueue, byPayload: boolean): number {
  return Math.imul(hash ^ Math.imul(func.id * 2 + (byPayload ? 1 : 0), 0x9e3779b1), 0x85ebca6b);
}

function emptyBuckets(size: number): (JobKey | null)[] {
  return new Array<JobKey | null>(size).fill(null);
}

function indexIn(buckets: (JobKey | null)[], hash: number): number {
  return (hash ^ (hash >>> 15)) & (buckets.length - 1);
}

function isSame({ job, byPayload }: JobKey, wanted: SubmittedKey): boolean {
  if (byPayload !== wanted.byPayload) return false;
  if (byPayload && job.storage === JobStorage.OUTSIDE) return hasStoredPayload(job, wanted);
  const start = byPayload ? job.payloadStart : job.uniqueStart;
  const end = byPayload ? job.payloadEnd : job.uniqueEnd;
  return end - start === wanted.end - wanted.start &&
    equalBytes(job.body, start, wanted.bytes, wanted.start, end - start);
}

/** A payload that cannot be read is not the same: better a job too many than one too few. */
function hasStoredPayload(job: Job, { bytes, start, end }: SubmittedKey): boolean {
  const payload = job.func.jobs.comparePayload(job);
  return payload !== null && payload.length === end - start &&
    equalBytes(payload, 0, bytes, start, end - start);
}

function isUnique(job: Job, bytes: Uint8Array, start: number, end: number): boolean {
  return job.uniqueLength === end - start &&
    equalBytes(job.body, job.uniqueStart, bytes, start, end - start);
}

/** Is this unique `-`, which makes the payload the key? */
export function isPayloadKey(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 1 && bytes[start] === PAYLOAD_IS_KEY;
}
