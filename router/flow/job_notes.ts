import type { Job } from "../model/job.ts";
import { numberIn, type Records } from "./records.ts";

/** A number that is to be known of some stored jobs until they end, also after a restart. */
export class JobNotes {
  readonly #records: Records;
  readonly #kind: string;
  /** Those of jobs that are not here yet, by their numbers. */
  readonly #stored = new Map<number, number>();

  /** @param kind what their records are called in the store. */
  constructor(records: Records, kind: string) {
    this.#records = records;
    this.#kind = kind;
    records.restore(kind, (key, value) => {
      if (value !== null) this.#stored.set(numberIn(key), numberIn(value));
    });
  }

  /** It is to be known of a new job. */
  set({ number, background }: Job, value: number): void {
    if (background) this.#records.setOfJob(this.#kind, number, value);
  }

  /** What is known of a job that is back from the store; 0 if nothing. */
  take(number: number): number {
    const value = this.#stored.get(number) ?? 0;
    this.#stored.delete(number);
    return value;
  }

  /** All stored jobs are back: what is left was of others. */
  loaded(): void {
    for (const number of this.#stored.keys()) this.#records.removeOfJob(this.#kind, number);
    this.#stored.clear();
  }

  /** A job of which something is known has ended. */
  forget({ number, background }: Job): void {
    if (background) this.#records.removeOfJob(this.#kind, number);
  }
}
