/**
 * Configuration files: TOML with the long names of options as keys, or the words of a command line
 * as gearmand's own file has them.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { type GivenOption, readArguments } from "../options/arguments.ts";
import { OptionError } from "../../options/kinds.ts";
import { didYouMean } from "../options/did_you_mean.ts";
import { type AnyOption, optionNamed } from "../options/option.ts";
import { isTable } from "../../policies/values.ts";
import { errorText } from "./open_file.ts";
import { isDetail } from "./gearmand_options.ts";
import { SERVE_OPTIONS } from "./options.ts";
import { type PolicyTable, policyTables } from "./policy_tables.ts";
import { scheduleTables } from "./schedule_tables.ts";
import { parse, TomlError } from "smol-toml";

interface ConfigFile {
  readonly given: readonly GivenOption[];
  /** The parts of it that are ignored, with their lines: `line 2 port`. */
  readonly ignored: readonly string[];
}

/**
 * Reads a configuration file.
 *
 * @param isForgiving passes over what is not understood, as gearmand does, instead of refusing it.
 * @throws {OptionError} when it cannot be read, or says what is not possible; names the file.
 */
export function readConfigFile(path: string, isForgiving = false): ConfigFile {
  const text = contentOf(path);
  const ignored = new IgnoredParts(text);
  try {
    const given = givenBy(text, ignored, isForgiving);
    for (const { option } of given) {
      if (option.onlyArgument) {
        throw new OptionError(`${option.name}: belongs on the command line, not in a file`);
      }
    }
    return {
      given: given.map((one) => ({ ...one, label: `${path}: ${one.label}` })),
      ignored: ignored.texts(),
    };
  } catch (error) {
    if (error instanceof OptionError) throw new OptionError(`${path}: ${error.message}`);
    throw error;
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\ufeff/, "");
  } catch (error) {
    throw new OptionError(`cannot read the configuration file ${path}: ${errorText(error)}`);
  }
}

function givenBy(text: string, ignored: IgnoredParts, isForgiving: boolean): GivenOption[] {
  if (!isForgiving) return hasWords(text) ? ofWords(text, ignored) : ofToml(text);
  const rest = withoutShell(text, ignored);
  const given = hasWords(rest) ? ofWords(rest, ignored, true) : ofToml(rest, ignored);
  return given.filter(({ option, label }) => {
    if (isDetail(option)) ignored.add(label);
    return !isDetail(option);
  });
}

/** Does a line begin with an option as on a command line? In TOML none can. */
function hasWords(text: string): boolean {
  return /^[ \t]*--?[A-Za-z?]/m.test(text);
}

/** gearmand splits at white space and knows no quotes; `#` to the end of a line is left out here. */
function ofWords(text: string, ignored: IgnoredParts, isForgiving = false): GivenOption[] {
  const words = text.replace(/(^|\s)#.*/g, "").split(/\s+/).filter((word) => word !== "");
  const ignore = (word: string) => ignored.add(word);
  const { given, others } = readArguments(SERVE_OPTIONS, words, isForgiving ? ignore : undefined);
  others.forEach(ignore);
  return [...given];
}

/** @param ignored takes what is not understood, if that is not an error. */
function ofToml(text: string, ignored?: IgnoredParts): GivenOption[] {
  let table: Record<string, unknown>;
  try {
    table = parsedToml(text);
  } catch (error) {
    if (ignored === undefined) throw error;
    ignored.addLines(text);
    return [];
  }
  return Object.entries(table).flatMap(([name, value]) => {
    const option = name.length > 1 ? optionNamed(SERVE_OPTIONS, name) : undefined;
    if (option?.key === "policies") return givenByTables(option, text, value);
    if (option?.key === "schedules") {
      return scheduleTables(text, value).map((text) => ({ option, text, label: name }));
    }
    if (option !== undefined) {
      return textsOf(name, value).map((text) => ({ option, text, label: name }));
    }
    if (ignored === undefined) {
      const names = SERVE_OPTIONS.map((known) => known.name);
      throw new OptionError(`unknown option ${name}${didYouMean(name, names)}`);
    }
    ignored.add(name);
    return [];
  });
}

/** The tables `[policy."GLOB"]`, as options of a command line. */
function givenByTables(option: AnyOption, text: string, policy: unknown): GivenOption[] {
  return policyTables(text, policy).map(({ pattern, table }) => (
    { option, text: `${pattern}=${JSON.stringify(table)}`, label: option.name }
  ));
}

/**
 * The rules of a configuration file, in its order; none if it has words of a command line.
 *
 * @throws {OptionError} when it cannot be read, or says what is not possible; names file and line.
 */
export function policiesOfFile(path: string): PolicyTable[] {
  const text = contentOf(path);
  try {
    return hasWords(text) ? [] : policyTables(text, parsedToml(text).policy ?? {});
  } catch (error) {
    if (error instanceof OptionError) throw new OptionError(`${path}: ${error.message}`);
    throw error;
  }
}

/** Assignments of a shell, with quotes that may go over several lines. */
const QUOTED = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=(["'])[^]*?\2/gm;

/** The text without assignments of shell variables: options inside their quotes do not count. */
function withoutShell(text: string, ignored: IgnoredParts): string {
  return text.replace(QUOTED, (all: string, name: string) => {
    if (optionNamed(SERVE_OPTIONS, name) !== undefined) return all;
    ignored.add(name);
    return "";
  });
}

/**
 * The keys and values of a text.
 *
 * @throws {OptionError} when it is not TOML; names the line.
 */
function parsedToml(text: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason] = error.message.replace("Invalid TOML document: ", "").split("\n");
    throw new OptionError(`line ${error.line}, column ${error.column}: ${reason}`);
  }
}

/**
 * The texts that a command line would have for the value of an option; an array repeats the option.
 *
 * @throws {OptionError} for a value that no option has.
 */
function textsOf(name: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => textsOf(name, one));
  if (typeof value === "string") return [value];
  if (name === "listen-mode") {
    throw new OptionError(`${name}: an octal mode must be a string such as "0660"`);
  }
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return [String(value)];
  }
  if (name === "max-queue" && isTable(value)) {
    return Object.entries(value).map(([func, limits]) => `${func}=${limitsText(func, limits)}`);
  }
  if (name === "slo" && isTable(value)) return [targetText(value)];
  throw new OptionError(`${name}: a value of this kind is not understood`);
}

/** `{ function, wait, run }` as the command line has it. */
function targetText({ function: func, wait, run, ...others }: Record<string, unknown>): string {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new OptionError(`slo: there is ${unknown}; there are function, wait and run`);
  }
  if (typeof func !== "string") throw new OptionError("slo: each one has the name of a function");
  const times = Object.entries({ wait, run }).filter(([, time]) => time !== undefined);
  return `${func}=${times.map(([name, time]) => `${name}:${time}`).join(",")}`;
}

/** `N`, `[HIGH, NORMAL, LOW]` or `{ high, normal, low }` as the command line has it. */
function limitsText(func: string, limits: unknown): string {
  if (Array.isArray(limits)) return limits.join(",");
  if (!isTable(limits)) return String(limits);
  const { high = 0, normal = 0, low = 0, ...others } = limits;
  const [unknown] = Object.keys(others);
  if (unknown === undefined) return [high, normal, low].join(",");
  throw new OptionError(`max-queue: ${func} has ${unknown}; there are high, normal and low`);
}

/** Collects the parts of a configuration file that are ignored, with their lines. */
class IgnoredParts {
  readonly #lines: readonly (readonly string[])[];
  readonly #parts: { readonly line: number; readonly key: string }[] = [];
  /** Where a name was found last, as an index. */
  readonly #found = new Map<string, number>();

  constructor(text: string) {
    this.#lines = text.split("\n").map((line) => namesIn(line.replace(/^\s*#.*/, "")));
  }

  /** Adds a word or a key, up to its equals sign. */
  add(word: string): void {
    const [name] = namesIn(word);
    const last = this.#found.get(name) ?? -1;
    const next = this.#lines.findIndex((names, index) => index > last && names.includes(name));
    const index = next < 0 ? last : next;
    this.#found.set(name, index);
    this.#parts.push({ line: index + 1, key: /^.[^=\s]*/s.exec(word)?.[0] ?? "" });
  }

  /** Adds every line of a text that says something. */
  addLines(text: string): void {
    for (const line of text.split("\n").map((line) => line.trim())) {
      if (line !== "" && !line.startsWith("#")) this.add(line);
    }
  }

  /** The ignored parts in the order of their lines, such as `line 2 port`. */
  texts(): string[] {
    return this.#parts.toSorted((a, b) => a.line - b.line)
      .map(({ line, key }) => line === 0 ? key : `line ${line} ${key}`);
  }
}

/** The names in a text, without dashes, quotes and brackets around them. */
function namesIn(text: string): string[] {
  return text.split(/[\s=."'[\]]+/).map((name) => name.replace(/^-+/, "")).filter((name) =>
    name !== ""
  );
}
