import { type Command, command, type CommandText, HELP_OPTION } from "../command.ts";
import { OptionError } from "../options/option_error.ts";
import { print } from "../print.ts";
import { bashCompletions } from "./bash.ts";
import { fishCompletions } from "./fish.ts";
import { zshCompletions } from "./zsh.ts";

/** From the commands of the program to a script for a shell. */
type Completions = (commands: readonly CommandText[]) => string;

const SHELLS: Readonly<Record<string, Completions>> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

/** `geartrain completions SHELL`: prints a script that lets a shell complete command lines. */
export function completionsCommand(commands: () => readonly CommandText[]): Command {
  const shells = Object.keys(SHELLS);
  return command({
    name: "completions",
    summary: "Print a script with which a shell completes command lines.",
    usage: shells.join("|"),
    words: shells,
    introduction:
      "In bash, `source <(geartrain completions bash)` uses it at once. To have it in " +
      "every shell, write it where the shell looks for such scripts.",
    options: [HELP_OPTION],
    examples: [
      ["source <(geartrain completions bash)", "In bash, use it at once."],
      ["geartrain completions fish > geartrain.fish", "Write it to a file."],
    ],
    sections: [{
      title: "Where to write it",
      rows: [
        ["bash", "/usr/share/bash-completion/completions/geartrain"],
        ["zsh", "_geartrain in a directory of $fpath"],
        ["fish", "~/.config/fish/completions/geartrain.fish"],
      ],
    }, {
      title: "Exit status",
      rows: [["0", "The script is printed."], ["1", "There is none for that shell."]],
    }],
  }, (_settings, words) => {
    const [shell, ...others] = words;
    if (others.length > 0 || !Object.hasOwn(SHELLS, shell ?? "")) {
      throw new OptionError(`completions: name one shell of ${shells.join(", ")}`);
    }
    print(SHELLS[shell](commands()));
    return Promise.resolve(0);
  });
}
