import type { Clock } from "../router/mod.ts";
import { systemClock } from "../transport/system_clock.ts";
import type { BackoffOptions } from "./backoff.ts";
import { checkTime } from "./client_options.ts";
import type { ServerAddress } from "./server_address.ts";
import type { WorkerJob } from "./worker_job.ts";

/**
 * Does a job. What it returns is the result, nothing an empty one; what it throws fails the job, and
 * the message of the error goes to clients as an exception. A `JobFailedError` fails it without one.
 *
 * @example
 * ```ts
 * import type { WorkerFunction } from "@geartrain/server";
 *
 * const _count: WorkerFunction = async (job) => {
 *   for (let line = 1; line <= 3; line++) {
 *     job.progress(line, 3);
 *     await job.data(`line ${line}\n`);
 *   }
 * };
 * ```
 */
export type WorkerFunction = (
  job: WorkerJob,
) => Uint8Array | string | void | Promise<Uint8Array | string | void>;

/**
 * A function and how long it may take.
 *
 * @example
 * ```ts
 * import type { TimedFunction } from "@geartrain/server";
 *
 * const _page: TimedFunction = {
 *   timeout: 10_000,
 *   run: async (job) => (await fetch(job.text(), { signal: job.signal })).text(),
 * };
 * ```
 */
export interface TimedFunction {
  /** Does a job. */
  readonly run: WorkerFunction;
  /**
   * Milliseconds that a job may take. Then it fails and its signal aborts, and the worker goes on with
   * other jobs, even if the function does not return.
   */
  readonly timeout?: number;
}

/**
 * What a worker can do, and for whom. Times in milliseconds.
 *
 * @example
 * ```ts
 * import type { WorkerOptions } from "@geartrain/server";
 *
 * const _options: WorkerOptions = {
 *   servers: ["jobs1", "jobs2:4731"],
 *   functions: { upper: (job) => job.text().toUpperCase() },
 *   concurrency: 4,
 * };
 * ```
 */
export interface WorkerOptions {
  /** At least one; the worker takes jobs from all of them. */
  readonly servers: readonly ServerAddress[];
  /** At least one, by name. */
  readonly functions: Readonly<Record<string, WorkerFunction | TimedFunction>>;
  /** How many jobs are done at a time, of all servers together. Default 1. */
  readonly concurrency?: number;
  /** How many jobs are done, of all servers together; after the last one it stops by itself. */
  readonly maxJobs?: number;
  /** A name that servers show for this worker, without spaces. */
  readonly clientId?: string;
  /** How long a server may take until it is connected and has answered. Default 5000. */
  readonly connectTimeout?: number;
  /** How long a server may owe an answer; then it is connected to anew. Default 30000. */
  readonly replyTimeout?: number;
  /** How long a server that cannot be connected to is left alone. */
  readonly backoff?: BackoffOptions;
  /** Told when a server has been connected to, again too. */
  readonly onConnected?: (server: string) => void;
  /** Told when a server cannot be connected to or is lost; the worker tries again by itself. */
  readonly onServerError?: (error: Error, server: string) => void;
  /** Tells the time; the machine's unless a test wants another. */
  readonly clock?: Clock;
}

/** The options with the defaults for those that are not given. */
export type CompleteWorkerOptions =
  & Required<Omit<WorkerOptions, "backoff" | "clientId" | "functions">>
  & Pick<WorkerOptions, "backoff" | "clientId">
  & { readonly functions: ReadonlyMap<string, TimedFunction> };

/**
 * Fills in the defaults.
 *
 * @throws {TypeError} without servers or functions.
 * @throws {RangeError} for a value out of range.
 */
export function completeWorkerOptions(options: WorkerOptions): CompleteWorkerOptions {
  const { servers, concurrency = 1, maxJobs = Infinity, clientId, backoff } = options;
  const { connectTimeout = 5000, replyTimeout = 30_000 } = options;
  if (!(servers?.length > 0)) throw new TypeError("A worker needs servers");
  const functions = timedFunctions(options.functions);
  if (!(Number.isInteger(concurrency) && concurrency > 0)) {
    throw new RangeError("concurrency is a whole number above 0");
  }
  if (!(maxJobs === Infinity || Number.isInteger(maxJobs) && maxJobs > 0)) {
    throw new RangeError("maxJobs is a whole number above 0, or Infinity");
  }
  if (clientId !== undefined && !/^[^\s\0]+$/.test(clientId)) {
    throw new RangeError("clientId has no spaces, and is not empty");
  }
  checkTime("connectTimeout", connectTimeout);
  checkTime("replyTimeout", replyTimeout);
  const { onConnected = () => {}, onServerError = () => {}, clock = systemClock } = options;
  const times = { connectTimeout, replyTimeout, backoff };
  const hooks = { onConnected, onServerError };
  return { servers, functions, concurrency, maxJobs, clientId, ...times, ...hooks, clock };
}

function timedFunctions(functions: WorkerOptions["functions"]): Map<string, TimedFunction> {
  const timed = new Map<string, TimedFunction>();
  for (const [name, given] of Object.entries(functions ?? {})) {
    const settings = typeof given === "function" ? { run: given } : given;
    if (name === "" || name.includes("\0")) {
      throw new RangeError("A function has a name without NUL");
    }
    if (typeof settings?.run !== "function") throw new TypeError(`${name} is no function`);
    if (settings.timeout !== undefined) checkTime(`The timeout of ${name}`, settings.timeout);
    timed.set(name, settings);
  }
  if (timed.size === 0) throw new TypeError("A worker needs functions");
  return timed;
}
