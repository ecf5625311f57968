import process from "node:process";
import { textForTerminal } from "../message.ts";
import { readArguments } from "../options/arguments.ts";
import { commandHelp } from "../options/help.ts";
import { OptionError } from "../options/option_error.ts";
import { settingsOf } from "../options/settings.ts";
import { print } from "../print.ts";
import { TextConnection } from "../text_protocol/connection.ts";
import { GEARADMIN_OPTIONS, gearadminServer, type GearadminSettings } from "./options.ts";

/** That tool waits for ever; this is long for a server that is busy. In milliseconds. */
const TIMEOUT = 60_000;

/**
 * What the program does when it is called by the name `gearadmin`: what that tool of gearmand does,
 * with the same output.
 *
 * @returns the exit status; 0 also when the server refuses something.
 */
export async function gearadmin(args: readonly string[]): Promise<number> {
  try {
    const { given } = readArguments(GEARADMIN_OPTIONS, args.map(wholeName));
    const settings = settingsOf<GearadminSettings>(given);
    if (settings.help) {
      print(help());
      return 0;
    }
    const questions = questionsOf(settings);
    if (questions.length === 0) throw new OptionError("no operation is given; see --help");
    using server = await TextConnection.open(gearadminServer(settings), TIMEOUT);
    for (const { command, isListing } of questions) {
      server.renewTime();
      const lines = isListing ? await server.rawList(command) : [await server.rawLine(command)];
      show(lines);
    }
    return 0;
  } catch (error) {
    complain((error as Error).message);
    return 1;
  }
}

/** What is asked, in the order in which that tool asks it. */
function questionsOf(settings: GearadminSettings): { command: string; isListing: boolean }[] {
  const line = (command: string) => ({ command, isListing: false });
  const listing = (command: string) => ({ command, isListing: true });
  const { createFunction, dropFunction, cancelJob } = settings;
  return [
    settings.getpid && line("getpid"),
    createFunction !== undefined && line(`create function ${createFunction}`),
    dropFunction !== undefined && line(`drop function ${dropFunction}`),
    settings.showJobs && listing("show jobs"),
    settings.showUniqueJobs && listing("show unique jobs"),
    cancelJob !== undefined && line(`cancel job ${cancelJob}`),
    settings.serverVerbose && line("verbose"),
    settings.serverVersion && line("version"),
    settings.workers && listing("workers"),
    settings.priorityStatus && listing("prioritystatus"),
    settings.status && listing("status"),
  ].filter((question) => typeof question === "object");
}

/** As the server has written it, but without its OK; what it refuses goes to the standard error. */
function show(lines: readonly string[]): void {
  const [first] = lines;
  if (lines.length === 1 && first.startsWith("ERR ")) return complain(first.slice("ERR ".length));
  if (lines.length === 1 && /^OK\r?$/.test(first)) print("OK\n");
  else {print(forReader(
      process.stdout,
      lines.map((line) => `${line}\n`).join("").replace(/^OK /, ""),
    ));}
}

/** Programs get what the server has written, people what a terminal only shows. */
function forReader({ isTTY }: { readonly isTTY?: boolean }, text: string): string {
  return isTTY ? textForTerminal(text.replaceAll("\r\n", "\n")) : text;
}

/** An option may be written shorter, as long as it is the only one that begins so. */
function wholeName(arg: string): string {
  const [, name, rest] = /^--([a-z-]+)(=.*)?$/s.exec(arg) ?? [];
  if (name === undefined) return arg;
  const meant = GEARADMIN_OPTIONS.map((option) => option.name).filter((n) => n.startsWith(name));
  if (meant.includes(name) || meant.length === 0) return arg;
  if (meant.length === 1) return `--${meant[0]}${rest ?? ""}`;
  throw new OptionError(`--${name} may be ${meant.map((n) => `--${n}`).join(" or ")}`);
}

function complain(reason: string): void {
  process.stderr.write(forReader(process.stderr, `Error: ${reason}\n`));
}

function help(): string {
  return commandHelp({
    name: "gearadmin",
    summary: "Administer a Gearman server.",
    usage: "OPTIONS",
    introduction: "Called by the name gearadmin, geartrain does what that tool does. " +
      "`geartrain admin` does more.",
    options: GEARADMIN_OPTIONS,
    examples: [],
    sections: [],
  }).replaceAll("geartrain gearadmin", "gearadmin");
}
