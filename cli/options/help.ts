import { type AnyOption, dashedNames, groupsOf } from "./option.ts";

const WIDTH = 80;
const OPTION_INDENT = 6;
/** Where the meaning of a word begins, if the word is short. */
const ROW_INDENT = 18;

/** A section of a command's help: a heading, and what each of some words means. */
export interface HelpSection {
  readonly title: string;
  readonly rows: readonly (readonly [term: string, text: string])[];
}

export interface CommandText {
  readonly name: string;
  readonly summary: string;
  /** What follows its name on a command line, such as `[OPTIONS]`. */
  readonly usage: string;
  /** The words that may follow it, for shells that complete them. */
  readonly words?: readonly string[];
  readonly introduction: string;
  readonly options: readonly AnyOption[];
  /** Command lines of it, and what each does. */
  readonly examples: readonly (readonly [line: string, text: string])[];
  /** What its help says behind the options. */
  readonly sections: readonly HelpSection[];
}

export function programHelp(commands: readonly CommandText[]): string {
  const rows = commands.map(({ name, summary }) => row(name, summary));
  return `geartrain - a Gearman job server

Usage: geartrain COMMAND [OPTIONS]

Commands:
${rows.join("")}
Options:
${row("-V, --version", "Show the version.")}${row("-h, --help", "Show this help.")}
\`geartrain help COMMAND\` explains one. Called by the name gearmand, the
program behaves as \`geartrain serve\`; called by the name gearadmin or gearman,
as that tool.
`;
}

/** Help of a command: every option, by group, from its table. */
export function commandHelp(command: CommandText): string {
  const { name, summary, usage, introduction, sections } = command;
  const options = command.options.filter(({ isHidden }) => isHidden !== true);
  const groups = groupsOf(options).map((group) => {
    const texts = options.filter((option) => option.group === group).map(optionHelp);
    return `${group}:\n${texts.join("")}`;
  });
  const notes = sections.map(({ title, rows }) =>
    `${title}:\n${rows.map(([term, text]) => row(term, text)).join("")}`
  );
  const head = `geartrain ${name} - ${summary[0].toLowerCase()}${summary.slice(1, -1)}\n`;
  return [
    head,
    `Usage: geartrain ${name} ${usage}`.trimEnd() + "\n",
    wrapped(introduction, 0),
    ...groups,
    ...examplesHelp(command),
    ...notes,
  ].join("\n");
}

/** How an option is written, such as `-p, --port PORT`. */
export function optionUsage(option: AnyOption): string {
  const value = option.value === undefined
    ? ""
    : option.valueIsOptional
    ? `[=${option.value}]`
    : ` ${option.value}`;
  return dashedNames(option).join(", ") + value;
}

/** What an option does, with its default. */
export function optionText(option: AnyOption): string {
  return option.help + (option.default === undefined ? "" : ` Default: ${option.default}.`);
}

function optionHelp(option: AnyOption): string {
  return `  ${optionUsage(option)}\n${wrapped(optionText(option), OPTION_INDENT)}`;
}

function examplesHelp({ examples }: CommandText): string[] {
  if (examples.length === 0) return [];
  const texts = examples.map(([line, text]) => `  ${line}\n${wrapped(text, OPTION_INDENT)}`);
  return [`Examples:\n${texts.join("")}`];
}

/** A word, and what it means beside it or below it. */
function row(term: string, text: string): string {
  const lines = wrapped(text, ROW_INDENT);
  const head = `  ${term}`;
  return head.length + 2 <= ROW_INDENT
    ? head.padEnd(ROW_INDENT) + lines.trimStart()
    : `${head}\n${lines}`;
}

function wrapped(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  lines.push(line);
  return lines.map((each) => " ".repeat(indent) + each + "\n").join("");
}
