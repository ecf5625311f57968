import { encodeName, type OutputBuffer, PacketType } from "../protocol/mod.ts";
import { equalBytes } from "./byte_hash.ts";
import type { Connection } from "./connection.ts";
import type { Job } from "./job.ts";
import type { PayloadStore } from "./payload_store.ts";
import { SequenceTable } from "./sequence_table.ts";

/**
 * Longest handle in bytes: libgearman keeps them in 64 bytes with a NUL.
 *
 * @example
 * ```ts
 * import {
 *   ManualClock,
 *   MAX_HANDLE_LENGTH,
 *   MAX_HANDLE_PREFIX_LENGTH,
 *   Router,
 * } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const jobHandlePrefix = "H:".padEnd(MAX_HANDLE_PREFIX_LENGTH, "x");
 * const router = new Router(new ManualClock(), { jobHandlePrefix });
 * assertEquals(router.enqueueJob({ function: "resize" })!.handle.length, MAX_HANDLE_LENGTH);
 * ```
 */
export const MAX_HANDLE_LENGTH = 63;
/**
 * Length of the boot id in bytes.
 *
 * @example
 * ```ts
 * import { BOOT_ID_LENGTH, ManualClock, Router } from "@geartrain/server/router";
 * import { assert } from "@std/assert";
 *
 * const bootId = "42".padStart(BOOT_ID_LENGTH, "0");
 * const router = new Router(new ManualClock(), { bootId });
 * const { handle } = router.enqueueJob({ function: "resize" })!;
 * assert(handle.startsWith("H:localhost:000000042"));
 * ```
 */
export const BOOT_ID_LENGTH = 9;
/** Hexadecimal digits of the number: 2^52 jobs, a thousand years at 100,000 a second. */
const DIGITS = 13;
/**
 * Longest prefix in bytes that leaves room for a colon, boot id and number.
 *
 * @example
 * ```ts
 * import { ManualClock, MAX_HANDLE_PREFIX_LENGTH, Router } from "@geartrain/server/router";
 * import { assertThrows } from "@std/assert";
 *
 * const jobHandlePrefix = "x".repeat(MAX_HANDLE_PREFIX_LENGTH + 1);
 * assertThrows(() => new Router(new ManualClock(), { jobHandlePrefix }), RangeError, "40 bytes");
 * ```
 */
export const MAX_HANDLE_PREFIX_LENGTH: number = MAX_HANDLE_LENGTH - 1 - BOOT_ID_LENGTH - DIGITS;

/**
 * The live jobs by their handles. A handle is `<prefix>:<boot id><number>`: the boot id differs from
 * start to start, so no handle ever comes back, and the number has a fixed width, so none is a
 * prefix of another (libgearman 2.0.0 compares only as many bytes as the shorter one has).
 *
 * Handles are written to and read from packets digit by digit; no string is made.
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
  readonly #jobs = new SequenceTable<Job>();
  readonly #base: Uint8Array;
  readonly #baseText: string;
  #lastSequence = 0;

  /**
   * An empty table.
   *
   * @param prefix at most {@linkcode MAX_HANDLE_PREFIX_LENGTH} bytes, for example `H:web1`.
   * @param bootId {@linkcode BOOT_ID_LENGTH} characters.
   * @internal
   */
  constructor(prefix: string, bootId: string, payloads: PayloadStore) {
    this.payloads = payloads;
    this.#baseText = `${prefix}:${bootId}`;
    this.#base = encodeName(this.#baseText);
  }

  /** How many jobs live. */
  get size(): number {
    return this.#jobs.size;
  }

  /** @internal Length of every handle in bytes. */
  get handleLength(): number {
    return this.#base.length + DIGITS;
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
  }

  /** @internal Forgets a job. */
  remove(job: Job): void {
    this.#jobs.remove(job.sequence);
  }

  /** The live jobs, oldest first. */
  values(): IterableIterator<Job> {
    return this.#jobs.values();
  }

  /** The live job whose handle is `bytes[start..end)`. */
  find(bytes: Uint8Array, start: number, end: number): Job | undefined {
    const sequence = this.sequenceOf(bytes, start, end);
    return sequence < 0 ? undefined : this.#jobs.get(sequence);
  }

  /**
   * The number in the handle `bytes[start..end)` of a live or ended job; -1 if it is no handle.
   * @internal
   */
  sequenceOf(bytes: Uint8Array, start: number, end: number): number {
    const base = this.#base;
    if (end - start !== base.length + DIGITS) return -1;
    if (!equalBytes(bytes, start, base, 0, base.length)) return -1;
    let sequence = 0;
    for (let position = start + base.length; position < end; position++) {
      const digit = hexDigit(bytes[position]);
      if (digit < 0) return -1;
      sequence = sequence * 16 + digit;
    }
    return sequence;
  }

  /** @internal Sends WORK_FAIL for a job. */
  sendFail(job: Job, { out, link }: Connection): void {
    out.packet(PacketType.WORK_FAIL, this.handleLength);
    this.writeHandle(job, out);
    link.flush(true);
  }

  /** @internal Appends the handle of a job to a packet. */
  writeHandle(job: Job, out: OutputBuffer): void {
    const base = this.#base;
    out.bytes(base, 0, base.length);
    out.hexadecimal(job.sequence, DIGITS);
  }

  /** @internal The handle of a job as a string. */
  handleOf(job: Job): string {
    return this.#baseText + job.sequence.toString(16).padStart(DIGITS, "0");
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
}
