import type { Clock } from "../../router/clock.ts";
import { messageOf } from "../../router/log/log.ts";
import { StoreFullError } from "../../store/store.ts";

/**
 * A store that had no room counts as well again when no write has failed for so many milliseconds:
 * small jobs may be written while others are refused, and the log would say so each time.
 */
const QUIET_TIME = 1000;

/** Says once that a store cannot be written to, and once that it works again. */
export class WriteFailures {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #report: (message: string, level: "ERROR" | "NOTICE") => void;
  /** Why the store fails; null while it works. */
  cause: string | null = null;
  /** When it last had no room, in milliseconds of the clock; null if it does not lack room. */
  #fullAt: number | null = null;

  /**
   * Nothing has failed yet.
   *
   * @param name of the store.
   * @param report told in one line what went wrong (ERROR), or that it is well again (NOTICE).
   */
  constructor(
    name: string,
    clock: Clock,
    report: (message: string, level: "ERROR" | "NOTICE") => void,
  ) {
    this.#name = name;
    this.#clock = clock;
    this.#report = report;
  }

  /** A batch could not be written. */
  failed(error: unknown): void {
    if (this.cause === null) this.#report(messageOf(error), "ERROR");
    this.cause = messageOf(error);
    if (error instanceof StoreFullError) this.#fullAt = this.#clock.now();
  }

  /** A batch was written. */
  written(hasJobs: boolean): void {
    if (this.cause === null) return;
    if (this.#fullAt !== null) {
      if (!hasJobs || this.#clock.now() - this.#fullAt < QUIET_TIME) return;
    }
    this.cause = null;
    this.#fullAt = null;
    this.#report(`${this.#name} works again`, "NOTICE");
  }
}
