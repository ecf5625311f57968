import { plainText } from "../router/log/text.ts";
import { type Clock, isLogged, type Log, type LogFields, type LogLevel } from "../router/mod.ts";
import type { LoggedWarning } from "../http/parts.ts";

/** So many are kept. */
const MOST = 50;

/** A log that keeps its last warnings and errors, whether the log under it writes them or not. */
export class RecentWarnings implements Log {
  readonly #log: Log;
  readonly #clock: Clock;
  /** The newest last. */
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
    if (this.#kept.length > MOST) this.#kept.shift();
  }
}
