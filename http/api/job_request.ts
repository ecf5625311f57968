import { MAX_FUNCTION_LENGTH, MAX_UNIQUE_LENGTH } from "../../protocol/mod.ts";
import type { PriorityIndex, Refusal, Router } from "../../router/mod.ts";
import { submissionOfBytes } from "../../router/flow/job_request.ts";
import { PRIORITY_NAMES } from "../../router/model/job_state.ts";
import type { Submission } from "../../router/mod.ts";
import { Fields } from "./body.ts";
import { BadRequest } from "./query.ts";

const EMPTY = new Uint8Array();

/** What a job may say, in JSON. */
const JOB_FIELDS = [
  "function",
  "functionBase64",
  "unique",
  "uniqueBase64",
  "payload",
  "payloadBase64",
  "priority",
  "background",
  "at",
];

/** A job that somebody asks for by HTTP. */
export interface WantedJob {
  readonly function: Uint8Array;
  readonly unique: Uint8Array;
  readonly payload: Uint8Array;
  readonly priority: PriorityIndex;
  /** Does nobody wait for it? */
  readonly background: boolean;
  /** In milliseconds since the Unix epoch; 0 is at once. */
  readonly due: number;
}

/**
 * The job in a value of JSON.
 *
 * @throws {BadRequest} if it is none.
 */
export function wantedJob(value: unknown): WantedJob {
  const fields = new Fields(value, JOB_FIELDS);
  const name = fields.bytes("function");
  if (name === undefined) throw new BadRequest("function is missing");
  const word = fields.word("priority", PRIORITY_NAMES) ?? "normal";
  const due = dueIn(fields.text("at"));
  const background = fields.flag("background") ?? true;
  if (due > 0 && !background) throw new BadRequest("A job with a time (at) is in the background");
  return checked({
    function: name,
    unique: fields.bytes("unique") ?? EMPTY,
    payload: fields.bytes("payload") ?? EMPTY,
    priority: PRIORITY_NAMES.indexOf(word) as PriorityIndex,
    background,
    due,
  });
}

/**
 * The job of a request whose headers say how it is to run, as gearmand takes them.
 *
 * @throws {BadRequest} for what is no job.
 */
export function wantedByHeaders(
  name: Uint8Array,
  payload: Uint8Array,
  { unique, background, priority }: {
    readonly unique: Uint8Array;
    readonly background: boolean;
    readonly priority: string | undefined;
  },
): WantedJob {
  const known = PRIORITY_NAMES.indexOf((priority ?? "normal") as "normal") as PriorityIndex;
  if (known < 0) throw new BadRequest("X-Gearman-Priority must be high, normal or low");
  return checked({ function: name, unique, payload, priority: known, background, due: 0 });
}

function checked(job: WantedJob): WantedJob {
  if (job.function.length === 0) throw new BadRequest("The name of the function is empty");
  checkName("function", job.function, MAX_FUNCTION_LENGTH);
  checkName("unique", job.unique, MAX_UNIQUE_LENGTH);
  return job;
}

function checkName(what: string, name: Uint8Array, most: number): void {
  if (name.length > most) {
    throw new BadRequest(`${what} has ${name.length} bytes; at most ${most} are allowed`);
  }
  if (name.includes(0)) throw new BadRequest(`${what} contains a NUL`);
}

/** The time in a text, in milliseconds since the Unix epoch; 0 without one. */
export function dueIn(at: string | undefined): number {
  if (at === undefined) return 0;
  const due = ISO_8601.test(at) ? Date.parse(at) : NaN;
  if (Number.isNaN(due)) throw new BadRequest("at must be a time such as 2030-01-31T12:00:00Z");
  return Math.max(0, due);
}
const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** The same as the router takes it. */
export function submissionFor(job: WantedJob): Submission {
  return submissionOfBytes({ ...job, reducer: EMPTY });
}

/** Why no job can be submitted at the moment; null if one can. Full queues are found out later. */
export function whyNoSubmit(router: Router): Refusal | null {
  // A drain lets jobs be joined.
  return router.isLoading || router.hasStopBegun || router.durability?.isLost
    ? router.facts.notReady()
    : null;
}
