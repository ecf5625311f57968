import { isLogged, type Log, type LogFields, type LogLevel } from "../../router/mod.ts";
import { fileSink, type LogSink, streamNamed, streamSink } from "./log_file.ts";
import { droppedEntry, type LogEntry, type LogFormat, logLine } from "./log_line.ts";
import { syslogSink } from "./syslog.ts";
import type { User } from "./user.ts";

/** How long the last lines may take at the end, in milliseconds. */
const LONGEST_CLOSE = 1000;

/** The program's log: a {@linkcode Log} that can be opened again and closed. */
export interface ProgramLog extends Log {
  /**
   * Writes a line, of level NOTICE unless said otherwise, even where such lines are not wanted, at
   * once: what happens next may tell others to look for it, or take its time.
   */
  announce(message: string, level?: LogLevel): void;
  /** Opens the file again by its name, after somebody has renamed it. */
  reopen(): void;
  /** Writes what is left and lets go. */
  close(): Promise<void>;
}

export interface LogSettings {
  /** A path, `stderr` or `none`. */
  readonly file: string;
  readonly format: LogFormat;
  /** The least severe level that is written. */
  readonly level: LogLevel;
  readonly syslog: boolean;
  /** The user who is to own the file, if this process becomes that user. */
  readonly user?: User;
}

/**
 * Opens the log.
 *
 * @throws {OptionError} when the file cannot be written to, or there is no syslog.
 */
export function openLog({ file, format, level, syslog, user }: LogSettings): ProgramLog {
  const droppedLine = (count: number) => logLine(format, droppedEntry(count), new Date());
  const stream = streamNamed(file);
  const sinks: LogSink[] = [];
  if (stream !== undefined) sinks.push(streamSink(stream, droppedLine));
  else if (file !== "none") sinks.push(fileSink(file, droppedLine, user));
  if (syslog) sinks.push(syslogSink(format));
  const enabled = (line: LogLevel) => sinks.length > 0 && isLogged(line, level);
  const writeAnyway = (entry: LogEntry) => {
    const line = logLine(format, entry, new Date());
    for (const sink of sinks) sink.write(line, entry);
  };
  const write = (line: LogLevel, message: string, fields?: LogFields) => {
    if (enabled(line)) writeAnyway({ level: line, message, fields });
  };
  return {
    level,
    enabled,
    write,
    announce(message, line = "NOTICE") {
      writeAnyway({ level: line, message });
      for (const sink of sinks) sink.flush();
    },
    reopen() {
      for (const sink of sinks) {
        const failure = sink.reopen();
        if (failure !== null) write("ERROR", `The log goes on in the old file: ${failure}`);
      }
    },
    async close() {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, LONGEST_CLOSE);
      await Promise.race([Promise.all(sinks.map((sink) => sink.close())), late.promise]);
      clearTimeout(timer);
      sinks.length = 0;
    },
  };
}
