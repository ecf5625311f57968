import { chownSync, closeSync, openSync } from "node:fs";
import { isLogged, type LogLevel } from "../../router/mod.ts";
import { errorText } from "./error_text.ts";
import { LineWriter } from "./line_writer.ts";
import type { LogEntry } from "./log_line.ts";
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
  /** Lets a user write to it who gets the process after root. */
  giveTo(user: User): void;
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
    giveTo: () => {},
    close: () => Promise.resolve(writer.flush()),
  };
}

/**
 * A file that is appended to.
 *
 * @throws {OptionError} when it cannot be opened.
 */
export function fileSink(path: string): LogSink {
  let descriptor = open(path);
  let writer = new LineWriter(descriptor);
  return {
    write: (line, { level }) => addTo(writer, line, level),
    flush: () => writer.flush(),
    reopen() {
      try {
        const opened = open(path);
        writer.flush();
        closeSync(descriptor);
        descriptor = opened;
        writer = new LineWriter(descriptor);
        return null;
      } catch (error) {
        return errorText(error);
      }
    },
    giveTo: ({ uid, gid }) => chownSync(path, uid, gid),
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

function open(path: string): number {
  try {
    return openSync(path, "a", 0o644);
  } catch (error) {
    throw new OptionError(`cannot write the log file ${path}: ${errorText(error)}`);
  }
}
