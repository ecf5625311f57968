import type { JobUpdate, PendingJob } from "./pending_job.ts";

const decoder = new TextDecoder();

/**
 * A job whose result somebody waits for: await it, read the updates of its worker with `for await`,
 * or both. It is over when the result is there, when it failed, or when `timeout` or `signal` ended
 * the waiting.
 *
 * @example
 * ```ts
 * import { Client, type ForegroundJob, Server } from "@geartrain/server";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using server = new Server();
 * await using client = new Client({ servers: [server] });
 * const enough = new AbortController();
 * const job: ForegroundJob = client.submit("resize", "...", { signal: enough.signal });
 * assertEquals(await job.handle, server.jobs()[0].handle);
 * enough.abort(); // no worker has come
 * await assertRejects(() => job.text(), DOMException);
 * ```
 */
export class ForegroundJob<Result = Uint8Array>
  implements Promise<Result>, AsyncIterable<JobUpdate> {
  /** `"ForegroundJob"`; what takes a promise takes a job. */
  readonly [Symbol.toStringTag] = "ForegroundJob";
  /** The function that was asked for. */
  readonly functionName: string;
  readonly #pending: PendingJob;
  readonly #decode: (bytes: Uint8Array) => Result;

  /** @internal Jobs come from `client.submit()`. */
  constructor(pending: PendingJob, decode: (bytes: Uint8Array) => Result) {
    this.functionName = pending.functionName;
    this.#pending = pending;
    this.#decode = decode;
  }

  /** Resolves with the handle when the server has taken the job. */
  get handle(): Promise<string> {
    return this.#pending.whenCreated;
  }

  /**
   * The result: what the worker returned, without what it sent before.
   *
   * @throws {JobExceptionError} when the worker's function threw.
   * @throws {JobFailedError} when the job failed.
   * @throws {JobTimeoutError} when it took longer than its timeout.
   * @throws {ConnectionLostError} when the connection broke; the job may still be done.
   * @throws {NoServerError} when no server could be connected to.
   * @throws {ServerError} when the server refused it.
   */
  bytes(): Promise<Uint8Array> {
    return this.#pending.whenDone;
  }

  /** The result as text. Rejects as {@linkcode ForegroundJob.bytes} does. */
  async text(): Promise<string> {
    return decoder.decode(await this.#pending.whenDone);
  }

  /** The result, which is JSON, as a value. Rejects as {@linkcode ForegroundJob.bytes} does. */
  async json<Value = unknown>(): Promise<Value> {
    return JSON.parse(await this.text());
  }

  /** The result as the codec of the submit decodes it; as bytes without a codec. */
  async result(): Promise<Result> {
    return this.#decode(await this.#pending.whenDone);
  }

  /** `await job` is `await job.result()`. */
  then<Fulfilled = Result, Rejected = never>(
    onFulfilled?: ((result: Result) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.result().then(onFulfilled, onRejected);
  }

  /** `job.catch()` is `job.result().catch()`. */
  catch<Rejected = never>(
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Result | Rejected> {
    return this.result().catch(onRejected);
  }

  /** `job.finally()` is `job.result().finally()`. */
  finally(onFinally?: (() => void) | null): Promise<Result> {
    return this.result().finally(onFinally);
  }

  /**
   * What the worker sends before the result, from the beginning on; there is one reader. The
   * iteration ends with the job, and throws what the result rejects with.
   */
  [Symbol.asyncIterator](): AsyncGenerator<JobUpdate, void, undefined> {
    return this.#pending.updates.read();
  }
}
