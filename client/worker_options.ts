import type { Clock } from "../router/mod.ts";
import { inProgram } from "../options/kinds.ts";
import type { Row } from "../options/rows.ts";
import type { BackoffOptions } from "./waiting.ts";
import { type Codec, codecOf, type Codecs, type InputOf, type ResultOf } from "./payload.ts";
import {
  checkTime,
  COMMON_OPTIONS,
  completed,
  count,
  LARGEST_DATA,
  listener,
  number,
  size,
} from "./client_options.ts";
import type { ServerAddress } from "./server_address.ts";
import type { TelemetryApi } from "./telemetry/api.ts";
import { Telemetry } from "./telemetry/telemetry.ts";
import type { WorkerJob } from "./worker_job.ts";

/**
 * Does a job. What it returns is the result, nothing an empty one; what it throws fails the job, and
 * the message of the error goes to clients as an exception. A `JobFailedError` fails it without one.
 */
export type WorkerFunction<Input = Uint8Array, Result = PlainResult> = (
  job: WorkerJob<Input>,
) => Result | Promise<Result>;

/** What a function without a codec returns: bytes, text (sent as UTF-8), or nothing. */
export type PlainResult = Uint8Array | string | void;

/** The functions of a worker without codecs: any name, bytes in, {@linkcode PlainResult} out. */
export type PlainWork = Readonly<Record<string, Codec<Uint8Array, PlainResult>>>;

/** A function and how long it may take. */
export interface TimedFunction<Input = Uint8Array, Result = PlainResult> {
  /** Does a job. */
  readonly run: WorkerFunction<Input, Result>;
  /**
   * Milliseconds that a job may take. Then it fails and its signal aborts, and the worker goes on with
   * other jobs, even if the function does not return. Default: the worker's `jobTimeout`.
   */
  readonly timeout?: number;
}

/** Functions by name, with the types of their codecs. */
export type WorkerFunctions<Declared extends Codecs = PlainWork> = {
  readonly [Name in keyof Declared]?:
    | WorkerFunction<InputOf<Declared, Name>, ResultOf<Declared, Name>>
    | TimedFunction<InputOf<Declared, Name>, ResultOf<Declared, Name>>;
};

/** What a worker can do, and for whom. Times in milliseconds. */
export interface WorkerOptions<Declared extends Codecs = PlainWork> {
  /** At least one; the worker takes jobs from all of them. */
  readonly servers: readonly ServerAddress[];
  /** The functions that there are, and how their payloads and results are written. */
  readonly codecs?: Declared;
  /** What this worker does, at least one function; with codecs, some or all of those. */
  readonly functions: NoInfer<WorkerFunctions<Declared>>;
  /** How many jobs are done at a time, of all servers together. Default 1. */
  readonly concurrency?: number;
  /** How many jobs are done, of all servers together; after the last one it stops by itself. */
  readonly maxJobs?: number;
  /**
   * How long a job may take of a function that has no `timeout` of its own. Default 86400000, which is
   * a day: a function that never returns does not hold its place for ever.
   */
  readonly jobTimeout?: number;
  /**
   * The largest payload that a job may have, in bytes. A server that gives a larger one is left, and
   * tried again later. Default 256 MiB, far more than a server takes that is not told otherwise.
   */
  readonly maxPayload?: number;
  /**
   * The most bytes that a result or a chunk of data may have. A job with a larger result fails.
   * Default {@linkcode LARGEST_DATA}.
   */
  readonly maxResult?: number;
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
  /**
   * Told of each job that failed, and by what: what its function threw, its time that was over, a
   * payload or result that its codec could not take. Without it, nobody learns of a background job
   * that failed but the log of its server. Not told when the server is lost meanwhile, which then
   * gives the job to another worker.
   */
  readonly onJobFailed?: (error: Error, job: FailedJob) => void;
  /**
   * Where spans and metrics of its jobs go, by the conventions of OpenTelemetry for messaging. Default:
   * to the SDK that the program has registered when this is made, or nowhere; `false`: nowhere.
   */
  readonly telemetry?: TelemetryApi | false;
  /** Tells the time; the machine's unless a test wants another. */
  readonly clock?: Clock;
}

/** A job that failed, as {@linkcode WorkerOptions.onJobFailed} is told of it. */
export interface FailedJob
  extends Pick<WorkerJob, "handle" | "functionName" | "unique" | "uniqueBytes" | "payload"> {
  /** The server that gave it, as {@linkcode WorkerOptions.onServerError} names it. */
  readonly server: string;
}

/** A function, how long it may take, and how its payload and result are written. */
export interface CompleteFunction {
  readonly run: WorkerFunction<unknown, unknown>;
  readonly timeout: number;
  readonly codec: Codec<unknown, unknown> | undefined;
}

/** The options with the defaults for those that are not given. */
export type CompleteWorkerOptions =
  & Required<
    Omit<
      WorkerOptions,
      "backoff" | "clientId" | "codecs" | "functions" | "jobTimeout" | "telemetry"
    >
  >
  & Pick<WorkerOptions, "backoff" | "clientId">
  & {
    readonly functions: ReadonlyMap<string, CompleteFunction>;
    readonly telemetry: Telemetry | null;
  };

const WORKER_OPTIONS: {
  readonly [Name in keyof WorkerOptions]-?: Row<NonNullable<WorkerOptions[Name]>>;
} = {
  ...COMMON_OPTIONS,
  functions: { kind: inProgram(["object"], "an object with functions by name") },
  concurrency: {
    kind: number("an integer >= 1", (value) => Number.isInteger(value) && value > 0),
    default: 1,
  },
  maxJobs: { kind: count, default: Infinity },
  maxPayload: { kind: size, default: 256 * 1024 * 1024 },
  maxResult: { kind: size, default: LARGEST_DATA },
  clientId: {
    kind: inProgram(
      ["string"],
      "a text without spaces that is not empty",
      (id) => /^[^\s\0]+$/.test(id),
    ),
  },
  onConnected: { kind: listener, default: () => {} },
  onServerError: { kind: listener, default: () => {} },
  onJobFailed: { kind: listener, default: () => {} },
};

/**
 * Fills in the defaults.
 *
 * @throws {TypeError} without servers or functions, for an unknown option, or one of another type.
 * @throws {RangeError} for a value out of range.
 */
export function completeWorkerOptions<Declared extends Codecs>(
  options: WorkerOptions<Declared>,
): CompleteWorkerOptions {
  const complete = completed("worker", WORKER_OPTIONS, options) as WorkerOptions<Declared> & {
    readonly clock: Clock;
  };
  const functions = completeFunctions(complete);
  return { ...complete, functions, telemetry: Telemetry.of(complete) } as CompleteWorkerOptions;
}

function completeFunctions<Declared extends Codecs>(
  { functions, codecs, jobTimeout }: WorkerOptions<Declared>,
): Map<string, CompleteFunction> {
  const complete = new Map<string, CompleteFunction>();
  for (const [name, given] of Object.entries(functions ?? {})) {
    const { run, timeout = jobTimeout! } =
      (typeof given === "function" ? { run: given } : given ?? {}) as Partial<CompleteFunction>;
    if (name === "" || name.includes("\0")) {
      throw new RangeError("The name of a function must not be empty and must have no NUL");
    }
    if (typeof run !== "function") throw new TypeError(`${name} must be a function`);
    checkTime(`functions.${name}.timeout`, timeout);
    complete.set(name, { run, timeout, codec: codecOf(codecs, name) });
  }
  if (complete.size === 0) throw new TypeError("A worker needs functions");
  return complete;
}
