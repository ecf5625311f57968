import type { Client } from "../../client/client.ts";
import type { Input } from "./input.ts";
import { type Outcome, Tally, troubleOf } from "./outcome.ts";
import { PayloadTooLargeError } from "../../client/errors.ts";
import type { ForegroundJob } from "../../client/foreground_job.ts";
import type { JobUpdate } from "../../client/pending_job.ts";
import type { BackgroundOptions, ForegroundOptions } from "../../client/submit_options.ts";

/** Tells what comes of jobs. Each call resolves when there is room for more. */
export interface Report {
  update(job: SubmittedJob, update: JobUpdate): Promise<void>;
  end(job: SubmittedJob, outcome: Outcome): Promise<void>;
}

interface RunOptions {
  /** How many jobs may be submitted and not yet over. */
  readonly inFlight: number;
  /** Are jobs reported in the order of the inputs? */
  readonly isOrdered: boolean;
  readonly onSubmitted: (job: SubmittedJob) => void;
  readonly onOver: (job: SubmittedJob) => void;
  /** Called when what came of a job is written. */
  readonly onJob: () => void;
}

/** Submits a job for each input, with a bounded number of them in flight. */
export class Run {
  readonly tally: Tally = new Tally();
  readonly #client: Client;
  readonly #request: JobTemplate;
  readonly #report: Report;
  readonly #options: RunOptions;
  readonly #stopped = Promise.withResolvers<number>();
  readonly #running = new Set<Promise<void>>();
  #isStopped = false;
  #onRoom: () => void = () => {};

  constructor(client: Client, request: JobTemplate, report: Report, options: RunOptions) {
    this.#client = client;
    this.#request = request;
    this.#report = report;
    this.#options = options;
  }

  /**
   * Submits all; resolves with the exit status when all are over, or at once when it was stopped.
   *
   * @throws what reading the input or writing the output throws.
   */
  all(inputs: AsyncIterator<Input>): Promise<number> {
    return Promise.race([this.#all(inputs), this.#stopped.promise]);
  }

  /** Ends the run now; what becomes of its jobs is not told any more. */
  stop(exitStatus: number): void {
    this.#isStopped = true;
    this.#stopped.resolve(exitStatus);
  }

  async #all(inputs: AsyncIterator<Input>): Promise<number> {
    let turn: Promise<void> = Promise.resolve();
    for (let number = 1; !this.#isStopped; number++) {
      await this.#room();
      const next = await inputs.next();
      if (next.done || this.#isStopped) break;
      const job = new SubmittedJob(this.#client, this.#request, number, next.value);
      this.#options.onSubmitted(job);
      const reported = Promise.withResolvers<void>();
      this.#watch(this.#finish(job, turn, reported.resolve));
      if (this.#options.isOrdered) turn = reported.promise;
    }
    await Promise.all(this.#running);
    return this.tally.exitStatus;
  }

  #watch(finished: Promise<void>): void {
    this.#running.add(finished);
    const done = () => {
      this.#running.delete(finished);
      this.#onRoom();
    };
    finished.then(done, (error) => {
      this.#isStopped = true;
      this.#stopped.reject(error);
      done();
    });
  }

  /** Resolves when one more job may be submitted. */
  async #room(): Promise<void> {
    while (this.#running.size >= this.#options.inFlight) {
      await new Promise<void>((resolve) => this.#onRoom = resolve);
    }
  }

  /**
   * @param turn when it may be reported.
   * @param reported to be called when it is: the next one need not wait until that is written.
   */
  async #finish(job: SubmittedJob, turn: Promise<void>, reported: () => void): Promise<void> {
    await turn;
    const outcome = await job.outcome((update) => this.#report.update(job, update));
    this.#options.onOver(job);
    if (this.#isStopped) return;
    this.tally.add(outcome, job.size);
    const written = this.#report.end(job, outcome);
    // Without a server the other jobs cannot be done either.
    this.#isStopped = outcome.status === "no-server";
    reported();
    await written;
    this.#options.onJob();
    if (outcome.status === "no-server") throw outcome.error;
  }
}

export type JobTemplate =
  & { readonly functionName: string; readonly unique: string; readonly maxPayload: number }
  & ({ readonly background: BackgroundOptions } | { readonly foreground: ForegroundOptions });

export class SubmittedJob {
  /** The first job has number 1. */
  readonly number: number;
  readonly functionName: string;
  readonly unique: string;
  /** How many bytes of the input the job takes. */
  readonly size: number;
  /** The handle, once the server has given one. */
  handle: string | null = null;
  readonly #answer: ForegroundJob | Promise<string>;

  constructor(client: Client, request: JobTemplate, number: number, { payload, size }: Input) {
    this.number = number;
    this.functionName = request.functionName;
    this.unique = request.unique;
    this.size = size;
    this.#answer = payload === null
      ? Promise.reject<string>(new PayloadTooLargeError(request.maxPayload))
      : "background" in request
      ? client.submit(request.functionName, payload, request.background)
      : client.submit(request.functionName, payload, request.foreground);
    // A rejection is looked at later, in outcome().
    if (this.#answer instanceof Promise) this.#answer.catch(() => {});
  }

  /** Does somebody wait for its result? Then this resolves when the server has taken it. */
  get whenCreated(): Promise<string> | null {
    return this.#answer instanceof Promise ? null : this.#answer.handle;
  }

  /** Hands on what its worker sends; resolves with what came of it. */
  async outcome(update: (update: JobUpdate) => Promise<void>): Promise<Outcome> {
    const answer = this.#answer;
    try {
      if (answer instanceof Promise) {
        this.handle = await answer;
        return { status: "submitted" };
      }
      for await (const each of answer) {
        this.handle ??= await answer.handle;
        await update(each);
      }
      this.handle ??= await answer.handle;
      return { status: "done", result: await answer.bytes() };
    } catch (error) {
      this.handle ??= (error as { handle?: string }).handle ?? null;
      return troubleOf(error);
    }
  }
}
