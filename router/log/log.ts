/**
 * This folder has the log as the router sees it: what a log is (here), the events and their words
 * (`events.ts`), one method for each thing that happens (`router_log.ts`), and a limit to one line of a kind
 * in a second (`throttle.ts`). Every room of the router may import it; it imports only the model, the
 * clock and the protocol. Where the lines go is the affair of whoever makes the router.
 *
 * @module
 */

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

/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = typeof LOG_LEVELS[number];

/**
 * What a line of the log is about, field by field. Each name means the same in every line; a line has
 * those that are known. Texts that peers chose carry no control characters.
 */
export interface LogFields {
  /** What happened: the name stays the same when the words of the message change. */
  readonly event: string;
  /** The function of the job. */
  readonly function?: string;
  /** The handle of the job. */
  readonly handle?: string;
  /** The unique of the job; absent if it has none. */
  readonly unique?: string;
  /**
   * When the job may run at the earliest, in seconds since the Unix epoch; 0 for at once. Of a pause: when
   * it is over.
   */
  readonly epoch?: number;
  /** Who submitted the job, as `7@127.0.0.1:40000`; absent for a program and for stored jobs. */
  readonly submitter?: string;
  /**
   * The worker: the number of its connection, and where that comes from, `7@[::1]:40000` or `8@unix`.
   * The text commands `workers` and `list connections` list the same.
   */
  readonly worker?: string;
  /** What the worker called itself by SET_CLIENT_ID; absent if it did not. */
  readonly workerId?: string;
  /** The peer that connected, left, or asked for something. */
  readonly client?: string;
  /** What that peer called itself by SET_CLIENT_ID; absent if it did not. */
  readonly clientId?: string;
  /** The packet that came in, by its name in the protocol. */
  readonly packet?: string;
  /** The text command that came in. */
  readonly command?: string;
  /** How many bytes came in. */
  readonly bytes?: number;
  /** The reason, in words. */
  readonly cause?: string;
  /** The limits of a function that were set: high, normal, low; 0 is none. */
  readonly limits?: string;
  /** The name of a schedule, or its handle. */
  readonly schedule?: string;
  /** What was done to a schedule: `set`, `dropped`, `paused` or `resumed`. */
  readonly order?: string;
  /** How many workers have lost the job. */
  readonly losses?: number;
  /** How a job ended. */
  readonly outcome?: string;
  /** How many jobs the line is about. */
  readonly jobs?: number;
  /** How many jobs waited. */
  readonly waiting?: number;
  /** How many jobs ran. */
  readonly running?: number;
  /** How many lines of this event were left out since the last one. */
  readonly suppressed?: number;
}

/**
 * Where the server writes what it has to say. Building a message costs; the server asks
 * `enabled` first wherever that cost would be paid per job or per connection.
 */
export interface Log {
  /** The least severe level that is written; the text command `verbose` answers with it. */
  readonly level: LogLevel;
  /** Would a line of this level be written? */
  enabled(level: LogLevel): boolean;
  /**
   * Writes one line.
   *
   * @param message all that is to be said, in words and without a line end.
   * @param fields the same for programs; a line about no event in particular has none.
   */
  write(level: LogLevel, message: string, fields?: LogFields): void;
}

/** Is a line of level `line` written when `threshold` is the least severe level wanted? */
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

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
