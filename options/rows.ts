/**
 * Tables of options. A row is all that there is to say of an option: the command line, `--help`, the
 * manual page, completions, configuration files, docs and the checks of what programs give follow it.
 *
 * @module
 */
import type { Kind } from "./kinds.ts";

/** An option. Its key in the table is the setting that it fills in. */
export interface Row<T> {
  /** Type, range, unit, and how a text says it. */
  readonly kind: Kind<T>;
  /** What holds without it. */
  readonly default?: T;
  /** The default in words, if its value does not say it. */
  readonly defaultText?: string;
  /** What it does, in a sentence or two. An option without this is for programs only. */
  readonly help?: string;
  /** Heading under which the help explains it. */
  readonly group?: string;
  /** Its long name without dashes, if it is not the key with a dash before each capital letter. */
  readonly name?: string;
  /** Other names; those of one letter follow a single dash. */
  readonly aliases?: readonly string[];
  /** The environment variable that says it, if nothing else does. */
  readonly variable?: string;
  /** The setting that it fills in, if that is not its key. */
  readonly sets?: string;
  /** May the value be left out? */
  readonly valueIsOptional?: true;
  /** May it be given more than once? Its values are put together. */
  readonly repeatable?: true;
  /** Is it refused in a configuration file? */
  readonly onlyArgument?: true;
  /** Is it left out of the help? */
  readonly isHidden?: true;
}

/** Options by the settings that they fill in. */
export type Rows = Readonly<Record<string, Row<unknown>>>;

/** What the options of a table say; what is not said is undefined. */
export type SettingsOf<R> = {
  -readonly [
    Key in keyof R as R[Key] extends { readonly sets: infer Set extends string } ? Set : Key
  ]?: R[Key] extends { readonly kind: { parse(text: string): infer T } } ? T : never;
};

/** Rows under a heading of the help. */
export function inGroup<const R extends Rows>(group: string, rows: R): R {
  return Object.fromEntries(
    Object.entries(rows).map(([key, row]) => [key, { group, ...row }]),
  ) as R;
}

/**
 * Checks what a program gives. What is undefined counts as not given.
 *
 * @param example what to give instead of something that is not an object, in words.
 * @throws {TypeError} for something that is not an object, an unknown name, and a value of another type.
 * @throws {RangeError} for a value out of range; the message names option and value.
 */
export function checkOptions(rows: Rows, options: object, example: string, prefix = ""): void {
  if (typeOf(options) !== "object") throw new TypeError(example);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rows, name)) throw new TypeError(`Unknown option "${prefix}${name}"`);
    if (value !== undefined) checkValue(prefix + name, value, rows[name].kind as Kind<unknown>);
  }
}

/** What is given, and the defaults of what is not. */
export function withDefaults<T>(rows: Rows, given: T): T {
  const defined = Object.entries(given as object).filter(([, value]) => value !== undefined);
  const defaults = Object.entries(rows).map(([name, row]) => [name, row.default]);
  return Object.fromEntries([...defaults, ...defined]) as T;
}

function checkValue(name: string, value: unknown, kind: Kind<unknown>): void {
  const isOfType = kind.types?.includes(typeOf(value)) ?? true;
  if (isOfType && (kind.accepts?.(value) ?? true)) return;
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  const message = `Option ${name} must be ${kind.wanted}, not ${shown}`;
  throw isOfType ? new RangeError(message) : new TypeError(message);
}

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}
