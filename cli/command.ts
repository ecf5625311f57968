import process from "node:process";
import { flag } from "../options/kinds.ts";
import { inGroup, type Rows, type SettingsOf } from "../options/rows.ts";
import { givenByArguments, readArguments } from "./options/arguments.ts";
import { reasonOf } from "./options/did_you_mean.ts";
import { messageLine, print } from "./output.ts";
import { commandHelp } from "./options/help.ts";
import { type AnyOption, optionsOf } from "./options/option.ts";
import { settingsOf } from "./options/settings.ts";

/** A section of a command's help: a heading, and what each of some words means. */
export interface HelpSection {
  readonly title: string;
  readonly rows: readonly (readonly [term: string, text: string])[];
}

/** What a command says of itself. */
export interface CommandText {
  /** The word that calls it. */
  readonly name: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** What follows its name on a command line, such as `[OPTIONS]`. */
  readonly usage: string;
  /** The words that may follow it, for shells that complete them. */
  readonly words?: readonly string[];
  /** More about it, in a sentence or two. */
  readonly introduction: string;
  readonly options: readonly AnyOption[];
  /** Command lines of it, and what each does. */
  readonly examples: readonly (readonly [line: string, text: string])[];
  /** What its help says behind the options. */
  readonly sections: readonly HelpSection[];
}

/** A subcommand of the program. */
export interface Command extends CommandText {
  /** Does the work; resolves to the exit status. */
  readonly run: (args: readonly string[]) => Promise<number>;
}

/** The option that every command has. */
const HELP = inGroup("Information", { help: { kind: flag, help: "Show this text." } });

/** What a command does, given its settings and the words that belong to no option. */
export type Work<Settings> = (settings: Settings, words: readonly string[]) => Promise<number>;

/**
 * A command that reads its arguments by its table of options, shows its help, and says in one line
 * what is wrong, with status 1.
 */
export function command<R extends Rows>(
  about: Omit<CommandText, "options"> & { readonly rows: R },
  work: Work<SettingsOf<R>>,
): Command {
  const text = { ...about, options: optionsOf({ ...about.rows, ...HELP }) };
  const run = async (args: readonly string[]) => {
    try {
      const given = text.words === undefined
        ? { given: givenByArguments(text.options, args), others: [] }
        : readArguments(text.options, args);
      const settings = settingsOf<SettingsOf<R> & SettingsOf<typeof HELP>>(given.given);
      if (settings.help !== true) return await work(settings, given.others);
      print(commandHelp(text));
      return 0;
    } catch (error) {
      return failed(reasonOf(error));
    }
  };
  return { ...text, run };
}

/** Says in one line, without control characters, why nothing was done; returns the exit status. */
export function failed(reason: string): number {
  process.stderr.write(messageLine(reason));
  return 1;
}
