/**
 * Stands in for `jsr:@std/cli/parse-args` where only npm is reachable: npm's `minimist`, of which
 * @std's is a port, does the parsing. What the port does in another way is adapted here.
 *
 * @module
 */
// @ts-types="npm:@types/minimist@^1.2.5"
import minimist from "minimist";

/** How arguments are to be understood. */
export interface ParseOptions {
  /** Puts what follows `--` in the result's `"--"` instead of `_`. */
  "--"?: boolean;
  /** Other names of an option. */
  alias?: Record<string, string | readonly string[]>;
  /** Options without a value. */
  boolean?: boolean | string | readonly string[];
  /** Values of options that are not given. */
  default?: Record<string, unknown>;
  /** Ends with the first argument that is no option. */
  stopEarly?: boolean;
  /** Options whose value stays a string. */
  string?: string | readonly string[];
  /** Options with a value that may be repeated: they become arrays. */
  collect?: string | readonly string[];
  /** Options that `--no-` turns off. */
  negatable?: string | readonly string[];
  /** Told of what is none of the above; returns false to leave it out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Values by option name, and in `_` the other arguments. */
// deno-lint-ignore no-explicit-any
export type Args = Record<string, any> & { _: (string | number)[]; "--"?: string[] };

/** Sorts arguments into options and others. */
export function parseArgs(args: string[], options: ParseOptions = {}): Args {
  const refuses = (arg: string) => options.unknown?.(arg) === false;
  const ignored = new Set<string>();
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const understood = args.filter((arg, index) => {
    if (index >= end || !isUnknownToPort(arg, options)) return true;
    if (!refuses(arg)) ignored.add(arg.slice("--".length));
    return false;
  });
  const parsed: Args = minimist(understood, {
    "--": options["--"],
    alias: copied(options.alias),
    boolean: typeof options.boolean === "boolean" ? options.boolean : list(options.boolean),
    string: list(options.string),
    default: options.default,
    stopEarly: options.stopEarly,
    unknown: (arg) => !refuses(arg),
  });
  for (const name of ignored) parsed[name] = true;
  collect(parsed, options);
  return parsed;
}

/**
 * The port takes `--no-x` for a negation only where it is said to be one; and minimist takes the
 * names that every JavaScript object has, such as `--constructor`, for options.
 */
function isUnknownToPort(arg: string, options: ParseOptions): boolean {
  const [, name] = /^--([^=]+)/.exec(arg) ?? [];
  if (name === undefined) return false;
  if (name in Object.prototype) return true;
  return name.startsWith("no-") && !arg.includes("=") &&
    !list(options.negatable).includes(name.slice("no-".length));
}

/** Arrays for what is collected, the last value for what is not. */
function collect(parsed: Args, options: ParseOptions): void {
  const collected = new Set(list(options.collect).flatMap((name) => namesOf(name, options)));
  for (const name of collected) {
    const value = parsed[name];
    parsed[name] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  }
  for (const [name, value] of Object.entries(parsed)) {
    if (name === "_" || name === "--" || collected.has(name)) continue;
    if (Array.isArray(value)) parsed[name] = value.at(-1);
  }
}

function namesOf(name: string, options: ParseOptions): string[] {
  return [name, ...list(options.alias?.[name])];
}

function list(names: string | readonly string[] | undefined): string[] {
  return names === undefined ? [] : typeof names === "string" ? [names] : [...names];
}

function copied(alias: ParseOptions["alias"]): Record<string, string[]> {
  return Object.fromEntries(Object.entries(alias ?? {}).map(([name, to]) => [name, list(to)]));
}
