import { object, size, time } from "../client/client_options.ts";
import {
  ConnectionLostError,
  JobExceptionError,
  JobFailedError,
  JobTimeoutError,
  ServerError,
} from "../client/errors.ts";
import { ForegroundJob } from "../client/foreground_job.ts";
import { PendingJob } from "../client/pending_job.ts";
import { count } from "../client/replies.ts";
import { whenImpatient } from "../client/waiting.ts";
import { checkOptions } from "../options/rows.ts";
import { decodeName, PacketType } from "../protocol/mod.ts";
import {
  Job,
  type JobRequest,
  JobStorage,
  Recipient,
  type RelayedBody,
  type Router,
} from "../router/mod.ts";

const DEFAULT_MAX_UNREAD = 256 * 1024 * 1024;
const OPTIONS = { timeout: { kind: time }, signal: { kind: object }, maxUnread: { kind: size } };
const NUL = 0;

/** How long a program waits for a job, and what is kept for it meanwhile. */
export interface AwaitOptions {
  /** Milliseconds until the result must be there; then it rejects with a `JobTimeoutError`. */
  readonly timeout?: number;
  /** Ends the waiting: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Bytes of what the worker sends before the result that may wait to be read; if there are more, they
   * are dropped and the iteration throws. The result comes all the same.
   * @default {268435456}
   */
  readonly maxUnread?: number;
}

/**
 * A job whose result the program of the server waits for, as a client does for a
 * {@linkcode ForegroundJob}: await it, iterate over what its worker sends, or both. When nobody waits
 * for it any more, it ends unless it runs.
 *
 * @example
 * ```ts
 * import { type AwaitedJob, JobFailedError, Server } from "@geartrain/server";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using server = new Server();
 * const job: AwaitedJob = server.submit({ function: "resize", payload: "cat.png" });
 * assertEquals(server.jobs().length, 1);
 * assertEquals(job.cancel(), true);
 * await assertRejects(() => job.text(), JobFailedError);
 * assertEquals(server.jobs().length, 0);
 * ```
 */
export class AwaitedJob extends ForegroundJob {
  readonly #cancel: () => boolean;

  /** @internal Jobs come from `server.submit()`. */
  constructor(pending: PendingJob, cancel: () => boolean) {
    super(pending, (bytes) => bytes);
    this.#cancel = cancel;
  }

  /**
   * Ends the job, for others who wait for it too: it fails, and what its worker sends comes too late.
   *
   * @returns false when it is over already.
   */
  cancel(): boolean {
    return this.#cancel();
  }
}

/**
 * A program that waits for a job. What it is told settles promises: the program goes on when the
 * router has done its work.
 */
export class AwaitingProgram extends Recipient {
  readonly isDeaf = false;
  override wantsExceptions = true;
  readonly job: AwaitedJob;
  readonly #router: Router;
  readonly #pending: PendingJob;
  #callOff: () => void = () => {};

  constructor(router: Router, { function: name }: JobRequest, maxUnread = DEFAULT_MAX_UNREAD) {
    super();
    this.#router = router;
    this.#pending = new PendingJob(name, maxUnread);
    this.#pending.onOver = () => {
      this.#callOff();
      router.programs.delete(this);
    };
    this.job = new AwaitedJob(this.#pending, () => this.#cancel());
  }

  /** Begins to wait, and submits the job when `ready` resolves, or at once without it. */
  begin(request: JobRequest, options: AwaitOptions, ready: Promise<unknown> | null): void {
    try {
      this.#check(request, options);
    } catch (error) {
      return this.#pending.fail(error as Error);
    }
    const { timeout } = options;
    const late = () =>
      new JobTimeoutError(`The job takes longer than ${timeout} ms`, this.#pending.subject);
    const { clock, programs } = this.#router;
    programs.add(this);
    this.#callOff = whenImpatient(options, clock, late, (reason) => this.giveUp(reason));
    if (ready === null) this.#submit(request);
    else ready.then(() => this.#submit(request), (error) => this.#pending.fail(error));
  }

  #check({ at }: JobRequest, options: AwaitOptions): void {
    checkOptions(OPTIONS, options, "How to wait must be an object, such as { timeout: 5000 }");
    options.signal?.throwIfAborted();
    if (at !== undefined) {
      throw new TypeError("A job with a time is in the background: use enqueueJob()");
    }
  }

  #submit(request: JobRequest): void {
    if (this.#pending.isOver) return;
    try {
      const job = this.#router.submit(request, this);
      if (job instanceof Job) return;
      this.#pending.fail(new ServerError(job.code, job.text, this.#pending.subject));
    } catch (error) {
      this.#pending.fail(error as Error);
    }
  }

  /** The program stops waiting. */
  giveUp(reason: Error): void {
    this.#pending.fail(reason);
    this.#router.peers.leave(this);
  }

  /** The server ends: programs that still wait get an error. */
  static endAll(router: Router): void {
    for (const program of router.programs) {
      if (!(program instanceof AwaitingProgram)) continue;
      program.giveUp(new ConnectionLostError("The server was stopped", program.#pending.subject));
    }
  }

  #cancel(): boolean {
    if (this.#pending.isOver) return false;
    const job = this.firstSubscriber?.job;
    if (job === undefined) this.#fail();
    else this.#router.operations.cancel(job, null);
    return true;
  }

  // --- what it is told -------------------------------------------------------------------------

  created(job: Job): void {
    const { announcers, jobs } = this.#router;
    const isAsked = job.storage === JobStorage.WRITING && !job.background;
    if (!isAsked) return this.#pending.created(job.handle);
    // It may become one with a job that waits where servers share them.
    announcers.add({
      settle: (_refused, joined) => {
        const number = joined.get(job);
        if (number === undefined && job.storage === JobStorage.WRITING) return true;
        this.#pending.created(number === undefined ? job.handle : jobs.handleOf({ number }));
        return false;
      },
    });
  }

  relay(type: number, { bytes, start, end }: RelayedBody): void {
    // Behind the handle, which ends with a NUL unless nothing follows.
    const found = bytes.subarray(start, end).indexOf(NUL);
    const data = found < 0 ? new Uint8Array() : bytes.slice(start + found + 1, end);
    const pending = this.#pending;
    if (type === PacketType.WORK_DATA) pending.update({ type: "data", data });
    else if (type === PacketType.WORK_WARNING) pending.update({ type: "warning", data });
    else if (type === PacketType.WORK_COMPLETE) pending.complete(data);
    else if (type === PacketType.WORK_STATUS) {
      const [numerator, denominator = ""] = decodeName(data).split("\0");
      const status = { numerator: count(numerator), denominator: count(denominator) };
      pending.update({ type: "status", ...status });
    } else pending.fail(new JobExceptionError(data, pending.subject));
  }

  failed(): void {
    this.#fail();
  }

  #fail(): void {
    this.#pending.fail(new JobFailedError("The job failed", this.#pending.subject));
  }

  /** See {@linkcode Recipient}: how the job ended, it was told before. */
  released(): void {}
}
