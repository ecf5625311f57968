import { type Command, command } from "./command.ts";
import { noneOf } from "./options/arguments.ts";
import { didYouMean } from "./options/did_you_mean.ts";
import { programHelp } from "./options/help.ts";
import { OptionError } from "../options/kinds.ts";
import { print } from "./output.ts";

/** `geartrain help`: what there is, or the help of one command. */
export function helpCommand(commands: () => readonly Command[]): Command {
  const made = command({
    name: "help",
    summary: "Explain the program, or one of its commands.",
    usage: "[COMMAND]",
    words: [],
    introduction: "The same as COMMAND --help.",
    rows: {},
    examples: [["geartrain help submit", "Explain submit and its options."]],
    sections: [{
      title: "Exit status",
      rows: [["0", "It is explained."], ["1", "There is no such command."]],
    }],
  }, (_settings, words) => help(commands(), words));
  return {
    ...made,
    get words() {
      return commands().map(({ name }) => name);
    },
  };
}

/** What to say of a word that is not a command. */
export function unknownCommand(word: string, commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  const [what, meant] = word.startsWith("-")
    ? ["option", didYouMean(word, ["--help", "--version"])]
    : ["command", didYouMean(word, names) || wordOfCommand(word, commands)];
  return `unknown ${what} ${word}${meant}; the commands are: ${names.join(", ")}`;
}

/** `; did you mean admin status?` for a word that stands behind a command. */
function wordOfCommand(word: string, commands: readonly Command[]): string {
  const found = commands.find(({ name, words }) => name !== "help" && words?.includes(word));
  return found === undefined ? "" : `; did you mean ${found.name} ${word}?`;
}

async function help(commands: readonly Command[], words: readonly string[]): Promise<number> {
  const [name, ...others] = words;
  noneOf(others);
  if (name === undefined) {
    print(programHelp(commands));
    return 0;
  }
  const found = commands.find((command) => command.name === name);
  if (found === undefined) throw new OptionError(unknownCommand(name, commands));
  return await found.run(["--help"]);
}
