/**
 * What can go wrong between a program and its job servers, one class for each thing that a program
 * may want to treat differently.
 *
 * @module
 */

/** Which job an error is about, as far as it is known. */
export interface ErrorSubject {
  /** The function that was asked for. */
  readonly functionName?: string;
  /** The handle, if the server had given one. */
  readonly handle?: string;
  /** The server, as it was given to the client. */
  readonly server?: string;
  /** What brought it about. */
  readonly cause?: unknown;
}

/**
 * All errors of clients and workers that come from the other side of the wire.
 *
 * @example
 * ```ts
 * import { Client, GearmanError, Server } from "@geartrain/server";
 * import { assert, assertRejects } from "@std/assert";
 *
 * await using server = new Server({ maxQueue: { resize: 1 } });
 * await using client = new Client({ servers: [server] });
 * await client.submit("resize", "", { background: true });
 * const error = await assertRejects(
 *   () => client.submit("resize", "", { background: true }),
 *   GearmanError,
 * );
 * assert(error.functionName === "resize");
 * ```
 */
export class GearmanError extends Error {
  /** The name of the class. */
  override readonly name: string = "GearmanError";
  /** The function that was asked for. */
  readonly functionName: string | undefined;
  /** The handle, if the server had given one. */
  readonly handle: string | undefined;
  /** The server, as it was given to the client. */
  readonly server: string | undefined;

  /** An error about a job. */
  constructor(message: string, subject: ErrorSubject = {}) {
    super(message, subject.cause === undefined ? undefined : { cause: subject.cause });
    this.functionName = subject.functionName;
    this.handle = subject.handle;
    this.server = subject.server;
  }
}

/**
 * None of the servers could be connected to. Nothing was sent.
 *
 * @example
 * ```ts
 * import { Client, NoServerError } from "@geartrain/server";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using client = new Client({ servers: ["unix:/nonexistent/socket"] });
 * const error = await assertRejects(() => client.echo("hi"), NoServerError);
 * assertEquals(error.errors.length, 1); // one for each server
 * ```
 */
export class NoServerError extends GearmanError {
  /** `"NoServerError"` */
  override readonly name: string = "NoServerError";
  /** What each of the servers said, in the order they were tried. */
  readonly errors: readonly Error[];

  /** An error that tells what each server said. */
  constructor(errors: readonly Error[], subject: ErrorSubject = {}) {
    super(`No job server: ${errors.map(({ message }) => message).join("; ")}`, {
      cause: errors[0],
      ...subject,
    });
    this.errors = errors;
  }
}

/**
 * The connection broke, or was closed, before the answer came. Whether the job is done, nobody
 * knows: it is not submitted again.
 *
 * @example
 * ```ts
 * import { Client, ConnectionLostError, Server } from "@geartrain/server";
 * import { assertRejects } from "@std/assert";
 *
 * const server = new Server();
 * await using client = new Client({ servers: [server] });
 * const job = client.submit("resize", "...");
 * await job.handle;
 * await server.stop();
 * await assertRejects(() => job.bytes(), ConnectionLostError);
 * ```
 */
export class ConnectionLostError extends GearmanError {
  /** `"ConnectionLostError"` */
  override readonly name: string = "ConnectionLostError";
}

/**
 * What listens there does not speak Gearman: a web server, say. Nothing was submitted.
 *
 * @example
 * ```ts
 * import { Client, NoServerError, NotGearmanError } from "@geartrain/server";
 * import { assert, assertRejects } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const answering = (async () => {
 *   using conn = await listener.accept();
 *   await conn.read(new Uint8Array(100));
 *   await conn.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
 * })();
 * await using client = new Client({ servers: [`127.0.0.1:${listener.addr.port}`] });
 * const error = await assertRejects(() => client.echo("hi"), NoServerError);
 * assert(error.errors[0] instanceof NotGearmanError);
 * await answering;
 * ```
 */
export class NotGearmanError extends GearmanError {
  /** `"NotGearmanError"` */
  override readonly name: string = "NotGearmanError";
}

/**
 * An ERROR packet: the server refuses.
 *
 * @example
 * ```ts
 * import { Client, Server, ServerError } from "@geartrain/server";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using server = new Server({ maxQueue: { resize: 1 } });
 * await using client = new Client({ servers: [server] });
 * await client.submit("resize", "first", { background: true });
 * const error = await assertRejects(
 *   () => client.submit("resize", "second", { background: true }),
 *   ServerError,
 * );
 * assertEquals([error.code, error.text], ["QUEUE_ERROR", "Job queue is full"]);
 * ```
 */
export class ServerError extends GearmanError {
  /** `"ServerError"` */
  override readonly name: string = "ServerError";
  /** The code, as in `QUEUE_ERROR`. */
  readonly code: string;
  /** What the server says about it. */
  readonly text: string;

  /** An error with the code and text of an ERROR packet. */
  constructor(code: string, text: string, subject: ErrorSubject = {}) {
    super(`The server refuses: ${code}${text === "" ? "" : `: ${text}`}`, subject);
    this.code = code;
    this.text = text;
  }
}

/**
 * The worker said that the job failed (WORK_FAIL), or it was cancelled.
 *
 * @example
 * ```ts
 * import { Client, JobFailedError, Server } from "@geartrain/server";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using server = new Server();
 * await using client = new Client({ servers: [server] });
 * const job = client.submit("resize", "...");
 * await job.handle;
 * using conn = server.toInprocessServer();
 * await conn.write(new TextEncoder().encode(`cancel job ${await job.handle}\n`));
 * const error = await assertRejects(() => job.bytes(), JobFailedError);
 * assertEquals([error.functionName, error.handle], ["resize", await job.handle]);
 * ```
 */
export class JobFailedError extends GearmanError {
  /** `"JobFailedError"` */
  override readonly name: string = "JobFailedError";
}

/**
 * To be thrown by the function of a worker: this run has failed, and the next one is to come after so many
 * milliseconds, in the place of the time that the server's rule has. The rule of the function must have
 * `advice = true`; another server than geartrain hears of the failure only.
 *
 * @example
 * ```ts
 * import { RetryLater, type WorkerJob } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * const call = async (job: WorkerJob) => {
 *   const response = await fetch("https://api.example/", { method: "POST", body: job.text() });
 *   if (response.status === 429) throw new RetryLater(60_000, "too many calls");
 *   return await response.text();
 * };
 * assertEquals([call.length, new RetryLater(60_000).delay], [1, 60_000]);
 * ```
 */
export class RetryLater extends Error {
  /** `"RetryLater"` */
  override readonly name: string = "RetryLater";
  /** How long until the next run, in milliseconds. */
  readonly delay: number;

  /**
   * An error that asks for a later run.
   *
   * @param delay in milliseconds, from 0 to 365 days.
   * @param reason why this run has failed, for the log.
   * @throws {RangeError} when the delay is out of range.
   */
  constructor(delay: number, reason: string = "to be tried again later") {
    checkDelay(delay);
    super(reason);
    this.delay = delay;
  }
}

const LONGEST_DELAY = 365 * 24 * 3600 * 1000;

/** @internal Throws when it is no time that a job may wait for its next run. */
export function checkDelay(delay: number): void {
  if (delay >= 0 && delay <= LONGEST_DELAY) return;
  throw new RangeError(`A delay is from 0 to ${LONGEST_DELAY} milliseconds, not ${delay}`);
}

const decoder = new TextDecoder();

/**
 * The worker's function threw (WORK_EXCEPTION).
 *
 * @example
 * ```ts
 * import { JobExceptionError, JobFailedError } from "@geartrain/server";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const error = new JobExceptionError(new TextEncoder().encode("no such picture"));
 * assertEquals(error.text, "no such picture");
 * assert(error instanceof JobFailedError);
 * ```
 */
export class JobExceptionError extends JobFailedError {
  /** `"JobExceptionError"` */
  override readonly name: string = "JobExceptionError";
  /** What the worker sent about it. */
  readonly payload: Uint8Array;

  /** An error with what the worker sent. */
  constructor(payload: Uint8Array, subject: ErrorSubject = {}) {
    const text = decoder.decode(payload.subarray(0, LONGEST_TEXT));
    super(text === "" ? "The job threw an exception" : `The job threw: ${text}`, subject);
    this.payload = payload;
  }

  /** The same as text. */
  get text(): string {
    return decoder.decode(this.payload);
  }
}

/** So many bytes of an exception are part of the message. */
const LONGEST_TEXT = 1000;

/**
 * The job, or the server's answer to a request, took longer than it may. The job may still be done.
 *
 * @example
 * ```ts
 * import { Client, JobTimeoutError, Server } from "@geartrain/server";
 * import { assertRejects } from "@std/assert";
 *
 * await using server = new Server();
 * await using client = new Client({ servers: [server] });
 * const job = client.submit("nobody-does-this", "", { timeout: 10 });
 * await assertRejects(() => job.bytes(), JobTimeoutError);
 * ```
 */
export class JobTimeoutError extends GearmanError {
  /** `"JobTimeoutError"` */
  override readonly name: string = "JobTimeoutError";
}

/**
 * The job that a worker does was cancelled: the reason with which its signal aborts. What the worker would
 * send for it is wanted by nobody, and is not sent.
 *
 * @example
 * ```ts
 * import { Admin, JobCancelledError, Server, Worker } from "@geartrain/server";
 * import { assert } from "@std/assert";
 *
 * const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
 * const { promise: cancelled, resolve } = Promise.withResolvers<unknown>();
 * await using server = new Server();
 * await using _worker = new Worker({
 *   servers: [server],
 *   functions: {
 *     slow: async ({ signal }) => {
 *       signal.addEventListener("abort", () => resolve(signal.reason));
 *       begin();
 *       await cancelled;
 *     },
 *   },
 * });
 * const job = server.enqueueJob({ function: "slow" })!;
 * await begun;
 * await using admin = new Admin(server);
 * await admin.cancel(job.handle);
 * assert(await cancelled instanceof JobCancelledError);
 * ```
 */
export class JobCancelledError extends GearmanError {
  /** `"JobCancelledError"` */
  override readonly name = "JobCancelledError";
}

/**
 * A payload is larger than `maxPayload`. It was not sent.
 *
 * @example
 * ```ts
 * import { Client, PayloadTooLargeError, Server } from "@geartrain/server";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using server = new Server();
 * await using client = new Client({ servers: [server], maxPayload: 4 });
 * const job = client.submit("resize", "12345");
 * const error = await assertRejects(() => job.bytes(), PayloadTooLargeError);
 * assertEquals(error.limit, 4);
 * ```
 */
export class PayloadTooLargeError extends GearmanError {
  /** `"PayloadTooLargeError"` */
  override readonly name: string = "PayloadTooLargeError";
  /** The largest that may be, in bytes. */
  readonly limit: number;

  /** An error that says the limit. */
  constructor(limit: number, subject: ErrorSubject = {}) {
    super(`The payload is larger than ${limit} bytes (maxPayload)`, subject);
    this.limit = limit;
  }
}
