import { closeSync, constants } from "node:fs";
import { isLogged, type LogLevel } from "../../router/mod.ts";
import { errorText } from "./error_text.ts";
import { LineWriter } from "./line_writer.ts";
import type { LogEntry } from "./log_line.ts";
import { openFile } from "./open_file.ts";
import { OptionError } from "../options/option_error.ts";
import type { User } from "./user.ts";

/** Where log lines end up. */
export interface LogSink {
  /** Takes a line without its end; `entry` is what it says, for sinks with a form of their own. */
  write(line: string, entry: LogEntry): void;
  /** Writes now what waits. */
  flush(): void;
  /** Opens the file again by its name, after somebody has renamed it; returns what went wrong. */
  reopen(): string | null;
  /** Writes what is left and lets go. */
  close(): Promise<void>;
}

const STDERR = 2;

/** The standard error output of the process. */
export function stderrSink(): LogSink {
  const writer = new LineWriter(STDERR);
  return {
    write: (line, { level }) => addTo(writer, line, level),
    flush: () => writer.flush(),
    reopen: () => null,
    close: () => Promise.resolve(writer.flush()),
  };
}

/**
 * A file that is appended to.
 *
 * @param user whose file it is, if this process becomes his.
 * @throws {OptionError} when it cannot be opened.
 */
export function fileSink(path: string, user?: User): LogSink {
  let descriptor = open(path, user);
  let writer = new LineWriter(descriptor);
  return {
    write: (line, { level }) => addTo(writer, line, level),
    flush: () => writer.flush(),
    reopen() {
      try {
        const opened = open(path, user);
        writer.flush();
        closeSync(descriptor);
        descriptor = opened;
        writer = new LineWriter(descriptor);
        return null;
      } catch (error) {
        return errorText(error);
      }
    },
    close() {
      writer.flush();
      closeSync(descriptor);
      return Promise.resolve();
    },
  };
}

/** Lines that may be the last ones are not held back. */
function addTo(writer: LineWriter, line: string, level: LogLevel): void {
  writer.add(line);
  if (isLogged(level, "ERROR")) writer.flush();
}

const FLAGS = constants.O_WRONLY | constants.O_APPEND;

function open(path: string, user: User | undefined): number {
  try {
    return openFile(path, { flags: FLAGS, mode: 0o644, user, followsLink: true });
  } catch (error) {
    throw new OptionError(`cannot write the log file ${path}: ${errorText(error, user)}`);
  }
}
