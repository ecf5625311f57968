/**
 * Severity of a log line, most severe first: the names and their order are gearmand's
 * (`--verbose LEVEL`), so a configuration written for it keeps its meaning.
 */
export const LOG_LEVELS = [
  "FATAL",
  "ALERT",
  "CRITICAL",
  "ERROR",
  "WARNING",
  "NOTICE",
  "INFO",
  "DEBUG",
] as const;

/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = typeof LOG_LEVELS[number];

/**
 * Where the server writes what it has to say. Building a message costs; the server asks
 * `enabled` first wherever that cost would be paid per job or per connection.
 *
 * @example
 * ```ts
 * import { type Log, Server } from "@geartrain/server";
 *
 * const log: Log = {
 *   level: "INFO",
 *   enabled: (level) => level !== "DEBUG",
 *   write: (level, message) => console.error(level, message),
 * };
 * await using server = new Server({ log });
 * ```
 */
export interface Log {
  /** The least severe level that is written; the text command `verbose` answers with it. */
  readonly level: LogLevel;
  /** Would a line of this level be written? */
  enabled(level: LogLevel): boolean;
  /** Writes one line; `message` carries no line end. */
  write(level: LogLevel, message: string): void;
}

/** Is a line of level `line` written when `threshold` is the least severe level wanted? */
export function isLogged(line: LogLevel, threshold: LogLevel): boolean {
  return LOG_LEVELS.indexOf(line) <= LOG_LEVELS.indexOf(threshold);
}

/** A {@linkcode Log} that writes nothing: the default of an embedded server. */
export const SILENT_LOG: Log = {
  level: "FATAL",
  enabled: () => false,
  write: () => {},
};
