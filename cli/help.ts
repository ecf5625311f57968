import { OPTION_GROUPS, type ServeOption } from "./serve_option.ts";
import { SERVE_OPTIONS } from "./serve_options.ts";

const WIDTH = 80;
const INDENT = 6;

/** Help of the program itself. */
export const PROGRAM_HELP = `geartrain - a Gearman job server

Usage: geartrain COMMAND [OPTIONS]

Commands:
  serve      Run the job server; \`geartrain serve --help\` lists its options.

Options:
  -V, --version   Show the version.
  -h, --help      Show this help.

Called by the name gearmand, it behaves as \`geartrain serve\`.
`;

/** Help of \`geartrain serve\`: every option, by group, from the table. */
export function serveHelp(): string {
  const groups = OPTION_GROUPS.slice(0, -1).map((group) => {
    const options = SERVE_OPTIONS.filter((option) => option.group === group);
    return `${group}:\n${options.map(optionHelp).join("")}`;
  });
  return `${INTRODUCTION}\n${groups.join("\n")}\n${CLOSING}`;
}

const INTRODUCTION = `geartrain serve - run the Gearman job server

Usage: geartrain serve [OPTIONS]

Needs no configuration: without options it listens on port 4730 of all
addresses.
`;

const CLOSING = `Signals:
  TERM, INT   Stop at once; exit status 0.
  USR2        Stop gracefully: listen no more, serve until no job is left.
  USR1        The same, as for the C server. Deno may also start its inspector
              on this one: USR2 is the better choice.
  HUP         Open the log file again.

Environment:
  GEARMAND_PORT   The port, if --port is not given and it is a number.

Exit status: 0 after a stop, 1 if an option is wrong or an address is taken.
`;

function optionHelp(option: ServeOption): string {
  const names = [option.name, ...(option.aliases ?? [])]
    .sort((a, b) => a.length - b.length)
    .map((name) => (name.length === 1 ? `-${name}` : `--${name}`));
  const value = option.value === undefined
    ? ""
    : option.valueIsOptional
    ? `[=${option.value}]`
    : ` ${option.value}`;
  const fallback = option.default === undefined ? "" : ` Default: ${option.default}.`;
  return `  ${names.join(", ")}${value}\n${wrapped(option.help + fallback)}`;
}

function wrapped(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && INDENT + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  lines.push(line);
  return lines.map((each) => " ".repeat(INDENT) + each + "\n").join("");
}
