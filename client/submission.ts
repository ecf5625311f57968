import { encodeName, type PacketName } from "../protocol/mod.ts";
import type { AnySubmitOptions, When } from "./submit_options.ts";

/** A submit without its payload: which packet, and its arguments. */
export interface Submission {
  readonly packet: PacketName;
  readonly args: readonly Uint8Array[];
}

/** The most that the C server takes of a unique, in bytes. */
export const LONGEST_UNIQUE = 64;
const LONGEST_FUNCTION = 512;
/** What fits the protocol's seconds exactly. */
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
 * @throws {RangeError} when a name is too long, or the time is none.
 */
export function submissionOf(functionName: string, options: AnySubmitOptions): Submission {
  const { priority = "normal", unique = "", reducer, at } = options;
  if (!(priority in FOREGROUND)) throw new TypeError(`There is no priority ${priority}`);
  const names = [
    name("The name of the function", functionName, LONGEST_FUNCTION),
    name("unique", unique, LONGEST_UNIQUE),
  ];
  if (functionName === "") throw new TypeError("The name of the function is empty");
  const isBackground = options.background === true || at !== undefined;
  if (at !== undefined) {
    if (options.background === false) throw new TypeError("A job with a time is in the background");
    refuse(priority !== "normal" || reducer !== undefined, "a priority or a reducer", "a time");
    return { packet: "SUBMIT_JOB_EPOCH", args: [...names, encodeName(`${seconds(at)}`)] };
  }
  if (reducer !== undefined) {
    refuse(priority !== "normal", "a priority", "a reducer");
    return {
      packet: isBackground ? "SUBMIT_REDUCE_JOB_BACKGROUND" : "SUBMIT_REDUCE_JOB",
      args: [...names, name("reducer", reducer, LONGEST_UNIQUE), new Uint8Array(0)],
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
