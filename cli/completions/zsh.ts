import type { CommandText } from "../command.ts";
import { type AnyOption, dashedNames } from "../options/option.ts";
import { firstSentence, offered, valueKind } from "./values.ts";

/** A script for zsh, to be loaded as the function \`_geartrain\`. */
export function zshCompletions(commands: readonly CommandText[]): string {
  const list = commands.map(({ name, summary }) =>
    `    ${quoted(`${name}:${summary.replace(/\.$/, "")}`)}\n`
  );
  return `#compdef geartrain
# Completions of geartrain for zsh.
_geartrain() {
  local -a commands
  commands=(
${list.join("")}  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${commands.map(commandCase).join("")}  esac
}
# Loaded by name, the file is the function; sourced, it only defines it.
if [[ $funcstack[1] == _geartrain ]]; then _geartrain "$@"; else compdef _geartrain geartrain; fi
`;
}

function commandCase({ name, options, words }: CommandText): string {
  const specs = offered(options).flatMap(optionSpecs);
  if (words !== undefined) specs.push(`1:${name}:(${words.join(" ")})`);
  return `    ${name})
      _arguments \\
${specs.map((spec) => `        ${quoted(spec)}`).join(" \\\n")}
      ;;
`;
}

/** One specification for each name; one name excludes the others, unless it may be repeated. */
function optionSpecs(option: AnyOption): string[] {
  const names = dashedNames(option);
  const head = option.repeatable ? "*" : names.length > 1 ? `(${names.join(" ")})` : "";
  const text = firstSentence(option.help).replaceAll(/[[\]:\\]/g, "\\$&");
  return names.map((name) => `${head}${name}[${text}]${valueSpec(option)}`);
}

function valueSpec(option: AnyOption): string {
  const { value, words = [] } = option;
  switch (valueKind(option)) {
    case "none":
      return "";
    case "file":
      return `:${value}:_files`;
    case "words":
      return `:${value}:(${words.join(" ")})`;
    case "other":
      return `:${value}: `;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
