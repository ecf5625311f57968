import { type OptionsInName, optionsInName } from "./options_in_name.ts";
import type { Codec } from "./payload.ts";
import {
  encodeName,
  MAX_FUNCTION_LENGTH,
  MAX_UNIQUE_LENGTH,
  type PacketName,
} from "../protocol/mod.ts";

/**
 * When a job is to run: a `Date`, a `Temporal.Instant` or `Temporal.ZonedDateTime`, or milliseconds
 * since the Unix epoch as `Date.now()` has them. Servers count in seconds: it is rounded up.
 */
export type When = Date | number | { readonly epochMilliseconds: number };

/** What all jobs have. */
export interface SubmitOptions extends OptionsInName {
  /** Jobs of a high priority are done before all normal ones. Default `normal`. */
  readonly priority?: "high" | "normal" | "low";
  /**
   * Submits of a function with the same unique share one job while it lives, at most 64 bytes. `-`
   * stands for the payload itself.
   */
  readonly unique?: string;
  /** The function that puts together what the jobs of this job return; at most 64 bytes. */
  readonly reducer?: string;
  /**
   * Milliseconds until the answer must be there: the result of a foreground job, the handle of a
   * background job. Then it rejects with a `JobTimeoutError`; the job itself goes on. Default: the
   * client's `jobTimeout` for a result, no other than its `replyTimeout` for a handle.
   */
  readonly timeout?: number;
  /** Ends the waiting: it rejects with the signal's reason. A job that has its handle goes on. */
  readonly signal?: AbortSignal;
}

/** A job whose result this client waits for. */
export interface ForegroundOptions extends SubmitOptions {
  /** Not set: this is what makes it a foreground job. */
  readonly background?: false;
  /** Not set: a job with a time is a background job. */
  readonly at?: undefined;
}

/** A job that goes on without this client. */
export type BackgroundOptions =
  & SubmitOptions
  & (
    | { readonly background: true; readonly at?: undefined }
    /** With `at`, it waits for that time. No priority, reducer or delay can be given with it. */
    | { readonly background?: true; readonly at: When }
  );

/** The options of any job, as the client reads them. */
export interface AnySubmitOptions extends SubmitOptions {
  readonly background?: boolean;
  readonly at?: When;
  readonly codec?: Codec<unknown, unknown>;
}

const NAMES: Readonly<Record<keyof AnySubmitOptions, true>> = {
  priority: true,
  unique: true,
  reducer: true,
  delay: true,
  ttl: true,
  attempts: true,
  uniqueWindow: true,
  timeout: true,
  signal: true,
  background: true,
  at: true,
  codec: true,
};

/**
 * Refuses what would be ignored otherwise: a `priorty`, or options that are not an object.
 *
 * @throws {TypeError} naming the first of them.
 */
export function checkNames(options: AnySubmitOptions): void {
  if (typeof options !== "object") {
    throw new TypeError("The options of a submit must be an object, such as { background: true }");
  }
  for (const name in options) {
    if (!Object.hasOwn(NAMES, name)) throw new TypeError(`There is no option ${name}`);
  }
  const { background } = options;
  if (background === undefined || typeof background === "boolean") return;
  throw new TypeError("The option background must be true or false");
}

/** A submit without its payload: which packet, and its arguments. */
interface SubmitPacket {
  readonly packet: PacketName;
  readonly args: readonly Uint8Array[];
  /** What is to stand behind the name of the function; see {@linkcode Request.options}. */
  readonly options?: string;
}

/** The latest time, in milliseconds: it can be written exactly. */
const LATEST = Number.MAX_SAFE_INTEGER;

const FOREGROUND = {
  high: "SUBMIT_JOB_HIGH",
  normal: "SUBMIT_JOB",
  low: "SUBMIT_JOB_LOW",
} as const;
const BACKGROUND = {
  high: "SUBMIT_JOB_HIGH_BG",
  normal: "SUBMIT_JOB_BG",
  low: "SUBMIT_JOB_LOW_BG",
} as const;

/**
 * The packet for a job.
 *
 * @throws {TypeError} when the options contradict each other, or a name holds a NUL.
 * @throws {RangeError} when a name is too long, or a time or a number is not one.
 */
export function submissionOf(functionName: string, options: AnySubmitOptions): SubmitPacket {
  const packet = packetOf(functionName, options);
  const inName = optionsInName(options);
  if (options.uniqueWindow !== undefined && !options.unique) {
    throw new TypeError("A job without a unique has no uniqueWindow");
  }
  return inName === "" && !functionName.includes("?") ? packet : { ...packet, options: inName };
}

function packetOf(functionName: string, options: AnySubmitOptions): SubmitPacket {
  const { priority = "normal", unique = "", reducer, at } = options;
  if (!(priority in FOREGROUND)) throw new TypeError(`There is no priority ${priority}`);
  const names = [
    name("The name of the function", functionName, MAX_FUNCTION_LENGTH),
    name("unique", unique, MAX_UNIQUE_LENGTH),
  ];
  if (functionName === "") throw new TypeError("The name of the function is empty");
  const isBackground = options.background === true || at !== undefined;
  if (at !== undefined) {
    if (options.background === false) throw new TypeError("A job with a time is in the background");
    refuse(priority !== "normal" || reducer !== undefined, "a priority or a reducer", "a time");
    if (options.delay !== undefined) throw new TypeError("A job with a time has no delay");
    return { packet: "SUBMIT_JOB_EPOCH", args: [...names, encodeName(`${seconds(at)}`)] };
  }
  if (reducer !== undefined) {
    refuse(priority !== "normal", "a priority", "a reducer");
    return {
      packet: isBackground ? "SUBMIT_REDUCE_JOB_BACKGROUND" : "SUBMIT_REDUCE_JOB",
      args: [...names, name("reducer", reducer, MAX_UNIQUE_LENGTH), new Uint8Array(0)],
    };
  }
  return { packet: (isBackground ? BACKGROUND : FOREGROUND)[priority], args: names };
}

/** A name as the server gets it. */
function name(what: string, text: string, longest: number): Uint8Array {
  if (typeof text !== "string") throw new TypeError(`${what} must be a string`);
  if (text.includes("\0")) throw new TypeError(`${what} holds a NUL`);
  const bytes = encodeName(text);
  if (bytes.length > longest) throw new RangeError(`${what} has more than ${longest} bytes`);
  return bytes;
}

function refuse(isWrong: boolean, what: string, besides: string): void {
  if (isWrong) throw new TypeError(`No packet has ${what} and ${besides}`);
}

function seconds(at: When): number {
  const milliseconds = typeof at === "number"
    ? at
    : at instanceof Date
    ? at.getTime()
    : at?.epochMilliseconds;
  if (!(milliseconds >= 0 && milliseconds <= LATEST)) {
    throw new RangeError("at must be a Date, a Temporal.Instant or a number of milliseconds >= 0");
  }
  return Math.ceil(milliseconds / 1000);
}
