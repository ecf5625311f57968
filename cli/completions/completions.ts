/**
 * `geartrain completions`: scripts for shells, which are made from the tables of options.
 * @module
 */
import { type Command, command, type CommandText } from "../command.ts";
import { OptionError } from "../../options/kinds.ts";
import { print } from "../output.ts";
import { type AnyOption, dashedNames } from "../options/option.ts";

/** Makes the script for a shell. */
type Completions = (commands: readonly CommandText[]) => string;

const SHELLS: Readonly<Record<string, Completions>> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

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
    rows: {},
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

export function bashCompletions(commands: readonly CommandText[]): string {
  const names = commands.map(({ name }) => name);
  return `# Completions of geartrain for bash.
_geartrain() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=
  if ((COMP_CWORD == 1)); then
    words="${[...names, "--help", "--version"].join(" ")}"
  else
    case "\${COMP_WORDS[1]}" in
${commands.map(bashCase).join("")}    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _geartrain geartrain
`;
}

function bashCase({ name, options, words = [] }: CommandText): string {
  const shown = offered(options);
  const files = shown.filter((option) => valueKind(option) === "file");
  const others = shown.filter((option) => valueKind(option) === "other");
  const cases = [
    bashOption(files, `local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$word")); return`),
    ...shown.filter((option) => valueKind(option) === "words")
      .map((option) => bashOption([option], `words="${option.words!.join(" ")}"`)),
    bashOption(others, "return"),
    `        *) words="${[...words, ...shown.flatMap(longNames)].join(" ")}" ;;\n`,
  ];
  return `      ${name})
        case "$previous" in
${cases.join("")}        esac ;;
`;
}

function bashOption(options: readonly AnyOption[], body: string): string {
  if (options.length === 0) return "";
  const names = options.flatMap(dashedNames).map((name) => name.replace("?", "\\?"));
  return `        ${names.join("|")}) ${body} ;;\n`;
}

export function fishCompletions(commands: readonly CommandText[]): string {
  const lines = [
    ...commands.map(({ name, summary }) =>
      `-n __fish_use_subcommand -a ${name} -d ${fishQuoted(summary.replace(/\.$/, ""))}`
    ),
    `-n __fish_use_subcommand -s h -l help -d ${fishQuoted("Show the help")}`,
    `-n __fish_use_subcommand -s V -l version -d ${fishQuoted("Show the version")}`,
    ...commands.flatMap(fishLines),
  ];
  return [
    "# Completions of geartrain for fish.",
    "complete -c geartrain -f",
    ...lines.map((line) => `complete -c geartrain ${line}`),
    "",
  ].join("\n");
}

function fishLines({ name, options, words }: CommandText): string[] {
  const condition = `-n '__fish_seen_subcommand_from ${name}'`;
  const lines = offered(options).map((option) => {
    const names = dashedNames(option)
      .map((name) =>
        name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${fishQuoted(name.slice(1))}`
      );
    const text = fishQuoted(firstSentence(option.help));
    return `${condition} ${names.join(" ")}${valueOf(option)} -d ${text}`;
  });
  if (words !== undefined) lines.push(`${condition} -a ${fishQuoted(words.join(" "))}`);
  return lines;
}

function valueOf(option: AnyOption): string {
  const kinds: Record<ValueKind, string> = {
    none: "",
    file: " -r -F",
    words: ` -x -a ${fishQuoted((option.words ?? []).join(" "))}`,
    other: " -x",
  };
  return kinds[valueKind(option)];
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** A script for zsh, to be loaded as the function \`_geartrain\`. */
export function zshCompletions(commands: readonly CommandText[]): string {
  const list = commands.map(({ name, summary }) =>
    `    ${zshQuoted(`${name}:${summary.replace(/\.$/, "")}`)}\n`
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
${commands.map(zshCase).join("")}  esac
}
# Loaded by name, the file is the function; sourced, it only defines it.
if [[ $funcstack[1] == _geartrain ]]; then _geartrain "$@"; else compdef _geartrain geartrain; fi
`;
}

function zshCase({ name, options, words }: CommandText): string {
  const specs = offered(options).flatMap(zshSpecs);
  if (words !== undefined) specs.push(`1:${name}:(${words.join(" ")})`);
  return `    ${name})
      _arguments \\
${specs.map((spec) => `        ${zshQuoted(spec)}`).join(" \\\n")}
      ;;
`;
}

/** One specification for each name; one name excludes the others, unless it may be repeated. */
function zshSpecs(option: AnyOption): string[] {
  const names = dashedNames(option);
  const head = option.repeatable ? "*" : names.length > 1 ? `(${names.join(" ")})` : "";
  const text = firstSentence(option.help).replaceAll(/[[\]:\\]/g, "\\$&");
  return names.map((name) => `${head}${name}[${text}]${valueSpec(option)}`);
}

function valueSpec(option: AnyOption): string {
  const { value, words = [] } = option;
  const kinds: Record<ValueKind, string> = {
    none: "",
    file: `:${value}:_files`,
    words: `:${value}:(${words.join(" ")})`,
    other: `:${value}: `,
  };
  return kinds[valueKind(option)];
}

function zshQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const FILES = ["FILE", "PATH"];

/** What can be completed behind an option: paths, some words, or something only the user knows. */
type ValueKind = "none" | "file" | "words" | "other";

function valueKind({ value, words, valueIsOptional }: AnyOption): ValueKind {
  if (value === undefined || valueIsOptional) return "none";
  if (words !== undefined) return "words";
  return FILES.includes(value) ? "file" : "other";
}

/** The options that a shell offers; what is hidden in the help is hidden there as well. */
function offered(options: readonly AnyOption[]): AnyOption[] {
  return options.filter(({ isHidden }) => isHidden !== true);
}

function firstSentence(text: string): string {
  return text.split(/[.;:](?: |$)/, 1)[0];
}

function longNames(option: AnyOption): string[] {
  return dashedNames(option).filter((name) => name.startsWith("--"));
}
