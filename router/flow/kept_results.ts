import type { Clock } from "../clock.ts";
import type { Cluster } from "../cluster.ts";
import { DueHeap } from "../containers/due_heap.ts";
import type { RouterLog } from "../log/router_log.ts";
import type { Job } from "../model/job.ts";
import type { RelayedBody } from "../model/subscriber.ts";
import { Timer } from "../model/timer.ts";
import type { Refusal } from "../policy.ts";
import type { JobTable } from "./job_table.ts";
import { bytesOf, numberIn, type Records } from "./records.ts";
import type { Timers } from "./timers.ts";

/** What each counts for besides what its worker sent, in bytes. */
const BYTES_OF_EACH = 512;
/** So many go in one turn. */
const GONE_IN_A_TURN = 1024;
/** Of the times that are noted so many more than there are results may be of results that are gone. */
const MOST_GONE = 1024;
/** Records of results: the key is the number of the job, the value as {@linkcode valueOf} makes it. */
const KIND = "result";

/** A queue that servers share keeps no results. */
const NO_RESULTS: Refusal = {
  code: "NOT_HERE",
  text: "a queue that servers share keeps no results",
};
/** The job lives still. */
const NOT_ENDED: Refusal = { code: "NOT_ENDED", text: "the job has not ended" };
/** There never was such a job, or it did not complete, or its result is not kept, or not any more. */
const UNKNOWN_RESULT: Refusal = { code: "UNKNOWN_RESULT", text: "" };

/** What a worker sent when a background job was done. */
export interface KeptResult {
  /** Number of the job. */
  readonly number: number;
  /** Name of its function. */
  readonly function: Uint8Array;
  /** When it ended, in milliseconds since the Unix epoch. */
  readonly endedAt: number;
  /** Until when its result is kept, likewise. */
  readonly until: number;
  /** How far its worker had counted with WORK_STATUS; 1 if it had not. */
  readonly total: number;
  /** What stood in the WORK_COMPLETE. */
  readonly data: Uint8Array;
}

/** What {@linkcode KeptResults} need. */
export interface KeptResultsParts {
  readonly options: { readonly maxResultMemory: number };
  readonly clock: Clock;
  readonly timers: Timers;
  readonly jobs: JobTable;
  readonly records: Records;
  readonly log: RouterLog;
  readonly cluster: Cluster | null;
}

/**
 * The results of background jobs, for as long as the rules of their functions said when they ended. With a
 * store, they are there after a restart.
 */
export class KeptResults {
  readonly #parts: KeptResultsParts;
  /** By the numbers of their jobs, the oldest first. */
  #results = new Map<number, KeptResult>();
  readonly #times = new DueHeap();
  readonly #timer = new Timer(() => this.#ring());
  /** What they take in memory: 512 bytes each, and what their workers sent. */
  bytes = 0;
  /** How many had to go before their time. */
  dropped = 0;

  constructor(parts: KeptResultsParts) {
    this.#parts = parts;
    parts.records.restore(KIND, (key, value) => {
      if (value === null) return;
      const result = resultIn(numberIn(key), value);
      if (result !== null) this.#add(result);
    });
  }

  /** How many there are. */
  get size(): number {
    return this.#results.size;
  }

  /** A background job is done; `body` is that of its WORK_COMPLETE. Its result is kept for so long. */
  keep(job: Job, body: Readonly<RelayedBody>, time: number): void {
    const { clock, records, options, log } = this.#parts;
    const value = valueOf(job, body, clock.epoch(), time);
    const result = resultIn(job.number, value)!;
    if (sizeOf(result) > options.maxResultMemory) {
      this.dropped++;
      return log.resultDropped(job.handle, job.func.name, "it is larger than all may be together");
    }
    // It ran once more, as the server had died before its end was stored.
    const former = this.#results.get(job.number);
    if (former !== undefined) this.#remove(former);
    this.#makeRoom(sizeOf(result));
    records.set(KIND, bytesOf(job.number), value);
    this.#add(result);
  }

  /** That of the job whose handle is `bytes[start..end)`. */
  find(bytes: Uint8Array, start: number, end: number): KeptResult | null {
    if (this.#results.size === 0) return null;
    return this.#results.get(this.#parts.jobs.numberOf(bytes, start, end)) ?? null;
  }

  /** The same for whoever wants to see it, or why there is none. */
  ask(handle: Uint8Array): KeptResult | Refusal {
    const { jobs, cluster } = this.#parts;
    if (cluster !== null) return NO_RESULTS;
    const found = this.find(handle, 0, handle.length);
    return found ?? (jobs.isLive(handle, 0, handle.length) ? NOT_ENDED : UNKNOWN_RESULT);
  }

  /** All that were stored are there: they come in the order of their numbers. */
  loaded(): void {
    const inOrder = [...this.#results].sort(([, a], [, b]) => a.endedAt - b.endedAt);
    this.#results = new Map(inOrder);
    this.#makeRoom(0);
  }

  #add(result: KeptResult): void {
    const { number, until } = result;
    this.#results.set(number, result);
    this.bytes += sizeOf(result);
    if (this.#times.size > 2 * this.#results.size + MOST_GONE) {
      this.#times.retain((other) => this.#results.has(other));
    }
    this.#times.push(until, number);
    if (!this.#timer.isSet || until < this.#timer.due) this.#arm();
  }

  #remove(result: KeptResult): void {
    this.#results.delete(result.number);
    this.bytes -= sizeOf(result);
    this.#parts.records.remove(KIND, bytesOf(result.number));
  }

  /** The oldest go until so many bytes more fit. */
  #makeRoom(needed: number): void {
    const { options, jobs, log } = this.#parts;
    for (const oldest of this.#results.values()) {
      if (this.bytes + needed <= options.maxResultMemory) return;
      this.dropped++;
      log.resultDropped(jobs.handleOf(oldest), oldest.function, "kept results are too large");
      this.#remove(oldest);
    }
  }

  #arm(): void {
    const { timers } = this.#parts;
    timers.clearDueTime(this.#timer);
    if (this.#times.size > 0) timers.setDueTime(this.#timer, this.#times.due);
  }

  #ring(): void {
    const now = this.#parts.clock.epoch();
    for (let count = 0; count < GONE_IN_A_TURN && this.#times.due <= now; count++) {
      const result = this.#results.get(this.#times.number);
      this.#times.pop();
      if (result !== undefined) this.#remove(result);
    }
    this.#arm();
  }
}

/** What it takes in memory. */
function sizeOf({ data }: KeptResult): number {
  return BYTES_OF_EACH + data.length;
}

/** The fields before the name of the function: three numbers, and its length. */
const HEAD_LENGTH = 3 * 8 + 2;

/** A result as it is stored: when it ended, until when it is kept, its total; its function; its data. */
function valueOf(
  { func: { name }, progress }: Job,
  { bytes, start, end, lacksNul }: Readonly<RelayedBody>,
  endedAt: number,
  time: number,
): Uint8Array {
  const from = lacksNul ? end : bytes.indexOf(0, start) + 1;
  const value = new Uint8Array(HEAD_LENGTH + name.length + end - from);
  const head = new DataView(value.buffer);
  head.setFloat64(0, endedAt);
  head.setFloat64(8, endedAt + time);
  head.setFloat64(16, Math.max(1, progress?.denominator ?? 1));
  head.setUint16(24, name.length);
  value.set(name, HEAD_LENGTH);
  value.set(bytes.subarray(from, end), HEAD_LENGTH + name.length);
  return value;
}

/** The result in a record; null if it is of another version, which writes it otherwise. */
function resultIn(number: number, value: Uint8Array): KeptResult | null {
  if (value.length < HEAD_LENGTH) return null;
  const head = new DataView(value.buffer, value.byteOffset);
  const dataStart = HEAD_LENGTH + head.getUint16(24);
  if (value.length < dataStart) return null;
  return {
    number,
    function: value.subarray(HEAD_LENGTH, dataStart),
    endedAt: head.getFloat64(0),
    until: head.getFloat64(8),
    total: head.getFloat64(16),
    data: value.subarray(dataStart),
  };
}
