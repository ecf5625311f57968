import { spawn } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import process from "node:process";
import { isLogged, type Log, LOG_LEVELS, type LogLevel } from "../router/mod.ts";
import { type LogFormat, logLine } from "./log_line.ts";
import { OptionError } from "./option_error.ts";

/** The program's log: a {@linkcode Log} that can be opened again and closed. */
export interface ProgramLog extends Log {
  /** Opens the file again by its name, after something has renamed it. */
  reopen(): void;
  /** Writes what is left and lets go. */
  close(): void;
}

/** Where and how to log. */
export interface LogSettings {
  /** A path, `stderr` or `none`. */
  readonly file: string;
  readonly format: LogFormat;
  readonly level: LogLevel;
  readonly syslog: boolean;
}

/**
 * Opens the log.
 *
 * @throws {OptionError} when the file cannot be written to, or there is no syslog.
 */
export async function openLog(settings: LogSettings): Promise<ProgramLog> {
  const { level, format } = settings;
  const enabled = (line: LogLevel) => isLogged(line, level);
  if (settings.syslog) return { level, enabled, ...await syslog(enabled) };
  const file = openFile(settings.file);
  return {
    level,
    enabled,
    write(line, message) {
      if (enabled(line)) file.write(logLine(format, line, message, new Date()) + "\n");
    },
    reopen: file.reopen,
    close: file.close,
  };
}

interface LogFile {
  write(text: string): void;
  reopen(): void;
  close(): void;
}

function openFile(path: string): LogFile {
  if (path === "none") return { write: () => {}, reopen: () => {}, close: () => {} };
  if (path === "stderr") {
    return { write: writeStderr, reopen: () => {}, close: () => {} };
  }
  let descriptor = append(path);
  return {
    write: (text) => void writeSync(descriptor, text),
    reopen() {
      try {
        const reopened = append(path);
        closeSync(descriptor);
        descriptor = reopened;
      } catch (error) {
        writeStderr(`${(error as Error).message}\n`);
      }
    },
    close: () => closeSync(descriptor),
  };
}

function append(path: string): number {
  try {
    return openSync(path, "a", 0o644);
  } catch (error) {
    throw new OptionError(`cannot write the log file ${path}: ${(error as Error).message}`);
  }
}

/** Synchronous, so that the last line before an end is not lost. */
function writeStderr(text: string): void {
  try {
    writeSync(process.stderr.fd, text);
  } catch {
    // Nobody reads it.
  }
}

/**
 * Neither runtime speaks to the datagram socket of syslog, so `logger` does: one process, a line a
 * message, the severity in front of it.
 */
async function syslog(
  enabled: (level: LogLevel) => boolean,
): Promise<Pick<ProgramLog, "write" | "reopen" | "close">> {
  const logger = spawn("logger", ["--prio-prefix", "-t", "gearmand", "-p", "user.info"], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    logger.on("spawn", resolve);
    logger.on("error", () => reject(new OptionError("--syslog: there is no program logger")));
  });
  logger.stdin.on("error", () => {});
  return {
    write(level, message) {
      if (!enabled(level)) return;
      // The levels are those of syslog, in its order; `user` is facility 1.
      const priority = 8 + LOG_LEVELS.indexOf(level);
      logger.stdin.write(`<${priority}>${level} ${message.replaceAll("\n", "\\n")}\n`);
    },
    reopen: () => {},
    close: () => logger.stdin.end(),
  };
}
