import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { LOG_LEVELS, type LogLevel } from "../../router/mod.ts";
import { plainText } from "../../router/log/text.ts";
import { setTimeout as pause } from "node:timers/promises";
import { StreamWriter } from "./line_writer.ts";
import { droppedEntry, type LogEntry, type LogFormat, logLine } from "./log_line.ts";
import type { LogSink } from "./log_file.ts";
import { OptionError } from "../../options/kinds.ts";
import { searchPath } from "../../transport/machine.ts";

/** Under this name programs that read logs expect a Gearman server. */
const IDENT = "gearmand";
/** Names of the levels in syslog, in the same order: gearmand's levels are syslog's. */
const SEVERITIES = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
/** How long `logger` may take at the start to say what is wrong, in milliseconds. */
const LONGEST_CHECK = 5000;
/** Least time between two starts of a `logger` that ends by itself, in milliseconds. */
const RESTART = 1000;

/**
 * Logs to the syslog of this machine. No runtime can speak to its datagram socket, so the system's `logger`
 * does: one process for each level that is used, which gets a message a line.
 *
 * @throws {OptionError} when there is no `logger`, or no syslog behind it.
 */
export function syslogSink(format: LogFormat): LogSink {
  checkSyslog();
  const loggers = new Map<LogLevel, Logger>();
  const textOf = (line: string, { level, message }: LogEntry) =>
    format === "json" ? line : `${level} ${plainText(message)}`;
  const droppedLine = (count: number) => {
    const entry = droppedEntry(count);
    return textOf(logLine(format, entry, new Date()), entry);
  };
  return {
    write(line, entry) {
      const { level } = entry;
      let logger = loggers.get(level);
      if (logger === undefined) loggers.set(level, logger = new Logger(level, droppedLine));
      logger.lines.add(textOf(line, entry));
    },
    flush: () => loggers.forEach(({ lines }) => lines.flush()),
    reopen: () => null,
    close: async () => void await Promise.all([...loggers.values()].map((each) => each.close())),
  };
}

/** A `logger` for one level, which is started again when it has ended. */
class Logger {
  readonly lines: StreamWriter;
  readonly #level: LogLevel;
  #child: ChildProcess | null = null;
  #startedAt = -Infinity;
  /** Ends the wait of what is being written, when nobody will take it. */
  #giveUp: () => void = () => {};

  constructor(level: LogLevel, droppedLine: (count: number) => string) {
    this.#level = level;
    this.lines = new StreamWriter((bytes) => this.#write(bytes), droppedLine);
  }

  /** Resolves when `logger` has passed on what it got. */
  async close(): Promise<void> {
    await this.lines.close();
    const child = this.#child;
    if (child === null) return;
    await new Promise((resolve) => {
      child.on("close", resolve);
      child.stdin!.end();
    });
  }

  /** Lines that `logger` has taken but not passed on when it ends are lost, and not counted. */
  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#child === null) {
      await pause(Math.max(0, this.#startedAt + RESTART - performance.now()));
      this.#start();
    }
    await new Promise<void>((resolve, reject) => {
      this.#giveUp = () => reject(new Error("logger has ended"));
      this.#child!.stdin!.write(bytes, (error) => error ? reject(error) : resolve());
    });
  }

  #start(): void {
    this.#startedAt = performance.now();
    const child = spawn("logger", loggerArguments(this.#level), {
      stdio: ["pipe", "ignore", "ignore"],
      env: searchPath(),
    });
    const ended = () => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#giveUp();
    };
    child.on("error", ended);
    child.on("exit", ended);
    child.stdin!.on("error", ended);
    this.#child = child;
  }
}

function loggerArguments(level: LogLevel): string[] {
  return ["-t", IDENT, "-p", `user.${SEVERITIES[LOG_LEVELS.indexOf(level)]}`];
}

/** Only one kind of `logger` can be made to say that nobody listens; the others know no such option. */
function checkSyslog(): void {
  const message = [...loggerArguments("INFO"), "geartrain logs to syslog"];
  const options = { encoding: "utf8", env: searchPath(), timeout: LONGEST_CHECK } as const;
  const first = spawnSync("logger", ["--socket-errors=on", ...message], options);
  // Syslog is there, but takes no messages now.
  if (codeOf(first.error) === "ETIMEDOUT") return;
  if (first.error !== undefined) {
    throw new OptionError("--syslog: there is no logger program");
  }
  if (first.status === 0) return;
  const isOptionUnknown = /option|usage/i.test(first.stderr);
  const { status, stderr } = isOptionUnknown ? spawnSync("logger", message, options) : first;
  if (status === 0) return;
  throw new OptionError(`--syslog: ${stderr.trim().split("\n")[0] || "logger failed"}`);
}

function codeOf(error: Error | undefined): string | undefined {
  return (error as { code?: string } | undefined)?.code;
}
