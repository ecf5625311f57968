/**
 * Configuration files: TOML with the long names of options as keys, or the words of a command line
 * as gearmand's own file has them.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { readArguments } from "../options/arguments.ts";
import { OptionError } from "../../options/kinds.ts";
import { didYouMean } from "../options/did_you_mean.ts";
import { optionNamed } from "../options/option.ts";
import type { GivenOption } from "../options/settings.ts";
import { errorText } from "./open_file.ts";
import { isDetail } from "./gearmand_options.ts";
import { IgnoredParts } from "./ignored_parts.ts";
import { SERVE_OPTIONS } from "./options.ts";
import { parsedToml, textsOf } from "./toml.ts";

/** What a file says. */
export interface ConfigFile {
  readonly given: readonly GivenOption[];
  /** The parts of it that are ignored, with their lines: `line 2 port`. */
  readonly ignored: readonly string[];
}

/**
 * Reads a configuration file.
 *
 * @param isForgiving pass over what is not understood, as gearmand does, instead of refusing it.
 * @throws {OptionError} when it cannot be read or says what cannot be; names the file.
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

/** @param ignored takes what is not understood, if that is no error. */
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
