import { messageOf } from "../../router/log/log.ts";
import { StoreFullError } from "../../store/store.ts";

/** For so long no job may have been refused for want of room when a store counts as well again. */
const QUIET_TIME = 1000;

/** What {@linkcode WriteFailures} needs. */
export interface WriteFailuresOptions {
  /** Calls a function after `delay` milliseconds. */
  readonly later: (run: () => void, delay: number) => void;
  /** Told in one line what went wrong (ERROR), or that it is well again (NOTICE). */
  readonly report: (message: string, level: "ERROR" | "NOTICE") => void;
}

/** Says once that a store cannot be written to, and once that it works again. */
export class WriteFailures {
  readonly #name: string;
  readonly #options: WriteFailuresOptions;
  #cause: string | null = null;
  /** Has it no room? Then some writes fail and others do not. */
  #isFull = false;
  #wasFullLately = false;

  /** @param name of the store. */
  constructor(name: string, options: WriteFailuresOptions) {
    this.#name = name;
    this.#options = options;
  }

  /** Why it fails, null if it works. */
  get cause(): string | null {
    return this.#cause;
  }

  /** Nothing of a batch was written. */
  failed(error: unknown): void {
    if (this.#cause === null) this.#options.report(messageOf(error), "ERROR");
    this.#cause = messageOf(error);
    if (!(error instanceof StoreFullError)) return;
    this.#isFull = true;
    if (this.#wasFullLately) return;
    this.#wasFullLately = true;
    this.#options.later(() => this.#wasFullLately = false, QUIET_TIME);
  }

  /** A batch was written. */
  written(hasJobs: boolean): void {
    if (this.#cause === null) return;
    // Ends, and small jobs, may be written where others are refused: the log would say so each time.
    if (this.#isFull && (this.#wasFullLately || !hasJobs)) return;
    this.#cause = null;
    this.#isFull = false;
    this.#options.report(`${this.#name} works again`, "NOTICE");
  }
}
