/**
 * From the words of the command line to options. `parseArgs` does the work; what it does not check
 * or leaves open is settled before: a value may be negative or stick to its letter, an option that
 * needs a value must have one, a flag may not.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { OptionError } from "../../options/kinds.ts";
import { type AnyOption, optionNamed, spellings, UnknownOption } from "./option.ts";

/** The text of a flag, or of an option with an optional value, that is only named. */
const ONLY_NAMED = "true";

interface Arguments {
  /** The options, in the order of their table. */
  readonly given: readonly GivenOption[];
  /** The words that do not belong to an option. */
  readonly others: readonly string[];
}

/**
 * Finds the options among the arguments.
 *
 * @param onUnknown called with each unknown option, which is then ignored.
 * @throws {OptionError} for an unknown option, one that is repeated, and one without its value.
 */
export function readArguments(
  table: readonly AnyOption[],
  args: readonly string[],
  onUnknown?: (arg: string) => void,
): Arguments {
  const names = table.map(({ name }) => name);
  const parsed = parseArgs(spelledOut(table, args, onUnknown), {
    // Words stay words, also those that look like numbers.
    string: [...names, "_"],
    collect: names,
    unknown: (arg) => {
      if (/^-./.test(arg)) throw new UnknownOption(arg.replace(/=.*/s, ""), table);
    },
  });
  const given = table.flatMap((option) =>
    checkedForRepetition(option, parsed[option.name] as string[])
      .map((text) => ({ option, text, label: spellings(option) }))
  );
  return { given, others: parsed._.map(String) };
}

/**
 * The options of a command line that has nothing else.
 *
 * @throws {OptionError} as above, and for other arguments.
 */
export function givenByArguments(
  table: readonly AnyOption[],
  args: readonly string[],
): readonly GivenOption[] {
  const { given, others } = readArguments(table, args);
  noneOf(others);
  return given;
}

/**
 * Refuses words that are not expected.
 *
 * @param of what got the words, as the message shows it.
 * @throws {OptionError} when there are any.
 */
export function noneOf([first]: readonly string[], of?: string): void {
  if (first === undefined) return;
  const text = `unexpected argument ${JSON.stringify(first)}`;
  throw new OptionError(of === undefined ? text : `${of}: ${text}`);
}

/**
 * The only word there is.
 *
 * @param what it should be, with its article.
 * @throws {OptionError} when there is not exactly one, or it is empty.
 */
export function onlyOf(words: readonly string[], of: string, what: string): string {
  const [word, ...others] = words;
  if (word === undefined || word === "") throw new OptionError(`${of}: name ${what}`);
  noneOf(others, of);
  return word;
}

/**
 * The same arguments, each option known by `--name=value`: `-dp 4731` becomes `--daemon=true` and
 * `--port=4731`. What is unknown stays as it is, or is left out if somebody is told.
 */
function spelledOut(
  table: readonly AnyOption[],
  args: readonly string[],
  onUnknown?: (arg: string) => void,
): string[] {
  const spelled: string[] = [];
  const rest = [...args];
  const unknown = (arg: string) => {
    onUnknown?.(arg);
    return onUnknown === undefined ? [arg] : [];
  };
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") return [...spelled, arg, ...rest];
    if (/^--./.test(arg)) spelled.push(...longOption(table, arg, rest, unknown));
    else if (/^-./.test(arg)) spelled.push(...letters(table, arg.slice(1), rest, unknown));
    else spelled.push(arg);
  }
  return spelled;
}

function longOption(
  table: readonly AnyOption[],
  arg: string,
  rest: string[],
  unknown: (arg: string) => string[],
): string[] {
  const [, name, attached] = /^--([^=]*)(?:=(.*))?$/s.exec(arg)!;
  const option = name.length > 1 ? optionNamed(table, name) : undefined;
  if (option === undefined) return unknown(arg);
  return [`--${option.name}=${valueOf(option, attached, rest)}`];
}

/** The letters behind one dash: flags, and at the end perhaps one with a value. */
function letters(
  table: readonly AnyOption[],
  text: string,
  rest: string[],
  unknown: (arg: string) => string[],
): string[] {
  const spelled: string[] = [];
  for (let index = 0; index < text.length; index++) {
    const option = optionNamed(table, text[index]);
    if (option === undefined) return [...spelled, ...unknown(`-${text[index]}`)];
    const attached = text.slice(index + 1).replace(/^=/, "");
    const ends = option.value !== undefined || text[index + 1] === "=";
    const value = valueOf(option, ends && index + 1 < text.length ? attached : undefined, rest);
    spelled.push(`--${option.name}=${value}`);
    if (ends) break;
  }
  return spelled;
}

function valueOf(option: AnyOption, attached: string | undefined, rest: string[]): string {
  if (option.value === undefined) return flagValue(option, attached);
  if (attached === undefined && option.valueIsOptional && !/^[01]$/.test(rest[0] ?? "")) {
    return ONLY_NAMED;
  }
  const value = attached ?? (isValue(rest[0]) ? rest.shift() : undefined);
  if (value) return value;
  throw new OptionError(`${spellings(option)}: needs a value, ${option.value}`);
}

function flagValue(option: AnyOption, attached = ONLY_NAMED): string {
  if (attached === "true" || attached === "false") return attached;
  throw new OptionError(
    `${spellings(option)}: takes no value, but got ${JSON.stringify(attached)}`,
  );
}

/** A word that begins with a dash is a value only where it is a negative number. */
function isValue(word: string | undefined): word is string {
  return word !== undefined && (!word.startsWith("-") || /^-\.?\d/.test(word));
}

function checkedForRepetition(option: AnyOption, texts: string[]): string[] {
  if (texts.length <= 1 || option.repeatable) return texts;
  throw new OptionError(`${spellings(option)}: given ${texts.length} times`);
}

/** What is said of an option, as text, and where it was said. */
export interface GivenOption {
  readonly option: AnyOption;
  readonly text: string;
  /** What a message about it begins with. */
  readonly label: string;
}

/**
 * Puts together what was said in one place, with the options of a table of those settings.
 *
 * @throws {OptionError} for a value that cannot be, and for an option that was given twice.
 */
export function settingsOf<Settings>(given: Iterable<GivenOption>): Settings {
  const settings: Record<string, unknown> = {};
  const first = new Map<string, string>();
  for (const { option, text, label } of given) {
    const value = valueIn(option, text, label);
    const { key } = option;
    const earlier = first.get(key);
    const before = settings[key];
    if (Array.isArray(value)) {
      settings[key] = [...(before as unknown[] ?? []), ...value];
      continue;
    }
    if (option.repeatable) {
      settings[key] = { ...before as object, ...value as object };
      continue;
    }
    if (earlier !== undefined) {
      const same = earlier === label;
      throw new OptionError(`${label}: given ${same ? "twice" : `together with ${earlier}`}`);
    }
    first.set(key, label);
    settings[key] = value;
  }
  return settings as Settings;
}

/** @throws {OptionError} when the text is not a value of the option; begins with the label. */
export function valueIn(option: AnyOption, text: string, label: string): unknown {
  try {
    return option.parse(text);
  } catch (error) {
    if (error instanceof OptionError) throw new OptionError(`${label}: ${error.message}`);
    throw error;
  }
}
