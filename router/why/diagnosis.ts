import { plainText } from "../log/text.ts";
import type { Job } from "../model/job.ts";
import type { Router } from "../router.ts";

/** A reason why jobs do not run, or what has become of one. */
export interface Diagnosis {
  /** Which reason it is, for programs: a word with underscores. */
  readonly code: string;
  /** The same for people: a sentence on one line, control characters in names escaped. */
  readonly text: string;
  /**
   * The numbers and names in it; times are milliseconds since the Unix epoch, durations seconds. Names
   * are as peers chose them.
   */
  readonly numbers: Readonly<Record<string, number | string>>;
}

/** @internal Makes one. */
export function reason(
  code: string,
  text: string,
  numbers: Readonly<Record<string, number | string>>,
): Diagnosis {
  return { code, text: plainText(text), numbers };
}

/** @internal Milliseconds as seconds, to a millisecond. */
export function inSeconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}

/** @internal When its run began, in milliseconds since the Unix epoch; null if that is not known. */
export function startOf(router: Router, job: Job): number | null {
  return router.history?.runs(job).at(-1)?.started ?? null;
}
