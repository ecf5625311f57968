import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { LOG_LEVELS, type LogLevel } from "../../router/mod.ts";
import { plainText } from "../../router/log_text.ts";
import type { LogFormat } from "./log_line.ts";
import type { LogSink } from "./log_file.ts";
import { OptionError } from "../options/option_error.ts";
import { searchPath } from "./search_path.ts";

/** Under this name programs that read logs expect a Gearman server. */
const IDENT = "gearmand";
/** Names of the levels in syslog, in the same order: gearmand's levels are syslog's. */
const SEVERITIES = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
/** How long the last lines may take at the end, in milliseconds. */
const LONGEST_CLOSE = 1000;

/**
 * The syslog of this machine. No runtime can speak to its datagram socket, so the system's `logger`
 * does: one process for each level that is used, which gets a message a line.
 *
 * @throws {OptionError} when there is no `logger`, or no syslog behind it.
 */
export function syslogSink(format: LogFormat): LogSink {
  checkSyslog();
  const loggers = new Map<LogLevel, ChildProcess>();
  return {
    write(line, { level, message }) {
      let logger = loggers.get(level);
      if (logger === undefined) {
        logger = startLogger(level, () => loggers.delete(level));
        loggers.set(level, logger);
      }
      const text = format === "json" ? line : `${level} ${plainText(message)}`;
      logger.stdin!.write(`${text}\n`);
    },
    flush: () => {},
    reopen: () => null,
    close: () => ended([...loggers.values()]),
  };
}

function loggerArguments(level: LogLevel): string[] {
  return ["-t", IDENT, "-p", `user.${SEVERITIES[LOG_LEVELS.indexOf(level)]}`];
}

function startLogger(level: LogLevel, onEnd: () => void): ChildProcess {
  const logger = spawn("logger", loggerArguments(level), {
    stdio: ["pipe", "ignore", "ignore"],
    env: searchPath(),
  });
  logger.on("error", onEnd);
  logger.on("exit", onEnd);
  // A logger that is gone is noticed by its end; the next line starts another.
  logger.stdin!.on("error", () => {});
  return logger;
}

/** Only one kind of `logger` can be made to say that nobody listens; the others know no such option. */
function checkSyslog(): void {
  const message = [...loggerArguments("INFO"), "geartrain logs to syslog"];
  const options = { encoding: "utf8", env: searchPath() } as const;
  const first = spawnSync("logger", ["--socket-errors=on", ...message], options);
  if (first.error !== undefined) {
    throw new OptionError("--syslog: there is no logger program");
  }
  if (first.status === 0) return;
  const isOptionUnknown = /option|usage/i.test(first.stderr);
  const { status, stderr } = isOptionUnknown ? spawnSync("logger", message, options) : first;
  if (status === 0) return;
  throw new OptionError(`--syslog: ${stderr.trim().split("\n")[0] || "logger failed"}`);
}

/** Waits until all have passed on what they got. */
async function ended(loggers: ChildProcess[]): Promise<void> {
  const timer = Promise.withResolvers<void>();
  const timeout = setTimeout(timer.resolve, LONGEST_CLOSE);
  const ends = loggers.map((logger) =>
    new Promise<void>((resolve) => {
      logger.on("close", () => resolve());
      logger.stdin!.end();
    })
  );
  await Promise.race([Promise.all(ends), timer.promise]);
  clearTimeout(timeout);
}
