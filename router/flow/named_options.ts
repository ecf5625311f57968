import { decodeName, type ProtocolError } from "../../protocol/mod.ts";
import type { Clock } from "../clock.ts";
import type { JobOptions } from "../model/function_rule.ts";
import { type Job, JobTrouble } from "../model/job.ts";
import type { Submission } from "../model/submission.ts";
import type { Policy } from "../policy.ts";
import type { FunctionTable } from "./function_table.ts";
import { numberIn, type Records } from "./records.ts";

const QUESTION_MARK = 0x3f;
/** Records of how many runs a stored job may have, by its number. */
const KIND = "attempts";

/** What {@linkcode NamedOptions} need. */
export interface NamedOptionsParts {
  readonly clock: Clock;
  readonly functions: FunctionTable;
  readonly policy: Policy;
  readonly records: Records;
}

/**
 * Options of a job that stand in the name of its function, behind a question mark, where the rule of the
 * function allows that: they are cut off before anything else sees the name.
 */
export class NamedOptions {
  readonly #parts: NamedOptionsParts;
  /** How many runs stored jobs may have that are not here yet, by their numbers. */
  readonly #stored = new Map<number, number>();

  constructor(parts: NamedOptionsParts) {
    this.#parts = parts;
    parts.records.restore(KIND, (key, value) => {
      if (value !== null) this.#stored.set(numberIn(key), numberIn(value));
    });
  }

  /**
   * Cuts them off, and puts priority and time into the submission.
   *
   * @param isAsked has the client said that its names have options? They stand behind the last question mark
   * then, and are refused where the rule does not allow them.
   * @returns them, null if there are none, or what is wrong with them.
   */
  cut(submission: Submission, isAsked: boolean): JobOptions | ProtocolError | null {
    const { functionBytes: bytes, functionStart: start, functionEnd: end } = submission;
    const mark = isAsked
      ? bytes.lastIndexOf(QUESTION_MARK, end - 1)
      : bytes.indexOf(QUESTION_MARK, start);
    if (mark < start || mark >= end) return null;
    const { functions, policy, clock } = this.#parts;
    const func = functions.find(bytes, start, mark);
    const rule = func === undefined ? policy.ruleOf(bytes.slice(start, mark)) : func.rule;
    const read = rule === null ? null : rule.optionsInName;
    if (read === null && !isAsked) return null;
    const text = decodeName(bytes.subarray(mark + 1, end));
    const options = read === null ? noOptions(text) : read(text);
    if (typeof options === "string") return refusal(options);
    const why = this.#impossible(options, submission);
    if (why !== null) return refusal(why);
    submission.functionEnd = mark;
    submission.priority = options.priority ?? submission.priority;
    if (options.delay) submission.due = clock.epoch() + options.delay;
    return options;
  }

  #impossible({ delay }: JobOptions, { due }: Submission): string | null {
    if (delay === undefined || due === 0) return null;
    return "Option delay in the name: the job has a time already";
  }

  /** A new job has these; its time begins later. */
  begin(job: Job, { ttl, attempts }: JobOptions): void {
    const { records } = this.#parts;
    if (ttl !== undefined) troubleOf(job).ttl = ttl;
    if (attempts === undefined) return;
    troubleOf(job).attempts = attempts;
    if (job.background) records.setOfJob(KIND, job.number, attempts);
  }

  /** How many runs a job may have that is back from the store; 0 if nothing is said about that. */
  restored(number: number): number {
    const attempts = this.#stored.get(number) ?? 0;
    this.#stored.delete(number);
    return attempts;
  }

  /** All stored jobs are back: what is left was of others. */
  loaded(): void {
    for (const number of this.#stored.keys()) this.#parts.records.removeOfJob(KIND, number);
    this.#stored.clear();
  }

  /** A job that has them has ended. */
  forget({ number, background }: Job): void {
    if (background) this.#parts.records.removeOfJob(KIND, number);
  }
}

/** A function whose rule does not allow options. */
function noOptions(text: string): JobOptions | string {
  return text === "" ? {} : "The rule of the function has no options-in-name: it takes no options";
}

function refusal(text: string): ProtocolError {
  return { code: "INVALID_ARGUMENT", text };
}

function troubleOf(job: Job): JobTrouble {
  return job.trouble ??= new JobTrouble();
}
