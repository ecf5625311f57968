/**
 * Severity of a log line, most severe first: the names and their order are gearmand's
 * (`--verbose LEVEL`), so a configuration written for it keeps its meaning.
 *
 * @example
 * ```ts
 * import { LOG_LEVELS } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * const fromOutside = "notice";
 * const level = LOG_LEVELS.find((known) => known === fromOutside.toUpperCase());
 * assertEquals(level, "NOTICE");
 * ```
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

/**
 * One of {@linkcode LOG_LEVELS}.
 *
 * @example
 * ```ts
 * import { LOG_LEVELS, type LogLevel } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * const syslogPriority = (level: LogLevel) => LOG_LEVELS.indexOf(level);
 * assertEquals(syslogPriority("ERROR"), 3);
 * ```
 */
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

/**
 * Is a line of level `line` written when `threshold` is the least severe level wanted?
 *
 * @example
 * ```ts
 * import { isLogged } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(isLogged("ERROR", "INFO"), true);
 * assertEquals(isLogged("DEBUG", "INFO"), false);
 * ```
 */
export function isLogged(line: LogLevel, threshold: LogLevel): boolean {
  return LOG_LEVELS.indexOf(line) <= LOG_LEVELS.indexOf(threshold);
}

/**
 * A {@linkcode Log} that writes nothing: the default of an embedded server.
 *
 * @example
 * ```ts
 * import { Server, SILENT_LOG } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new Server({ log: SILENT_LOG });
 * server.enqueueJob({ function: "resize" });
 * assertEquals(SILENT_LOG.enabled("FATAL"), false);
 * ```
 */
export const SILENT_LOG: Log = {
  level: "FATAL",
  enabled: () => false,
  write: () => {},
};
