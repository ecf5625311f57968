import {
  copyLong,
  EMPTY,
  FEW_BYTES,
  giveBuffer,
  LARGEST_BUFFER,
  takeBuffer,
} from "../../protocol/buffer_pool.ts";
import type { LargeBuffers } from "../../protocol/mod.ts";
import { type ByteHash, DIGEST_LENGTH } from "../containers/byte_hash.ts";
import type { LoadedJob } from "../../store/store.ts";
import type { Job, JobContent } from "../model/job.ts";
import { JobState, JobStorage } from "../model/job_state.ts";
import type { Submission } from "../model/submission.ts";

/**
 * Small bodies are gathered in slabs of this size: a view or buffer of its own costs more than they
 * hold. One job keeps no more than a slab from being freed.
 */
const SLAB_SIZE = 32 * 1024;
/** Bodies up to this size go into a slab, */
const MAX_IN_SLAB = 4096;
/** but those of jobs that somebody waits for only up to this size: theirs are used again soon. */
const MAX_SHORT_LIVED_IN_SLAB = 1024;
/** A view is kept instead of a copy from here on, if it does not hold on to much more. */
const MIN_KEPT_VIEW = 4096;

/**
 * How long a job is there, as far as one can tell: `SHORT` if somebody waits for it, `LATER` if it
 * has a due time, else `QUEUED`. Bodies share memory with those of their kind only: one job for
 * tomorrow must not keep the memory of fifteen that are done at once.
 */
const Lifetime = { SHORT: 0, QUEUED: 1, LATER: 2 } as const;

/** One of {@linkcode Lifetime}. */
type LifetimeIndex = typeof Lifetime[keyof typeof Lifetime];

/** One after the other gets room in the same memory, which is freed when all who share it let go. */
class Slab {
  bytes: Uint8Array = EMPTY;
  #used = 0;

  /** Where room for `length` bytes begins in {@linkcode bytes}. */
  reserve(length: number): number {
    if (this.#used + length > this.bytes.length) {
      this.bytes = new Uint8Array(SLAB_SIZE);
      this.#used = 0;
    }
    const offset = this.#used;
    this.#used += length;
    return offset;
  }
}

/**
 * Keeps bytes of packets beyond the packet's life: the unique, reducer and payload of jobs.
 *
 * Small ones share a slab, which is freed when the last job in it is. Others have a buffer of their
 * own. New memory costs more than all the copying, so that of jobs that somebody waits for, and all
 * large ones, are used again when the job has ended; a backlog gets buffers that fit.
 */
export class PayloadMemory {
  readonly #large: LargeBuffers;
  readonly #hash: ByteHash;
  /** Where the room begins in the buffer that was returned last. */
  #offset = 0;
  /** Buffers from the pool, each with a single job. */
  readonly #borrowed = new WeakSet<Uint8Array>();
  /** Where small bodies are gathered, by the lifetime of their jobs. */
  readonly #slabs = [new Slab(), new Slab(), new Slab()] as const;
  /** For what stays of jobs whose payload has left: it must not keep a slab of payloads alive. */
  readonly #remainders = [new Slab(), new Slab(), new Slab()] as const;

  /**
   * @param large where large bodies are kept.
   * @param hash makes the digests of payloads that are keys.
   */
  constructor(large: LargeBuffers, hash: ByteHash) {
    this.#large = large;
    this.#hash = hash;
  }

  /** Makes the body of a submission outlive its packet; changes the positions accordingly. */
  keep(submission: Submission): JobContent {
    const { body, uniqueStart, payloadEnd } = submission;
    const length = payloadEnd - uniqueStart;
    if (
      submission.stable && length >= MIN_KEPT_VIEW && 2 * length >= body.buffer.byteLength
    ) {
      this.#large.retain(body);
      return submission;
    }
    const kept = this.#reserve(length, lifetimeOf(submission));
    const shift = this.#offset - uniqueStart;
    copyBytes(body, uniqueStart, payloadEnd, kept, this.#offset);
    submission.body = kept;
    submission.uniqueStart += shift;
    submission.uniqueEnd += shift;
    submission.payloadStart += shift;
    submission.payloadEnd += shift;
    return submission;
  }

  /**
   * Keeps the bytes of a stored job, as those of a submission are kept.
   *
   * @param digest that of its payload, if that is the key and is not there.
   */
  keepRestored(
    { unique, reducer, payload, due }: Pick<LoadedJob, "unique" | "reducer" | "payload" | "due">,
    digest: Uint8Array = EMPTY,
  ): JobContent {
    const names = unique.length + reducer.length + 2;
    const lifetime = due > 0 ? Lifetime.LATER : Lifetime.QUEUED;
    const body = payload === null
      ? this.#reserveRemainder(names + digest.length, lifetime)
      : this.#reserve(names + payload.length, lifetime);
    const uniqueStart = this.#offset;
    const uniqueEnd = uniqueStart + unique.length;
    const payloadStart = uniqueStart + names;
    copyBytes(unique, 0, unique.length, body, uniqueStart);
    body[uniqueEnd] = 0;
    copyBytes(reducer, 0, reducer.length, body, uniqueEnd + 1);
    body[payloadStart - 1] = 0;
    const rest = payload ?? digest;
    copyBytes(rest, 0, rest.length, body, payloadStart);
    const payloadEnd = payloadStart + (payload?.length ?? 0);
    const reducerLength = reducer.length;
    return { body, uniqueStart, uniqueEnd, reducerLength, payloadStart, payloadEnd };
  }

  /**
   * The payload of a job is in the store: what is left of its body moves to a smaller place. Its digest
   * comes behind that if it is the key.
   */
  leavePayload(job: Job): void {
    const { body, payloadStart, payloadEnd, key } = job;
    const lifetime = job.state === JobState.SCHEDULED ? Lifetime.LATER : Lifetime.QUEUED;
    const isKey = key !== null && key.byPayload;
    const digest = isKey ? this.digest(body, payloadStart, payloadEnd) : EMPTY;
    this.#keepNamesOnly(job, lifetime, digest);
    job.storage = JobStorage.OUTSIDE;
  }

  /** The digest of a payload, {@linkcode DIGEST_LENGTH} bytes. */
  digest(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const digest = new Uint8Array(DIGEST_LENGTH);
    this.#hash.digest(bytes, start, end, digest);
    return digest;
  }

  /** The payload of a job is back from the store. */
  returnPayload(job: Job, payload: Uint8Array): void {
    const { body, uniqueStart, payloadStart } = job;
    const length = payloadStart - uniqueStart;
    const whole = new Uint8Array(length + payload.length);
    whole.set(body.subarray(uniqueStart, payloadStart));
    whole.set(payload, length);
    job.body = whole;
    job.uniqueEnd -= uniqueStart;
    job.uniqueStart = 0;
    job.payloadStart = length;
    job.payloadEnd = whole.length;
    job.storage = JobStorage.STORED;
  }

  /** Nobody needs the body of a job any more, which has another one. */
  free(body: Uint8Array): void {
    if (this.#isReused(body)) this.#free(body);
  }

  /** A job has ended: the buffer of its body may be used again. */
  release(job: Job): void {
    if (this.#isReused(job.body)) this.#keepNamesOnly(job, Lifetime.SHORT);
  }

  #keepNamesOnly(job: Job, lifetime: LifetimeIndex, digest = EMPTY): void {
    const { body, uniqueStart, payloadStart } = job;
    const length = payloadStart - uniqueStart;
    const kept = this.#reserveRemainder(length + digest.length, lifetime);
    const offset = this.#offset;
    copyBytes(body, uniqueStart, payloadStart, kept, offset);
    copyBytes(digest, 0, digest.length, kept, offset + length);
    job.body = kept;
    job.uniqueStart = offset;
    job.uniqueEnd += offset - uniqueStart;
    job.payloadStart = offset + length;
    job.payloadEnd = job.payloadStart;
    this.#free(body);
  }

  /** Somebody looks at the body, nobody knows for how long: it is never used again. */
  letGo(body: Uint8Array): void {
    this.#large.letGo(body);
    this.#borrowed.delete(body);
  }

  /** Room for `length` bytes, from `#offset` of the returned buffer on. */
  #reserve(length: number, lifetime: LifetimeIndex): Uint8Array {
    const isShortLived = lifetime === Lifetime.SHORT;
    if (length > (isShortLived ? MAX_SHORT_LIVED_IN_SLAB : MAX_IN_SLAB)) {
      this.#offset = 0;
      if (length > LARGEST_BUFFER) return this.#large.take(length);
      return isShortLived ? this.#borrow(length) : new Uint8Array(length);
    }
    const slab = this.#slabs[lifetime];
    this.#offset = slab.reserve(length);
    return slab.bytes;
  }

  /** Keeps the unique and the reducer of a job whose payload is kept elsewhere. */
  #reserveRemainder(length: number, lifetime: LifetimeIndex): Uint8Array {
    const slab = this.#remainders[lifetime];
    this.#offset = slab.reserve(length);
    return slab.bytes;
  }

  #borrow(length: number): Uint8Array {
    const body = takeBuffer(length);
    this.#borrowed.add(body);
    return body;
  }

  /** Will the body be used again when its job has ended? */
  #isReused(body: Uint8Array): boolean {
    return body.length > LARGEST_BUFFER ? this.#large.owns(body) : this.#borrowed.has(body);
  }

  #free(body: Uint8Array): void {
    if (body.length > LARGEST_BUFFER) this.#large.release(body);
    else if (this.#borrowed.delete(body)) giveBuffer(body);
  }
}

function lifetimeOf({ background, due }: Submission): LifetimeIndex {
  if (due > 0) return Lifetime.LATER;
  return background ? Lifetime.QUEUED : Lifetime.SHORT;
}

function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
): void {
  const length = end - start;
  if (length > FEW_BYTES) return copyLong(source, start, end, target, offset);
  for (let index = 0; index < length; index++) target[offset + index] = source[start + index];
}
