import { decodeName, type ProtocolError } from "../../protocol/mod.ts";
import type { Clock } from "../clock.ts";
import type { Cluster } from "../cluster.ts";
import type { JobOptions } from "../model/function_rule.ts";
import { type Job, JobTrouble } from "../model/job.ts";
import type { Submission } from "../model/submission.ts";
import type { Policy } from "../policy.ts";
import type { FunctionTable } from "./function_table.ts";
import { JobNotes } from "./job_notes.ts";
import type { Records } from "./records.ts";

const QUESTION_MARK = 0x3f;

/** What {@linkcode NamedOptions} need. */
export interface NamedOptionsParts {
  readonly clock: Clock;
  readonly functions: FunctionTable;
  readonly policy: Policy;
  readonly records: Records;
  readonly cluster: Cluster | null;
}

/**
 * Options of a job that stand in the name of its function, behind a question mark, where the rule of the
 * function allows that: they are cut off before anything else sees the name.
 */
export class NamedOptions {
  readonly #parts: NamedOptionsParts;
  /** How many runs stored jobs may have. */
  readonly #attempts: JobNotes;
  /** How long their uniques are taken after they are completed. */
  readonly #windows: JobNotes;

  constructor(parts: NamedOptionsParts) {
    this.#parts = parts;
    this.#attempts = new JobNotes(parts.records, "attempts");
    this.#windows = new JobNotes(parts.records, "window-of-job");
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

  #impossible(
    { delay, uniqueWindow }: JobOptions,
    { due, uniqueStart, uniqueEnd }: Submission,
  ): string | null {
    if (delay !== undefined && due > 0) {
      return "Option delay in the name: the job has a time already";
    }
    if (uniqueWindow === undefined) return null;
    if (uniqueStart === uniqueEnd) return "Option unique-window in the name: the job has no unique";
    if (this.#parts.cluster === null) return null;
    return "Option unique-window in the name is not possible with a queue that servers share";
  }

  /** A new job has these; its time begins later. */
  begin(job: Job, { ttl = 0, attempts = 0, uniqueWindow = 0 }: JobOptions): void {
    if (ttl + attempts + uniqueWindow === 0) return;
    Object.assign(troubleOf(job), { ttl, attempts, uniqueWindow });
    if (attempts > 0) this.#attempts.set(job, attempts);
    if (uniqueWindow > 0) this.#windows.set(job, uniqueWindow);
  }

  /** What the client of a job has said that is back from the store; null if nothing. */
  restored(number: number): Pick<JobTrouble, "attempts" | "uniqueWindow"> | null {
    const attempts = this.#attempts.take(number);
    const uniqueWindow = this.#windows.take(number);
    return attempts + uniqueWindow === 0 ? null : { attempts, uniqueWindow };
  }

  /** All stored jobs are back: what is left was of others. */
  loaded(): void {
    this.#attempts.loaded();
    this.#windows.loaded();
  }

  /** A job that may have them has ended. */
  forget(job: Job): void {
    if (job.trouble!.attempts > 0) this.#attempts.forget(job);
    if (job.trouble!.uniqueWindow > 0) this.#windows.forget(job);
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
