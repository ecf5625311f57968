import { ERRORS, type ProtocolError } from "../../protocol/mod.ts";
import { problem } from "../problem.ts";

/** What is refused in other words than "not now". */
const STATUS: ReadonlyMap<string, number> = new Map([
  ["UNKNOWN_JOB", 404],
  ["UNKNOWN_RESULT", 404],
  ["NOT_ENDED", 409],
  ["UNKNOWN_FUNCTION", 404],
  ["FUNCTION_IN_USE", 409],
  ["NOT_PAUSED", 409],
  ["NOT_SCHEDULED", 409],
  ["NOT_HERE", 409],
  ["FOREGROUND_JOB", 409],
  ["BEING_STORED", 409],
  ["DEAD_SET_FULL", 409],
  ["UNIQUE_IN_USE", 409],
  ["UNKNOWN_SCHEDULE", 404],
  ["OF_CONFIGURATION", 409],
  ["NOT_RUN", 409],
  ["INVALID_ARGUMENT", 400],
  ["ARGUMENT_TOO_LARGE", 400],
  ["NOT_READY", 503],
]);

/** What the router refuses, thrown where there is no other way to say it. */
export class Refused extends Error {
  override readonly name = "Refused";
  /** What it says. */
  readonly refusal: ProtocolError;

  constructor(refusal: ProtocolError) {
    super(refusal.text);
    this.refusal = refusal;
  }
}

/** The status for what the router refuses: the function is full, or the server, or it cannot at the moment. */
export function statusOf(refusal: ProtocolError): number {
  return refusal === ERRORS.queueFull ? 429 : STATUS.get(refusal.code) ?? 503;
}

/** What the router refuses, as an answer. */
export function refused(refusal: ProtocolError): Response {
  const { code, text } = refusal;
  return problem(statusOf(refusal), TEXTS.get(code) ?? text, { code });
}

const TEXTS: ReadonlyMap<string, string> = new Map([
  ["UNKNOWN_JOB", "There is no such job"],
  ["UNKNOWN_RESULT", "No result of such a job is kept"],
  ["UNKNOWN_FUNCTION", "There is no such function"],
  ["FUNCTION_IN_USE", "The function still has jobs or workers"],
  ["NOT_PAUSED", "The function is not paused"],
  ["NOT_SCHEDULED", "The job does not wait for its time"],
]);
