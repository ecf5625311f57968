import type { CommandText } from "../command.ts";
import { type AnyOption, dashedNames } from "../options/option.ts";
import { longNames, offered, valueKind } from "./values.ts";

/** A script for bash. */
export function bashCompletions(commands: readonly CommandText[]): string {
  const names = commands.map(({ name }) => name);
  return `# Completions of geartrain for bash.
_geartrain() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=
  if ((COMP_CWORD == 1)); then
    words="${[...names, "--help", "--version"].join(" ")}"
  else
    case "\${COMP_WORDS[1]}" in
${commands.map(commandCase).join("")}    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _geartrain geartrain
`;
}

function commandCase({ name, options, words = [] }: CommandText): string {
  const shown = offered(options);
  const files = shown.filter((option) => valueKind(option) === "file");
  const others = shown.filter((option) => valueKind(option) === "other");
  const cases = [
    optionCase(files, `local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$word")); return`),
    ...shown.filter((option) => valueKind(option) === "words")
      .map((option) => optionCase([option], `words="${option.words!.join(" ")}"`)),
    optionCase(others, "return"),
    `        *) words="${[...words, ...shown.flatMap(longNames)].join(" ")}" ;;\n`,
  ];
  return `      ${name})
        case "$previous" in
${cases.join("")}        esac ;;
`;
}

function optionCase(options: readonly AnyOption[], body: string): string {
  if (options.length === 0) return "";
  const names = options.flatMap(dashedNames).map((name) => name.replace("?", "\\?"));
  return `        ${names.join("|")}) ${body} ;;\n`;
}
