/**
 * What the program does when it is called by the name `gearadmin`, as that tool of gearmand does it.
 * @module
 */
import process from "node:process";
import { print, textForTerminal } from "../output.ts";
import { readArguments, settingsOf } from "../options/arguments.ts";
import { commandHelp } from "../options/help.ts";
import { TextConnection } from "../../client/admin/text_connection.ts";
import { DEFAULT_PORT } from "../../client/server_address.ts";
import { flag, type Kind, OptionError, text } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import type { ConnectOptions } from "../../transport/transport.ts";
import { type AnyOption, optionsOf } from "../options/option.ts";
import { port } from "../options/kinds.ts";
import { DEFAULT_HOST } from "../options/servers.ts";

/** In milliseconds. The tool itself waits for ever; this is long even for a busy server. */
const TIMEOUT = 60_000;

/** @returns the exit status; 0 also when the server refuses something. */
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

/** The questions, in the order in which the tool asks them. */
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

/** Prints what the server has written, without its OK; a refusal goes to standard error. */
function show(lines: readonly string[]): void {
  const [first] = lines;
  if (lines.length === 1 && first.startsWith("ERR ")) return complain(first.slice("ERR ".length));
  const text = lines.map((line) => `${line}\n`).join("");
  if (/^OK\r?\n$/.test(text)) print("OK\n");
  else print(forReader(process.stdout, text.replace(/^OK /, "")));
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

/** A line feed would begin another command. Spaces are sent, as that tool does. */
function oneLine(label: string): Kind<string> {
  return {
    label,
    parse(text) {
      if (!/\p{Cc}/u.test(text)) return text;
      throw new OptionError(`${JSON.stringify(text)} is more than a line`);
    },
  };
}

const noTls: Kind<boolean> = {
  parse(text) {
    if (flag.parse(text)) throw new OptionError("this version has no TLS");
    return false;
  },
};

/** The options of gearadmin; its operations in the order in which it does them. */
const ROWS = {
  // The tool waits for ever, does not know unix sockets, and does not look at GEARMAN_SERVERS.
  ...inGroup("Server", {
    host: {
      aliases: ["h"],
      kind: text("HOST"),
      default: DEFAULT_HOST,
      help: "Name or address of the machine.",
    },
    port: {
      aliases: ["p"],
      kind: port,
      default: DEFAULT_PORT,
      help: "TCP port, as a number or a service name.",
    },
  }),
  ...inGroup("Operations", {
    getpid: { kind: flag, help: "Process id of the server." },
    createFunction: { kind: oneLine("FUNC"), help: "Create a function." },
    dropFunction: { kind: oneLine("FUNC"), help: "Drop a function." },
    showJobs: { kind: flag, help: "Jobs by handle." },
    showUniqueJobs: { kind: flag, help: "Jobs by what is unique of them." },
    cancelJob: { kind: oneLine("HANDLE"), help: "Cancel a job that waits." },
    serverVerbose: { kind: flag, help: "Log level of the server." },
    serverVersion: { kind: flag, help: "Version of the server." },
    workers: { kind: flag, help: "Connections, and what each can do." },
    priorityStatus: { kind: flag, help: "Functions: waiting jobs by priority, workers." },
    status: { kind: flag, help: "Functions: jobs, running jobs, workers." },
  }),
  ...inGroup("Connection", {
    ssl: { aliases: ["S"], kind: noTls, help: "Refused: there is no TLS in this version." },
  }),
  ...inGroup("Information", { help: { kind: flag, help: "Show this text." } }),
};

type GearadminSettings = SettingsOf<typeof ROWS>;

export const GEARADMIN_OPTIONS: readonly AnyOption[] = optionsOf(ROWS);

export function gearadminServer(settings: GearadminSettings): ConnectOptions {
  const { host: hostname = DEFAULT_HOST, port = DEFAULT_PORT } = settings;
  return { hostname, port };
}
