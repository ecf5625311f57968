import process from "node:process";
import { isDaemon, reportFailure, startDaemon } from "./daemon.ts";
import { serveHelp } from "./help.ts";
import { print } from "./print.ts";
import { readSettings } from "./read_settings.ts";
import { runServer } from "./run_server.ts";
import type { ServeSettings } from "./serve_settings.ts";
import { versionText } from "./version_text.ts";

/**
 * `geartrain serve`: runs the server until it is told to stop.
 *
 * @param defaultConfigFile read if no other is named and it exists.
 * @returns the exit status.
 */
export async function serve(args: readonly string[], defaultConfigFile?: string): Promise<number> {
  try {
    const read = readSettings(args, process.env, defaultConfigFile);
    const { settings } = read;
    if (settings.help) print(serveHelp());
    else if (settings.version) print(versionText());
    else if (settings.checkArgs) return 0;
    else if (settings.daemon && !isDaemon()) return await daemonize(args, settings);
    else await runServer(read);
    return 0;
  } catch (error) {
    return failed((error as Error).message);
  }
}

/** One line, also for what comes from elsewhere. */
function failed(reason: string): number {
  if (isDaemon()) reportFailure(reason);
  else process.stderr.write(`geartrain: ${reason.replaceAll("\n", " ")}\n`);
  return 1;
}

async function daemonize(args: readonly string[], settings: ServeSettings): Promise<number> {
  const { configFile, logFile = "stderr", syslog } = settings;
  // The program in the background may go by another name, for which no file is read.
  const isDefaultFile = configFile !== undefined &&
    readSettings(args, {}).settings.configFile === undefined;
  const file = isDefaultFile ? [`--config-file=${configFile}`] : [];
  const reason = await startDaemon(["serve", ...file, ...args]);
  if (reason !== null) return failed(reason);
  if (logFile === "stderr" && !syslog) {
    process.stderr.write("geartrain: the log goes nowhere without --log-file or --syslog\n");
  }
  return 0;
}
