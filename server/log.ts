import { plainText } from "../router/log/text.ts";
import type { Log, LogFields, LogLevel } from "../router/mod.ts";

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
