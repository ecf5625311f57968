import process from "node:process";
import { print, textForTerminal } from "../output.ts";
import { readArguments } from "../options/arguments.ts";
import { commandHelp } from "../options/help.ts";
import { OptionError } from "../options/option_error.ts";
import { settingsOf } from "../options/settings.ts";
import { TextConnection } from "../text_protocol/connection.ts";
import { DEFAULT_PORT } from "../../client/server_address.ts";
import type { ConnectOptions } from "../../transport/transport.ts";
import { type CommonSettings, HELP_OPTION } from "../command.ts";
import type { Option, OptionTable } from "../options/option.ts";
import { HOST, PORT } from "../options/server.ts";
import { DEFAULT_HOST } from "../options/servers.ts";
import * as values from "../options/values.ts";

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

/** What `gearadmin` is told. */
interface GearadminSettings extends CommonSettings {
  host?: string;
  port?: number;
  getpid?: boolean;
  createFunction?: string;
  dropFunction?: string;
  showJobs?: boolean;
  showUniqueJobs?: boolean;
  cancelJob?: string;
  serverVerbose?: boolean;
  serverVersion?: boolean;
  workers?: boolean;
  priorityStatus?: boolean;
  status?: boolean;
  ssl?: boolean;
}

/** The options of gearadmin; its operations in the order in which it does them. */
export const GEARADMIN_OPTIONS: OptionTable<GearadminSettings> = [
  // That tool waits for ever, knows no unix sockets, and looks at no GEARMAN_SERVERS.
  { ...HOST, default: DEFAULT_HOST, help: "Name or address of the machine.", parse: values.text },
  { ...PORT, help: "TCP port, as a number or a service name." },
  operation("getpid", "getpid", "Process id of the server."),
  named("createFunction", "create-function", "FUNC", "Create a function."),
  named("dropFunction", "drop-function", "FUNC", "Drop a function."),
  operation("showJobs", "show-jobs", "Jobs by handle."),
  operation("showUniqueJobs", "show-unique-jobs", "Jobs by what is unique of them."),
  named("cancelJob", "cancel-job", "HANDLE", "Cancel a job that waits."),
  operation("serverVerbose", "server-verbose", "Log level of the server."),
  operation("serverVersion", "server-version", "Version of the server."),
  operation("workers", "workers", "Connections, and what each can do."),
  operation("priorityStatus", "priority-status", "Functions: waiting jobs by priority, workers."),
  operation("status", "status", "Functions: jobs, running jobs, workers."),
  {
    key: "ssl",
    name: "ssl",
    aliases: ["S"],
    group: "Connection",
    help: "Refused: there is no TLS in this version.",
    parse: (text) => {
      if (values.flag(text)) throw new OptionError("this version has no TLS");
      return false;
    },
  },
  HELP_OPTION,
];

/** Where these settings say that the server is. */
export function gearadminServer(settings: GearadminSettings): ConnectOptions {
  const { host: hostname = DEFAULT_HOST, port = DEFAULT_PORT } = settings;
  return { hostname, port };
}

function operation<Key extends keyof GearadminSettings>(key: Key, name: string, help: string) {
  return { key, name, group: "Operations", help, parse: values.flag } as Option<GearadminSettings>;
}

function named<Key extends keyof GearadminSettings>(
  key: Key,
  name: string,
  value: string,
  help: string,
) {
  const option = { key, name, value, group: "Operations", help, parse: oneLine };
  return option as Option<GearadminSettings>;
}

/** A line feed would begin another command. Spaces are sent, as that tool does. */
function oneLine(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new OptionError(`${JSON.stringify(text)} is more than a line`);
  return text;
}
