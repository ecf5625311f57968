import { JOB_OUTCOMES, type JobOutcome } from "../model/job_state.ts";

/** How many minutes are remembered. */
export const MINUTES = 60;

/** Counts of one function in one minute. */
export type MinuteCounts = Record<"submitted" | "started" | "requeued" | JobOutcome, number>;

/** What each count of a minute is called, in the order in which they are kept. */
export const MINUTE_COUNTS: readonly (keyof MinuteCounts)[] = [
  "submitted",
  "started",
  "requeued",
  ...JOB_OUTCOMES,
];

/**
 * Rows of numbers, one for each of the last 60 minutes, that one included which has not ended. A minute
 * in which nothing happened has none.
 */
export class Minutes {
  readonly #width: number;
  readonly #rows: (Uint32Array | null)[] = new Array(MINUTES).fill(null);
  #latest = -MINUTES;

  /** @param width how many numbers a row has. */
  constructor(width: number) {
    this.#width = width;
  }

  /** The row of a minute that is not before the latest one, to add to. */
  row(minute: number): Uint32Array {
    if (minute !== this.#latest) this.#goOn(minute);
    return this.#rows[minute % MINUTES] ??= new Uint32Array(this.#width);
  }

  /** The rows of the 60 minutes up to this one, oldest first. */
  *last(minute: number): Generator<[minute: number, row: Uint32Array | null]> {
    this.#goOn(minute);
    for (let past = minute - MINUTES + 1; past <= minute; past++) {
      yield [past, past < 0 ? null : this.#rows[past % MINUTES]];
    }
  }

  /** The row of one of the last 60 minutes; null if nothing happened in it. */
  find(minute: number): Uint32Array | null {
    const isKept = minute >= 0 && minute <= this.#latest && minute > this.#latest - MINUTES;
    return isKept ? this.#rows[minute % MINUTES] : null;
  }

  #goOn(minute: number): void {
    const first = Math.max(0, this.#latest + 1, minute - MINUTES + 1);
    for (let past = first; past <= minute; past++) this.#rows[past % MINUTES] = null;
    this.#latest = Math.max(this.#latest, minute);
  }
}
