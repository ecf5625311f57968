import { plainText } from "../router/log/text.ts";
import { type Clock, isLogged, type Log, type LogFields, type LogLevel } from "../router/mod.ts";
import type { LoggedWarning } from "../http/parts.ts";

/**
 * A log of an embedding program as the server uses it. What it throws is dropped: the server writes
 * in the middle of its work, and there is nowhere else to say that the log itself is broken.
 */
export class CarefulLog implements Log {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The level of the log under it. */
  get level(): LogLevel {
    return this.#log.level;
  }

  /** False too when the log under it cannot say. */
  enabled(level: LogLevel): boolean {
    try {
      return this.#log.enabled(level);
    } catch {
      return false;
    }
  }

  /** Writes a line if that is possible; texts of errors may have line ends, say. */
  write(level: LogLevel, message: string, fields?: LogFields): void {
    try {
      // What is about an event is plain already.
      this.#log.write(level, fields === undefined ? plainText(message) : message, fields);
    } catch {
      // See above.
    }
  }
}

/** So many are kept. */
const MOST_WARNINGS = 50;

/** A log that keeps its last warnings and errors, whether the log under it writes them or not. */
export class RecentWarnings implements Log {
  readonly #log: Log;
  readonly #clock: Clock;
  /** The warnings that are kept, oldest first. */
  readonly #kept: LoggedWarning[] = [];

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** The last ones, newest first; at most 50. */
  get last(): readonly LoggedWarning[] {
    return this.#kept.toReversed();
  }

  get level(): LogLevel {
    return this.#log.level;
  }

  enabled(level: LogLevel): boolean {
    return isLogged(level, "WARNING") || this.#log.enabled(level);
  }

  write(level: LogLevel, message: string, fields?: LogFields): void {
    if (this.#log.enabled(level)) this.#log.write(level, message, fields);
    if (!isLogged(level, "WARNING")) return;
    this.#kept.push({
      at: this.#clock.epoch(),
      level: level === "WARNING" ? "warn" : "error",
      text: plainText(message),
    });
    if (this.#kept.length > MOST_WARNINGS) this.#kept.shift();
  }
}
