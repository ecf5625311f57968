/**
 * The folder `cli/` holds the program: a folder or file for each subcommand, all named in
 * `commands.ts`, and what they share. This file makes a subcommand of a table of options and a function.
 * @module
 */
import process from "node:process";
import { flag } from "../options/kinds.ts";
import { inGroup, type Rows, type SettingsOf } from "../options/rows.ts";
import { givenByArguments, readArguments, settingsOf } from "./options/arguments.ts";
import { reasonOf } from "./options/did_you_mean.ts";
import { messageLine, print } from "./output.ts";
import { commandHelp, type CommandText } from "./options/help.ts";
import { optionsOf } from "./options/option.ts";

export type { CommandText };

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
