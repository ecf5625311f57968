/**
 * What has happened in a router: how jobs ended, who ran them, and how long they waited and took. All
 * of it is in memory, within fixed limits.
 *
 * @module
 */
import { EMPTY } from "../../protocol/buffer_pool.ts";
import { encodeName, PacketType } from "../../protocol/mod.ts";
import type { Clock } from "../clock.ts";
import type { RouterHooks } from "../hooks.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import type { Job } from "../model/job.ts";
import {
  type FailureCause,
  type JobOutcome,
  PRIORITIES,
  PRIORITY_NAMES,
} from "../model/job_state.ts";
import { factsOfPeer, type Peer, type PeerFacts } from "../model/peer.ts";
import type { RelayedBody } from "../model/subscriber.ts";
import { type Ended, EndedJobs } from "./ended_jobs.ts";
import type { Moments } from "./moments.ts";
import { Room } from "./room.ts";
import {
  endOfRun,
  MOST_RUNS,
  MOST_TEXT,
  Run,
  type RunEnd,
  type RunFacts,
  type TriedJob,
  TriedJobs,
} from "./runs.ts";
import type { Target } from "../options.ts";
import { Targets } from "./targets.ts";
import { type FunctionTimings, TimingTable } from "./timings.ts";

/** Jobs that wait since their due time, for which that is kept; others count from their submit. */
const MOST_DUE = 65_536;

/** A job that has ended. */
export interface EndedJob {
  readonly handle: string;
  readonly function: Uint8Array;
  readonly unique: Uint8Array;
  readonly outcome: JobOutcome;
  readonly priority: "high" | "normal" | "low";
  readonly background: boolean;
  /**
   * When it was submitted, in milliseconds since the Unix epoch, to a hundredth of its age then; null if
   * that was before this router began.
   */
  readonly submitted: number | null;
  /** When its last run began, likewise; null if it had none. */
  readonly started: number | null;
  /** When it ended, in milliseconds since the Unix epoch. */
  readonly ended: number;
  /** Null if a program submitted it, or it was stored before this router began. */
  readonly submitter: PeerFacts | null;
  /** Who ran it last; null if nobody did. */
  readonly worker: PeerFacts | null;
  /** Its last 20 runs, oldest first. */
  readonly runs: readonly RunFacts[];
  /** The last 1,000 bytes of what its exception said, or else its last warning; empty without. */
  readonly text: Uint8Array;
  /** Size of its result in bytes; 0 unless it is completed. */
  readonly resultBytes: number;
}

/** What {@linkcode History} needs of a router. */
export interface HistoryParts {
  readonly clock: Clock;
  readonly hooks: RouterHooks;
  readonly options: { readonly targets: readonly Target[] };
  readonly functions: {
    find(bytes: Uint8Array, start: number, end: number): FunctionQueue | undefined;
  };
  readonly jobs: {
    handleOf(job: { readonly number: number }): string;
    numberOf(bytes: Uint8Array, start: number, end: number): number;
  };
  readonly submitTimes: {
    timeOf(number: number): number | null;
    readyTimeOf(number: number): number | null;
  };
  readonly peers: { submitterOf(job: Job): PeerFacts | null };
}

/**
 * What has happened, for whoever shows it. It listens to the hooks of its router.
 *
 * Names, uniques and texts are bytes, as peers sent them.
 */
export class History {
  readonly #parts: HistoryParts;
  readonly #moments: Moments;
  readonly #timings: TimingTable;
  readonly #tried = new TriedJobs();
  readonly #ended = new EndedJobs();
  readonly #roomForCompleted = new Room();
  readonly #roomForOthers = new Room();
  /** When jobs became due that still wait for a worker, by their numbers, in milliseconds of the clock. */
  readonly #due = new Map<number, number>();

  /** @internal Made by the router. */
  constructor(parts: HistoryParts, moments: Moments) {
    this.#parts = parts;
    this.#moments = moments;
    this.#timings = new TimingTable(this.#moments, new Targets(parts.options.targets));
    const { hooks } = parts;
    hooks.jobSubmitted.add((job) => this.#timings.of(job.func).submitted());
    hooks.jobDue.add((number) => {
      if (this.#due.size < MOST_DUE) this.#due.set(number, this.#moments.now());
    });
    hooks.jobStarted.add((job, worker) => this.#started(job, worker));
    hooks.jobReported.add((job, type, body) => this.#reported(job, type, body));
    hooks.jobRequeued.add((job, cause) => this.#requeued(job, cause));
    hooks.jobLeft.add(({ number }) => {
      this.#due.delete(number);
      const tried = this.#tried.get(number);
      if (tried !== undefined) this.#tried.remove(tried);
    });
    hooks.jobFinished.add((job, outcome, body) => this.#finished(job, outcome, body));
  }

  /** How many functions have lost their timings to others: there are those of 1,000 at most. */
  get functionsForgotten(): number {
    return this.#timings.forgotten;
  }

  /**
   * The jobs that ended last, newest first, at most 1,000 and 1 MiB: of one function, or of all. If more
   * than 1,000 complete in a second, or end in another way, they are a sample.
   */
  *ended(name?: Uint8Array): Generator<EndedJob> {
    const func = name === undefined ? null : this.#functionNamed(name);
    if (func === undefined) return;
    for (const job of this.#ended.newestFirst(func)) yield this.#endedJob(job);
  }

  /** The one of them with this handle. */
  endedByHandle(handle: string): EndedJob | null {
    const bytes = encodeName(handle);
    const number = this.#parts.jobs.numberOf(bytes, 0, bytes.length);
    const job = number < 0 ? null : this.#ended.find(number);
    return job === null ? null : this.#endedJob(job);
  }

  /** The last 20 runs of a live job, oldest first. */
  runs(job: Job): RunFacts[] {
    const tried = this.#tried.get(job.number);
    if (tried === undefined) return [];
    const runs = (tried.past ?? []).map((run) => this.#runFacts(run));
    if (tried.worker !== null) {
      const started = this.#moments.epochOf(tried.started);
      runs.push({ worker: factsOfPeer(tried.worker), started, ended: null, cause: "running" });
    }
    return runs.slice(-MOST_RUNS);
  }

  /** The last 1,000 bytes of the last warning of a live job's worker, and of its last WORK_DATA. */
  lastText(job: Job): { warning: Uint8Array | null; data: Uint8Array | null } {
    const { warning = null, data = null } = this.#tried.get(job.number) ?? {};
    return { warning, data };
  }

  /** How long the jobs of a function waited and took; null if nothing has happened in it for long. */
  timings(name: Uint8Array): FunctionTimings | null {
    const func = this.#functionNamed(name);
    return func === undefined ? null : this.#timings.find(func);
  }

  /** Those of all functions that have some, at most 1,000, in no order. */
  allTimings(): Iterable<FunctionTimings> {
    return this.#timings.values();
  }

  /**
   * For how many seconds the job waits that is next in the queues of high, normal and low priority; null
   * for one that is empty, and for a job that was submitted before this router began.
   */
  oldestWaiting(name: Uint8Array): [number | null, number | null, number | null] {
    const func = this.#functionNamed(name);
    const [high, normal, low] = PRIORITIES.map((priority) => {
      const number = func?.queues[priority].nextNumber ?? 0;
      if (number === 0) return null;
      const since = this.#tried.get(number)?.waitsSince ?? this.#begun(number);
      return since === null ? null : timeFrom(since, this.#parts.clock.now()) / 1000;
    });
    return [high, normal, low];
  }

  #functionNamed(name: Uint8Array): FunctionQueue | undefined {
    return this.#parts.functions.find(name, 0, name.length);
  }

  #started(job: Job, worker: Peer): void {
    const { number } = job;
    const timings = this.#timings.of(job.func);
    const now = this.#moments.now();
    const known = job.trouble === null ? undefined : this.#tried.get(number);
    if (known !== undefined) {
      timings.started(timeFrom(known.waitsSince!, now));
      known.worker = worker;
      known.started = now;
      return;
    }
    const begun = this.#begun(number);
    // When its last run ended is not known of one that has had runs which are not kept.
    const isKnown = begun !== null && job.trouble === null;
    timings.started(isKnown ? timeFrom(begun, now) : null);
    this.#tried.add(number, begun, worker, now);
  }

  #requeued(job: Job, cause: FailureCause): void {
    this.#timings.of(job.func).requeued();
    const tried = this.#tried.get(job.number);
    if (tried === undefined) return;
    const now = this.#moments.now();
    const end = endOfRun(cause);
    if (isTimed(end)) this.#timings.of(job.func).ran(timeFrom(tried.started, now));
    this.#tried.endRun(tried, end, now);
  }

  #reported(job: Job, type: number, body: Readonly<RelayedBody>): void {
    const which = type === PacketType.WORK_WARNING
      ? "warning"
      : type === PacketType.WORK_DATA
      ? "data"
      : null;
    const tried = which === null ? undefined : this.#tried.get(job.number);
    if (tried !== undefined) this.#tried.keepText(tried, which!, dataIn(body));
  }

  #finished(job: Job, outcome: JobOutcome, body: Readonly<RelayedBody> | null): void {
    const { number } = job;
    const now = this.#moments.now();
    const tried = this.#tried.get(number);
    const begun = tried === undefined ? this.#begun(number) : tried.begun;
    if (this.#due.size > 0) this.#due.delete(number);
    const timings = this.#timings.of(job.func);
    timings.ended(outcome, begun !== null && isDone(outcome) ? timeFrom(begun, now) : null);
    const isTimeout = outcome === "lost" && job.trouble?.cause === "timeout";
    const cause = isTimeout ? "timeout" : outcome;
    if (tried !== undefined && tried.worker !== null && isTimed(cause)) {
      timings.ran(timeFrom(tried.started, now));
    }
    const room = outcome === "completed" ? this.#roomForCompleted : this.#roomForOthers;
    if (room.take(now)) this.#keep(job, outcome, body, tried, cause);
    if (tried !== undefined) this.#tried.remove(tried);
  }

  #keep(
    job: Job,
    outcome: JobOutcome,
    body: Readonly<RelayedBody> | null,
    tried: TriedJob | undefined,
    cause: RunEnd,
  ): void {
    const { submitTimes, peers } = this.#parts;
    const now = this.#moments.now();
    const runs = tried?.past ?? [];
    if (tried !== undefined && tried.worker !== null) {
      runs.push(new Run(tried.worker, tried.started, now, cause));
    }
    this.#ended.add({
      number: job.number,
      func: job.func,
      // (Measured: a slice of nothing costs Deno 2 microseconds.)
      unique: job.uniqueEnd > job.uniqueStart
        ? job.body.slice(job.uniqueStart, job.uniqueEnd)
        : EMPTY,
      outcome,
      priority: job.priorityIndex,
      background: job.background,
      submitted: submitTimes.timeOf(job.number),
      ended: now,
      submitter: peers.submitterOf(job),
      runs: runs.length > MOST_RUNS ? runs.slice(-MOST_RUNS) : runs,
      text: outcome === "exception" && body !== null
        ? dataIn(body).slice(-MOST_TEXT)
        : tried?.warning ?? EMPTY,
      resultBytes: outcome === "completed" && body !== null ? body.end - startOfData(body) : 0,
    });
  }

  /** When a job was submitted, or due, in milliseconds of the clock; null if that is not known. */
  #begun(number: number): number | null {
    const due = this.#due.size > 0 ? this.#due.get(number) : undefined;
    return due ?? this.#parts.submitTimes.readyTimeOf(number);
  }

  #endedJob(job: Ended): EndedJob {
    const { submitted, runs, func, priority } = job;
    const last = runs[runs.length - 1];
    return {
      handle: this.#parts.jobs.handleOf(job),
      function: func.name,
      unique: job.unique,
      outcome: job.outcome,
      priority: PRIORITY_NAMES[priority],
      background: job.background,
      submitted: submitted === null ? null : this.#moments.epochOf(submitted),
      started: last === undefined ? null : this.#moments.epochOf(last.started),
      ended: this.#moments.epochOf(job.ended),
      submitter: job.submitter,
      worker: last?.worker ?? null,
      runs: runs.map((run) => this.#runFacts(run)),
      text: job.text,
      resultBytes: job.resultBytes,
    };
  }

  #runFacts({ worker, started, ended, cause }: Run): RunFacts {
    return {
      worker,
      started: this.#moments.epochOf(started),
      ended: this.#moments.epochOf(ended),
      cause,
    };
  }
}

/** A run counts if its worker said how it ended, or took too long. */
function isTimed(cause: RunEnd): boolean {
  return cause === "timeout" || isDone(cause);
}

/** Did its worker say how it ended? */
function isDone(outcome: RunEnd): boolean {
  return outcome === "completed" || outcome === "failed" || outcome === "exception";
}

/** The looks at the clock may have come in the other order. */
function timeFrom(since: number, now: number): number {
  return Math.max(0, now - since);
}

/** What a worker sent behind the handle. */
function dataIn(body: Readonly<RelayedBody>): Uint8Array {
  return body.bytes.subarray(startOfData(body), body.end);
}

function startOfData({ bytes, start, end, lacksNul }: Readonly<RelayedBody>): number {
  return lacksNul ? end : bytes.indexOf(0, start) + 1;
}
