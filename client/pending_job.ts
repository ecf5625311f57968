import { type ErrorSubject, GearmanError } from "./errors.ts";
import type { SentJob } from "./telemetry/sent_job.ts";

const NOTHING = () => {};

/** A job as its server's connection sees it: what comes for it goes in here. */
export class PendingJob {
  readonly functionName: string;
  /** The server that has it, as messages show it. */
  server: string | undefined = undefined;
  handle: string | undefined = undefined;
  /** Is the result there, or does nobody wait for it any more? */
  isOver = false;
  /** Called once, when the job is over. */
  onOver: () => void = NOTHING;
  /** Its span and what is measured of it; null where the program wants neither. */
  telemetry: SentJob | null = null;
  readonly #created = new SettledLater<string>();
  readonly #result = new SettledLater<Uint8Array>();

  readonly #maxUnread: number;
  #updates: JobUpdates | null = null;
  #error: Error | null = null;

  constructor(functionName: string, maxUnread: number) {
    this.functionName = functionName;
    this.#maxUnread = maxUnread;
  }

  /** What the worker tells. Most jobs have no such updates, and nobody asks for them. */
  get updates(): JobUpdates {
    if (this.#updates === null) {
      this.#updates = new JobUpdates(this.#maxUnread);
      if (this.isOver) this.#updates.end(this.#error);
    }
    return this.#updates;
  }

  get whenCreated(): Promise<string> {
    return this.#created.promise;
  }

  get whenDone(): Promise<Uint8Array> {
    return this.#result.promise;
  }

  /** What errors say about the job. */
  get subject(): ErrorSubject {
    const { functionName, handle, server } = this;
    return { functionName, handle, server };
  }

  /** The server has given the job a handle. */
  created(handle: string): void {
    if (!this.isOver) this.telemetry?.accepted(handle);
    this.handle = handle;
    this.#created.resolve(handle);
  }

  /** The server has the job, and nobody waits for a result. */
  accepted(handle: string): void {
    if (this.isOver) return;
    this.created(handle);
    this.#end(null);
  }

  update(update: JobUpdate): void {
    this.updates.add(update);
  }

  complete(result: Uint8Array): void {
    if (this.isOver) return;
    this.#result.resolve(result);
    this.#end(null);
  }

  /** The job has failed, or nobody waits for it any more. */
  fail(error: Error): void {
    if (this.isOver) return;
    this.#created.reject(error);
    this.#result.reject(error);
    this.#end(error);
  }

  #end(error: Error | null): void {
    this.isOver = true;
    this.#error = error;
    this.telemetry?.over(error);
    this.#updates?.end(error);
    this.onOver();
  }
}

/** The jobs of one connection that share a handle. */
interface Shared {
  readonly jobs: PendingJob[];
  /** How often the server sends each packet: once for each submit. */
  copies: number;
  /** Which copy of a packet comes next. */
  next: number;
  /** The job has ended; only copies of the end are to come. */
  isOver: boolean;
}

/**
 * The foreground jobs that wait for packets of a connection, by handle.
 *
 * Submits with the same unique get the same handle, and servers then send every packet once for each
 * of them, in one go. The first of these counts for all.
 */
export class JobListeners {
  readonly #byHandle = new Map<string, Shared>();
  /** For how many handles somebody waits. */
  get size(): number {
    return this.#byHandle.size;
  }

  /** The server has answered a submit with this handle. */
  add(handle: string, job: PendingJob): void {
    const shared = this.#byHandle.get(handle);
    if (shared === undefined || shared.isOver) {
      this.#byHandle.set(handle, { jobs: [job], copies: 1, next: 0, isOver: false });
    } else {
      shared.jobs.push(job);
      shared.copies++;
    }
  }

  /** Hands on an update; false when nobody ever waited for this handle. */
  update(handle: string, update: JobUpdate): boolean {
    const shared = this.#byHandle.get(handle);
    if (shared === undefined) return false;
    if (this.#isFirstCopy(shared)) { for (const job of shared.jobs) job.update(update); }
    return true;
  }

  /** The job has ended; false when nobody ever waited for this handle. */
  end(handle: string, tell: (job: PendingJob) => void): boolean {
    const shared = this.#byHandle.get(handle);
    if (shared === undefined) return false;
    const isFirst = this.#isFirstCopy(shared);
    shared.isOver = true;
    if (shared.next === 0) this.#byHandle.delete(handle);
    if (isFirst) { for (const job of shared.jobs) tell(job); }
    return true;
  }

  /** The connection is gone. */
  clear(tell: (job: PendingJob) => void): void {
    const all = [...this.#byHandle.values()];
    this.#byHandle.clear();
    for (const { jobs } of all) for (const job of jobs) tell(job);
  }

  #isFirstCopy(shared: Shared): boolean {
    const isFirst = shared.next === 0;
    shared.next = (shared.next + 1) % shared.copies;
    return isFirst;
  }
}

/** A value that comes later, or an error. It has a promise only if somebody asks for one. */
class SettledLater<Value> {
  #outcome: { readonly value: Value } | { readonly error: Error } | null = null;
  #asked: PromiseWithResolvers<Value> | null = null;

  /** A program need not look at the promise: that it rejects is not a defect. */
  get promise(): Promise<Value> {
    if (this.#asked === null) {
      this.#asked = Promise.withResolvers();
      this.#asked.promise.catch(() => {});
      this.#settle();
    }
    return this.#asked.promise;
  }

  /** Settles with the value. Only the first of these calls counts. */
  resolve(value: Value): void {
    this.#outcome ??= { value };
    this.#settle();
  }

  /** Settles with an error: the value will not come. */
  reject(error: Error): void {
    this.#outcome ??= { error };
    this.#settle();
  }

  #settle(): void {
    if (this.#asked === null || this.#outcome === null) return;
    if ("value" in this.#outcome) this.#asked.resolve(this.#outcome.value);
    else this.#asked.reject(this.#outcome.error);
  }
}

/**
 * What a worker tells about a job before it is done: a part of the result or other data, a warning,
 * or how far it is.
 */
export type JobUpdate =
  | { readonly type: "data" | "warning"; readonly data: Uint8Array }
  | { readonly type: "status"; readonly numerator: number; readonly denominator: number };

/** How many bytes an update costs besides its data, roughly. */
const OVERHEAD = 64;

/** The updates of a job that nobody has read yet. They are kept for one reader. */
class JobUpdates {
  readonly #limit: number;
  #unread: JobUpdate[] = [];
  #next = 0;
  #size = 0;
  #isOver = false;
  #error: Error | null = null;
  #isDropped = false;
  #wake: (() => void) | null = null;

  /** @param limit how many bytes may wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds an update. If too much waits now, all of it is dropped, and the reader gets an error. */
  add(update: JobUpdate): void {
    if (this.#isDropped || this.#isOver) return;
    this.#size += sizeOf(update);
    if (this.#size > this.#limit) {
      this.#error = new GearmanError(
        `More than ${this.#limit} bytes of what the worker sent were not read (maxUnread)`,
      );
      this.#drop();
    } else {
      this.#unread.push(update);
    }
    this.#wake?.();
  }

  /** The job is done, or failed. */
  end(error: Error | null): void {
    this.#isOver = true;
    this.#error ??= error;
    this.#wake?.();
  }

  /** Reads the updates as they come. The rest is dropped when the reader stops. */
  async *read(): AsyncGenerator<JobUpdate, void, undefined> {
    try {
      for (;;) {
        const update = this.#take();
        if (update !== undefined) yield update;
        else if (this.#error !== null) throw this.#error;
        else if (this.#isOver || this.#isDropped) return;
        else await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      this.#drop();
    }
  }

  #take(): JobUpdate | undefined {
    const update = this.#unread[this.#next];
    if (update === undefined) return undefined;
    this.#size -= sizeOf(update);
    if (++this.#next === this.#unread.length) {
      this.#unread = [];
      this.#next = 0;
    }
    return update;
  }

  #drop(): void {
    this.#isDropped = true;
    this.#unread = [];
    this.#next = 0;
    this.#size = 0;
  }
}

function sizeOf(update: JobUpdate): number {
  return update.type === "status" ? OVERHEAD : OVERHEAD + update.data.length;
}
