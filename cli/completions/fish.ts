import type { CommandText } from "../command.ts";
import { type AnyOption, dashedNames } from "../options/option.ts";
import { firstSentence, offered, valueKind } from "./values.ts";

/** A script for fish. */
export function fishCompletions(commands: readonly CommandText[]): string {
  const lines = [
    ...commands.map(({ name, summary }) =>
      `-n __fish_use_subcommand -a ${name} -d ${quoted(summary.replace(/\.$/, ""))}`
    ),
    `-n __fish_use_subcommand -s h -l help -d ${quoted("Show the help")}`,
    `-n __fish_use_subcommand -s V -l version -d ${quoted("Show the version")}`,
    ...commands.flatMap(commandLines),
  ];
  return [
    "# Completions of geartrain for fish.",
    "complete -c geartrain -f",
    ...lines.map((line) => `complete -c geartrain ${line}`),
    "",
  ].join("\n");
}

function commandLines({ name, options, words }: CommandText): string[] {
  const condition = `-n '__fish_seen_subcommand_from ${name}'`;
  const lines = offered(options).map((option) => {
    const names = dashedNames(option)
      .map((name) => name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${quoted(name.slice(1))}`);
    const text = quoted(firstSentence(option.help));
    return `${condition} ${names.join(" ")}${valueOf(option)} -d ${text}`;
  });
  if (words !== undefined) lines.push(`${condition} -a ${quoted(words.join(" "))}`);
  return lines;
}

function valueOf(option: AnyOption): string {
  switch (valueKind(option)) {
    case "none":
      return "";
    case "file":
      return " -r -F";
    case "words":
      return ` -x -a ${quoted(option.words!.join(" "))}`;
    case "other":
      return " -x";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
