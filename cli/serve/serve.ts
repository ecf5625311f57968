/**
 * `geartrain serve`. `read_settings.ts` reads options, configuration file and environment;
 * `run_server.ts` then opens log, store and sockets, and runs the server until a signal ends it.
 * @module
 */
import process from "node:process";
import { type Command, type CommandText, failed } from "../command.ts";
import { reasonOf } from "../options/did_you_mean.ts";
import { commandHelp } from "../options/help.ts";
import { print } from "../output.ts";
import { versionText } from "../version_text.ts";
import { isDaemon, reportFailure, startDaemon } from "./daemon.ts";
import { SERVE_OPTIONS } from "./options.ts";
import { streamNamed } from "./log_file.ts";
import { type Note, readSettings, type SettingsRead } from "./read_settings.ts";
import { runServer } from "./run_server.ts";

const TEXT: CommandText = {
  name: "serve",
  summary: "Run the Gearman job server.",
  usage: "[OPTIONS]",
  introduction: "Needs no configuration: without options it listens on port 4730 of all addresses.",
  options: SERVE_OPTIONS,
  examples: [
    ["geartrain serve", "Listen on port 4730 of all addresses; jobs are in memory."],
    ["geartrain serve --store sqlite:queue.db", "Keep background jobs in a file as well."],
    ["geartrain serve --store postgres://geartrain@db/jobs", "Share them with other servers."],
    ["geartrain serve -L 127.0.0.1 -L unix:gear.sock -p 4731", "Listen for this machine only."],
  ],
  sections: [
    {
      title: "Signals",
      rows: [
        ["TERM, INT", "Stop at once; exit status 0."],
        [
          "USR2",
          "Stop gracefully: accept no new connections, and serve until no job is left. With " +
          "--store, accept connections for background jobs, until no job runs and no client " +
          "waits for one. --stop-timeout limits the time.",
        ],
        [
          "USR1",
          "The same, as for the C server. Deno may also start its inspector on this one: USR2 is " +
          "the better choice.",
        ],
        [
          "HUP",
          "Open the log file again, and read the file of --http-token-file and the policies and schedules of the " +
          "configuration file again.",
        ],
      ],
    },
    {
      title: "Environment",
      rows: [
        ["GEARMAND_PORT", "The port, if --port is not given and it is a number."],
        [
          "NOTIFY_SOCKET",
          "Set by systemd. The server then runs systemd-notify when it listens and when it stops.",
        ],
      ],
    },
    {
      title: "Exit status",
      rows: [["0", "After a stop."], [
        "1",
        "An option is wrong, an address is taken, or the store cannot be used.",
      ]],
    },
  ],
};

export const SERVE: Command = { ...TEXT, run: (args) => serve(args) };

/**
 * Runs the server until it is told to stop.
 *
 * @param isGearmand under the name gearmand; see {@linkcode readSettings}.
 * @returns the exit status.
 */
export async function serve(args: readonly string[], isGearmand = false): Promise<number> {
  try {
    const read = await readSettings(args, process.env, isGearmand);
    const { settings } = read;
    if (settings.help) print(commandHelp(TEXT));
    else if (settings.version) print(versionText());
    else if (settings.checkArgs) await check(read);
    else if (settings.daemon && !isDaemon) return await daemonize(read);
    else await runServer(read, () => readSettings(args, process.env, isGearmand));
    return 0;
  } catch (error) {
    const message = reasonOf(error);
    if (!isDaemon) return failed(message);
    reportFailure(message);
    return 1;
  }
}

async function check({ settings, notes }: SettingsRead): Promise<void> {
  // Only --check-args needs this code, so a start does not load it.
  const { checkStart } = await import("./check_start.ts");
  const warnings = checkStart(settings);
  notes.forEach(sayWarning);
  for (const message of warnings) sayWarning({ level: "WARNING", message });
}

function sayWarning({ level, message }: Note): void {
  if (level === "WARNING") failed(`warning: ${message}`);
}

async function daemonize({ settings, notes }: SettingsRead): Promise<number> {
  const reason = await startDaemon();
  if (reason !== null) return failed(reason);
  const { logFile = "stderr", syslog } = settings;
  if (streamNamed(logFile) !== undefined && !syslog) {
    notes.forEach(sayWarning);
    process.stderr.write("geartrain: the log goes nowhere without --log-file or --syslog\n");
  }
  return 0;
}
