/**
 * Configuration files: TOML with the long names of options as keys, or the words of a command line
 * as gearmand's own file has them.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { parse as parseToml, TomlError } from "smol-toml";
import { readArguments } from "../options/arguments.ts";
import { errorText } from "./error_text.ts";
import { OptionError } from "../options/option_error.ts";
import { optionNamed } from "../options/option.ts";
import type { GivenOption } from "../options/settings.ts";
import { SERVE_OPTIONS } from "./options.ts";

/** What a file says. */
export interface ConfigFile {
  readonly given: readonly GivenOption[];
  /** Words that belong to no option; gearmand passes over them in silence. */
  readonly strayWords: readonly string[];
}

/**
 * Reads a configuration file.
 *
 * @throws {OptionError} when it cannot be read or says what cannot be; names the file.
 */
export function readConfigFile(path: string): ConfigFile {
  const text = contentOf(path);
  try {
    const file = hasWords(text) ? ofWords(text) : { given: ofToml(text), strayWords: [] };
    for (const { option } of file.given) {
      if (option.onlyArgument) {
        throw new OptionError(`${option.name}: belongs on the command line, not in a file`);
      }
    }
    const given = file.given.map((one) => ({ ...one, label: `${path}: ${one.label}` }));
    return { ...file, given };
  } catch (error) {
    if (error instanceof OptionError) throw new OptionError(`${path}: ${error.message}`);
    throw error;
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new OptionError(`cannot read the configuration file ${path}: ${errorText(error)}`);
  }
}

/** Does a line begin with an option as on a command line? In TOML none can. */
function hasWords(text: string): boolean {
  return /^[ \t]*--?[A-Za-z?]/m.test(text);
}

/** gearmand splits at white space and knows no quotes; `#` to the end of a line is left out here. */
function ofWords(text: string): ConfigFile {
  const words = text.replace(/(^|\s)#.*/g, "").split(/\s+/).filter((word) => word !== "");
  const { given, others } = readArguments(SERVE_OPTIONS, words);
  return { given, strayWords: others };
}

function ofToml(text: string): GivenOption[] {
  const table = parsedToml(text);
  return Object.entries(table).flatMap(([name, value]) => {
    const option = name.length > 1 ? optionNamed(SERVE_OPTIONS, name) : undefined;
    if (option === undefined) throw new OptionError(`unknown option ${name}`);
    return textsOf(name, value).map((text) => ({ option, text, label: name }));
  });
}

function parsedToml(text: string): Record<string, unknown> {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason] = error.message.replace("Invalid TOML document: ", "").split("\n");
    throw new OptionError(`line ${error.line}, column ${error.column}: ${reason}`);
  }
}

/** The texts that a command line would have for a value; an array repeats the option. */
function textsOf(name: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => textsOf(name, one));
  if (typeof value === "string") return [value];
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return [String(value)];
  }
  if (name === "max-queue" && isTable(value)) {
    return Object.entries(value).map(([func, limits]) => `${func}=${limitsText(func, limits)}`);
  }
  throw new OptionError(`${name}: a value of this kind is not understood`);
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

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Date);
}
