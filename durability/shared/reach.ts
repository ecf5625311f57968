import type { Clock, LogLevel } from "../../router/mod.ts";
import { messageOf } from "../../router/log/log.ts";

/** Whether a shared queue can be reached, as it says; told to the log once for each change. */
export class Reach {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #report: (message: string, level?: LogLevel) => void;
  /** Since when it cannot be reached, in milliseconds of the clock. */
  #since: number | null = null;
  #cause: string | null = null;

  constructor(
    name: string,
    clock: Clock,
    options: {
      readonly timeout: number;
      readonly report: (message: string, level?: LogLevel) => void;
    },
  ) {
    this.#name = name;
    this.#clock = clock;
    this.#timeout = options.timeout;
    this.#report = options.report;
  }

  /** Why it cannot be reached; null if it can. */
  get cause(): string | null {
    return this.#cause;
  }

  /** Has it been out of reach for as long as a submit is held? */
  get isLost(): boolean {
    return this.#since !== null && this.#clock.now() - this.#since >= this.#timeout;
  }

  /** It cannot be reached, or can again: null. */
  set(error: Error | null): void {
    if (error === null) {
      if (this.#cause !== null) this.#report(`${this.#name} can be reached again`, "NOTICE");
      this.#since = null;
      this.#cause = null;
      return;
    }
    if (this.#cause === null) this.#report(messageOf(error));
    this.#since ??= this.#clock.now();
    this.#cause = messageOf(error);
  }
}
