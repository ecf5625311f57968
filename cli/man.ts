import { VERSION } from "../version.ts";
import { type Command, command, type CommandText } from "./command.ts";
import { optionText, optionUsage } from "./options/help.ts";
import { type AnyOption, groupsOf } from "./options/option.ts";
import { print } from "./output.ts";

/** When the text below was last changed. */
const DATE = "2026-11-29";

/** `geartrain man`: prints the manual page. */
export function manCommand(commands: () => readonly CommandText[]): Command {
  return command({
    name: "man",
    summary: "Print the manual page.",
    usage: "",
    introduction: "In the form that man reads: `geartrain man | man -l -` shows it.",
    rows: {},
    examples: [["geartrain man > geartrain.1", "Write it to where packages put it."]],
    sections: [{ title: "Exit status", rows: [["0", "Always."]] }],
  }, () => {
    print(manualPage(commands()));
    return Promise.resolve(0);
  });
}

/** The manual page of the program with all its commands, in the macros of man(7). */
export function manualPage(commands: readonly CommandText[]): string {
  return [
    `.TH GEARTRAIN 1 ${DATE} "geartrain ${VERSION}"`,
    ".SH NAME",
    "geartrain \\- a Gearman job server",
    ".SH SYNOPSIS",
    ...commands.flatMap(({ name, usage }, index) => [
      ...index === 0 ? [] : [".br"],
      `.B geartrain ${escaped(name)}`,
      ...usage === "" ? [] : [escaped(usage)],
    ]),
    ".SH DESCRIPTION",
    "Workers say which functions they can do, clients ask for a function, the server hands the job",
    "to a worker and brings the answer back. The clients and workers of gearmand and of Perl's",
    "Gearman::Server work with this server unchanged.",
    ".PP",
    "Called by the name",
    ".BR gearmand ,",
    "the program behaves as",
    '.BR "geartrain serve" ;',
    "by the names",
    ".BR gearman",
    "and",
    ".BR gearadmin ,",
    "as these tools.",
    ...commands.flatMap(commandPage),
    ".SH SEE ALSO",
    ".BR gearmand (8),",
    ".BR gearman (1),",
    ".BR gearadmin (1)",
    "",
  ].join("\n");
}

function commandPage(
  { name, summary, introduction, options, examples, sections }: CommandText,
): string[] {
  const shown = options.filter(({ isHidden }) => isHidden !== true);
  return [
    `.SH ${escaped(`geartrain ${name}`).toUpperCase()}`,
    escaped(summary),
    escaped(introduction),
    ...groupsOf(shown).flatMap((group) => [
      `.SS ${escaped(group)}`,
      ...shown.filter((option) => option.group === group).flatMap(optionEntry),
    ]),
    ...[{ title: "Examples", rows: examples }, ...sections].flatMap(({ title, rows }) => [
      `.SS ${escaped(title)}`,
      ...rows.flatMap(([term, text]) => entry(term, text)),
    ]),
  ];
}

function optionEntry(option: AnyOption): string[] {
  return entry(optionUsage(option), optionText(option));
}

function entry(term: string, text: string): string[] {
  return [".TP", `\\fB${escaped(term)}\\fR`, escaped(text)];
}

/** The text so that man shows it as it is: a backslash, a dash, a dot or quote at the beginning. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^['.]/, "\\&$&");
}
