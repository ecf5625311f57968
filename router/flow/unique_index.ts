import { EMPTY, equalBytes } from "../../protocol/buffer_pool.ts";
import { type ByteHash, DIGEST_LENGTH } from "../containers/byte_hash.ts";
import { ChainedTable } from "../containers/chained_table.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import { isPayloadKey, type Job, type JobContent, type JobKey } from "../model/job.ts";
import { JobStorage } from "../model/job_state.ts";

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

/** One to be filled in and used again. */
export function emptyKey(): SubmittedKey {
  return { hash: 0, uniqueHash: 0, byPayload: false, bytes: EMPTY, start: 0, end: 0 };
}

/** All keys, by the hash over function and key. */
class KeysInFunctions extends ChainedTable<JobKey> {
  protected hashOf(key: JobKey): number {
    return inFunction(key.uniqueHash, key.job.func, key.byPayload);
  }

  protected nextOf({ nextInBucket }: JobKey): JobKey | null {
    return nextInBucket;
  }

  protected setNext(key: JobKey, next: JobKey | null): void {
    key.nextInBucket = next;
  }
}

/** The newest key with each hash of a unique, whatever its function; the older ones hang behind it. */
class NewestKeys extends ChainedTable<JobKey> {
  protected hashOf({ uniqueHash }: JobKey): number {
    return uniqueHash;
  }

  protected nextOf({ newer }: JobKey): JobKey | null {
    return newer;
  }

  protected setNext(key: JobKey, next: JobKey | null): void {
    key.newer = next;
  }

  /** The newest one with this hash. */
  with(uniqueHash: number): JobKey | null {
    let key = this.first(uniqueHash);
    while (key !== null && key.uniqueHash !== uniqueHash) key = key.newer;
    return key;
  }
}

/**
 * The live jobs that other submits can join, by (function, key). Hash tables over the bytes
 * themselves: looking up makes no string.
 */
export class UniqueIndex {
  readonly #hash: ByteHash;
  readonly #digest = new Uint8Array(DIGEST_LENGTH);
  readonly #keys = new KeysInFunctions();
  readonly #newest = new NewestKeys();

  constructor(hash: ByteHash) {
    this.#hash = hash;
  }

  /** How many jobs it holds. */
  get size(): number {
    return this.#keys.size;
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
    key.uniqueHash = this.hashOf(key.bytes, key.start, key.end);
    key.hash = inFunction(key.uniqueHash, func, key.byPayload);
    return true;
  }

  /** The live job of the function with this key. */
  find(func: FunctionQueue, wanted: SubmittedKey): Job | null {
    for (let key = this.#keys.first(wanted.hash); key !== null; key = key.nextInBucket) {
      if (
        key.uniqueHash === wanted.uniqueHash && key.job.func === func && this.#isSame(key, wanted)
      ) {
        return key.job;
      }
    }
    return null;
  }

  #isSame({ job, byPayload }: JobKey, wanted: SubmittedKey): boolean {
    if (byPayload !== wanted.byPayload) return false;
    // The digest of a payload that is in the store only stands behind what is in memory.
    if (byPayload && job.storage === JobStorage.OUTSIDE) {
      return this.isDigest(job.body, job.payloadEnd, wanted);
    }
    const start = byPayload ? job.payloadStart : job.uniqueStart;
    const end = byPayload ? job.payloadEnd : job.uniqueEnd;
    return end - start === wanted.end - wanted.start &&
      equalBytes(job.body, start, wanted.bytes, wanted.start, end - start);
  }

  /** Is the digest at a place in some bytes that of the key? */
  isDigest(digests: Uint8Array, at: number, { bytes, start, end }: SubmittedKey): boolean {
    this.#hash.digest(bytes, start, end, this.#digest);
    return equalBytes(digests, at, this.#digest, 0, DIGEST_LENGTH);
  }

  /** The newest job with this unique that is not parked, whatever its function. */
  newestWith(bytes: Uint8Array, start: number, end: number): Job | null {
    let key = this.#newest.with(this.hashOf(bytes, start, end));
    // Two uniques of one hash are rare: the first is nearly always the right one.
    while (key !== null && !isUnique(key.job, bytes, start, end)) key = key.older;
    return key === null ? null : key.job;
  }

  /** Adds the key of a job. */
  add(key: JobKey): void {
    this.#keys.add(key);
    if (key.byPayload) return;
    const older = this.#newest.with(key.uniqueHash);
    if (older === null) return this.#newest.add(key);
    // One that was parked is older than others.
    if (older.job.number > key.job.number) return addBehind(older, key);
    this.#newest.replace(older, key);
    key.older = older;
    older.newer = key;
  }

  /** Takes out a key that was added. */
  remove(key: JobKey): void {
    this.#keys.remove(key);
    if (key.byPayload) return;
    const { newer, older } = key;
    if (!key.isNewest) {
      newer!.older = older;
      if (older !== null) older.newer = newer;
    } else if (older !== null) {
      this.#newest.replace(key, older);
    } else {
      this.#newest.remove(key);
    }
  }
}

/** Puts a key among the older ones, by the number of its job. */
function addBehind(newest: JobKey, key: JobKey): void {
  let before = newest;
  for (let older = before.older; older !== null; older = before.older) {
    if (older.job.number < key.job.number) break;
    before = older;
  }
  key.newer = before;
  key.older = before.older;
  if (key.older !== null) key.older.newer = key;
  before.older = key;
}

/** Makes the hash of (function, key) from that of the key. */
function inFunction(hash: number, func: FunctionQueue, byPayload: boolean): number {
  return Math.imul(hash ^ Math.imul(func.id * 2 + (byPayload ? 1 : 0), 0x9e3779b1), 0x85ebca6b);
}

function isUnique(job: Job, bytes: Uint8Array, start: number, end: number): boolean {
  return job.uniqueLength === end - start &&
    equalBytes(job.body, job.uniqueStart, bytes, start, end - start);
}
