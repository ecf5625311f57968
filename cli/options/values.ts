/**
 * From the text of an option's value to the value. What cannot be understood is an
 * {@linkcode OptionError} that quotes the text; whoever knows the option's name puts it in front.
 *
 * @module
 */
import { LOG_LEVELS, type LogLevel, MAX_HANDLE_PREFIX_LENGTH } from "../../router/mod.ts";
import type { MaxQueueSetting } from "../../server/options.ts";
import { serviceNamed } from "./service_names.ts";
import { OptionError } from "./option_error.ts";

/** Turns a text into a value. */
export type ParseValue<T> = (text: string) => T;

const UNITS: Record<string, number> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
const MAX_PORT = 65535;
/** In seconds. */
const LONGEST_TIMER = (2 ** 31 - 1) / 1000;

/** `true` or `false`; a flag that is only named is `true`. */
export function flag(text: string): boolean {
  if (text !== "true" && text !== "false") throw wrong(text, "true or false");
  return text === "true";
}

/** Any text but none. */
export function text(text: string): string {
  if (text === "") throw new OptionError("must not be empty");
  return text;
}

/** An integer in a range. */
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): ParseValue<number> {
  return (text) => {
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text) && value >= least && value <= most) return value;
    // That there is a largest one is worth saying to who has come upon it.
    const isBounded = most < Number.MAX_SAFE_INTEGER || value > most;
    const range = isBounded ? `from ${least} to ${most}` : `>= ${least}`;
    throw wrong(text, `an integer ${range}`);
  };
}

/** Seconds, with a fraction if wanted; -1 stands for never. */
export function secondsOrNever(text: string): number {
  const value = Number(text);
  if (/^(-1|\+?(\d+\.?\d*|\.\d+))$/.test(text) && Number.isFinite(value)) return value;
  throw wrong(text, "-1 or a number of seconds >= 0");
}

/** Seconds, with a fraction if wanted: more than none, and no more than a timer can take. */
export function seconds(text: string): number {
  const value = Number(text);
  const isNumber = /^\+?(\d+\.?\d*|\.\d+)$/.test(text);
  if (!isNumber || value === 0) throw wrong(text, "a number of seconds > 0");
  if (value > LONGEST_TIMER) throw wrong(text, `at most ${Math.floor(LONGEST_TIMER)} seconds`);
  return value;
}

/** Bytes: a number that may end in K, M or G (powers of 1024), also written KB or KiB. */
export function bytes(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(text) ?? [];
  if (digits === undefined) throw wrong(text, "a number of bytes such as 65536, 64K or 16MiB");
  const value = Math.floor(Number(digits) * UNITS[unit.toLowerCase()]);
  if (value < 1 || value > Number.MAX_SAFE_INTEGER) throw wrong(text, "from 1 byte to 8 PiB");
  return value;
}

/** One of a few words, in upper or lower case. */
export function oneOf<T extends string>(...words: T[]): ParseValue<T> {
  return (text) => {
    const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
    if (found === undefined) throw wrong(text, `one of ${words.join(", ")}`);
    return found;
  };
}

/** A log level. */
export const logLevel: ParseValue<LogLevel> = oneOf(...LOG_LEVELS);

/** A TCP port: its number, or the name of a service that this machine knows. */
export function port(text: string): number {
  if (/^\d+$/.test(text)) {
    if (Number(text) <= MAX_PORT) return Number(text);
    throw wrong(text, `a port from 0 to ${MAX_PORT}`);
  }
  const known = serviceNamed(text);
  if (known === undefined) {
    throw wrong(text, "a port number or a service name that this machine knows");
  }
  return known;
}

/** Permission bits of a file in octal, such as `0660`. */
export function fileMode(text: string): number {
  if (/^(0o?)?[0-7]{3}$/.test(text)) return Number.parseInt(text.slice(-3), 8);
  throw wrong(text, "an octal mode such as 0660");
}

/** `FUNC=N`, or `FUNC=HIGH,NORMAL` or `FUNC=HIGH,NORMAL,LOW`; an equals sign may be in FUNC. */
export function maxQueue(text: string): readonly [string, MaxQueueSetting] {
  const [, name, sizes] = /^(.+)=(\d{1,15}(?:,\d{1,15}){0,2})$/s.exec(text) ?? [];
  if (name === undefined) throw wrong(text, "FUNC=N or FUNC=HIGH,NORMAL,LOW");
  const [first, normal, low] = sizes.split(",").map(Number);
  return [name, normal === undefined ? first : { high: first, normal, low: low ?? 0 }];
}

/** What handles begin with. */
export function handlePrefix(text: string): string {
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20\x7f]/.test(text)) {
    throw new OptionError(`must have no space and no control character: ${JSON.stringify(text)}`);
  }
  if (new TextEncoder().encode(text).length <= MAX_HANDLE_PREFIX_LENGTH) return text;
  throw new OptionError(
    `must have at most ${MAX_HANDLE_PREFIX_LENGTH} bytes: ${JSON.stringify(text)}`,
  );
}

function wrong(text: string, wanted: string): OptionError {
  return new OptionError(`must be ${wanted}, not ${JSON.stringify(text)}`);
}
