import { closeSync, constants, fstatSync, statSync } from "node:fs";
import { isLogged } from "../../router/mod.ts";
import { writeStderr, writeStdout } from "../../transport/standard_streams.ts";
import { errorText, openFile } from "./open_file.ts";
import { type LineSink, LineWriter, StreamWriter } from "./line_writer.ts";
import type { LogEntry } from "./log_line.ts";
import { OptionError } from "../../options/kinds.ts";
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

/** A pipe takes all or none of so many bytes. Of more, Deno does not tell how many it has taken. */
export const PIPE_SIZE = 512;

export type DroppedLine = (count: number) => string;

/** The standard output, or the standard error output, of the process. */
export interface StandardStream {
  readonly descriptor: number;
  readonly write: (bytes: Uint8Array) => Promise<void>;
}

const STDOUT: StandardStream = { descriptor: 1, write: writeStdout };
export const STDERR: StandardStream = { descriptor: 2, write: writeStderr };

/** Names of streams. They are used as they are: the user of the server may not open them anew. */
const STREAMS = new Map([["stderr", STDERR], ["/dev/stderr", STDERR], ["/dev/stdout", STDOUT]]);

/** The stream that the log file of the options means, if it means one. */
export function streamNamed(file: string): StandardStream | undefined {
  return STREAMS.get(file);
}

/** Logs to a standard stream. */
export function streamSink(
  { descriptor, write }: StandardStream,
  droppedLine: DroppedLine,
): LogSink {
  const writer = isFile(descriptor)
    ? new LineWriter(descriptor, droppedLine)
    : new StreamWriter(write, droppedLine);
  return { ...sinkOf(writer), reopen: () => null, close: () => writer.close() };
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}

/**
 * Logs to a file, to the end of which lines are added.
 *
 * @param user who is to own the file, if this process becomes that user.
 * @throws {OptionError} when it cannot be opened.
 */
export function fileSink(path: string, droppedLine: DroppedLine, user?: User): LogSink {
  let descriptor = open(path, user);
  const isFile = fstatSync(descriptor).isFile();
  const writer = new LineWriter(descriptor, droppedLine, isFile ? undefined : PIPE_SIZE);
  return {
    ...sinkOf(writer),
    reopen() {
      try {
        const opened = open(path, user);
        writer.moveTo(opened);
        closeSync(descriptor);
        descriptor = opened;
        return null;
      } catch (error) {
        return errorText(error);
      }
    },
    async close() {
      await writer.close();
      closeSync(descriptor);
    },
  };
}

/** Writes lines of errors at once: they may be the last ones. */
function sinkOf(writer: LineSink): Pick<LogSink, "write" | "flush"> {
  return {
    write(line, { level }) {
      writer.add(line);
      if (isLogged(level, "ERROR")) writer.flush();
    },
    flush: () => writer.flush(),
  };
}

/** With O_NONBLOCK, a pipe or a terminal that takes nothing says so, and does not stop the server. */
const { O_APPEND, O_NONBLOCK = 0, O_RDWR, O_WRONLY } = constants;

function open(path: string, user: User | undefined): number {
  // A pipe without a reader cannot be opened for writing alone.
  const isPipe = statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
  const flags = O_APPEND | O_NONBLOCK | (isPipe ? O_RDWR : O_WRONLY);
  try {
    return openFile(path, { flags, mode: 0o644, user, followsLink: true });
  } catch (error) {
    throw new OptionError(`cannot write the log file ${path}: ${errorText(error, user)}`);
  }
}
