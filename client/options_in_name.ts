import { encodeName } from "../protocol/mod.ts";
import type { ReceivedPacket } from "./replies.ts";

/**
 * Options of a job for which there is no packet: they stand behind a question mark in the name of its
 * function. They need geartrain, and `options-in-name = true` in the rule of the function. Other servers
 * refuse them with a `ServerError`, and nothing is submitted.
 */
export interface OptionsInName {
  /** Milliseconds until the job may run, 0 to 10 years. For any server, in the background: `at`. */
  readonly delay?: number;
  /** How many milliseconds the job may wait from then on, up to 10 years; after that it fails. */
  readonly ttl?: number;
  /** How many runs the job may have, 1 to 10,000. */
  readonly attempts?: number;
  /**
   * For how many milliseconds its `unique` stays taken after it is completed, up to 10 years: who submits the
   * same meanwhile gets its handle, and no job.
   */
  readonly uniqueWindow?: number;
}

/** The longest time that servers take, in milliseconds: 10 years. */
const LONGEST = 3650 * 24 * 3600 * 1000;
const MOST_ATTEMPTS = 10_000;

type Written = (value: number) => string | null;

/** One of them. */
interface Option {
  /** What it is called in the name, if that is not the key. */
  readonly name?: string;
  readonly wanted: string;
  /** Null if it is not what it must be. */
  readonly written: Written;
}

const OPTIONS: Readonly<Record<keyof OptionsInName, Option>> = {
  delay: { wanted: "a number of milliseconds from 0 to 10 years", written: timed(0) },
  ttl: { wanted: "a number of milliseconds from 1 to 10 years", written: timed(1) },
  attempts: {
    wanted: `an integer from 1 to ${MOST_ATTEMPTS}`,
    written(value) {
      const isRight = Number.isInteger(value) && value >= 1 && value <= MOST_ATTEMPTS;
      return isRight ? `${value}` : null;
    },
  },
  uniqueWindow: {
    name: "unique-window",
    wanted: "a number of milliseconds from 1 to 10 years",
    written: timed(1),
  },
};

function timed(least: number): Written {
  return (value) =>
    typeof value === "number" && value >= least && value <= LONGEST
      ? `${Math.ceil(value)}ms`
      : null;
}

/**
 * What is to stand behind the question mark: `delay=60000ms&attempts=5`; empty if nothing is given.
 *
 * @throws {RangeError} when one is not what it must be.
 */
export function optionsInName(options: OptionsInName): string {
  const parts: string[] = [];
  for (const key of Object.keys(OPTIONS) as (keyof OptionsInName)[]) {
    const value = options[key];
    if (value === undefined) continue;
    const { name = key, wanted, written } = OPTIONS[key];
    const text = written(value);
    if (text === null) throw new RangeError(`${key} must be ${wanted}`);
    parts.push(`${name}=${text}`);
  }
  return parts.join("&");
}

/** Arguments of a submit, with options behind the name of the function. */
export function withOptions(
  [name, ...others]: readonly (string | Uint8Array)[],
  options: string,
): (string | Uint8Array)[] {
  const bytes = typeof name === "string" ? encodeName(name) : name;
  return [Uint8Array.of(...bytes, ...encodeName(`?${options}`)), ...others];
}

/** The ERROR of a server that knows no such options, as if it had answered the submit. */
export function withoutOptions(options: string): ReceivedPacket {
  const names = options.replaceAll(/=[^&]*/g, "").replaceAll("&", ", ");
  const text = `Server knows no options of jobs (${names}), as geartrain does`;
  return { name: "ERROR", args: ["UNKNOWN_OPTION", text], data: new Uint8Array(0) };
}
