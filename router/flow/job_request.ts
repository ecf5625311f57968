import { EMPTY } from "../../protocol/buffer_pool.ts";
import { encodeName, MAX_FUNCTION_LENGTH, MAX_UNIQUE_LENGTH } from "../../protocol/mod.ts";
import { Priority, type PriorityIndex } from "../model/job_state.ts";
import type { Submission } from "../model/submission.ts";

/** A job as a program asks for it. */
export interface JobRequest {
  /** Name of the function, at most 512 bytes of UTF-8. */
  readonly function: string;
  /** What the worker gets. */
  readonly payload?: Uint8Array | string;
  /** At most 64 bytes of UTF-8; `"-"` makes the payload the key; none: it never coalesces. */
  readonly unique?: string;
  /** At most 64 bytes of UTF-8. */
  readonly reducer?: string;
  /**
   * How soon.
   * @default {"normal"}
   */
  readonly priority?: "high" | "normal" | "low";
  /** When to run it. */
  readonly at?: Date;
}

/**
 * The submission that a request means: a background job, as nobody is there to listen.
 *
 * @throws {TypeError} for a property that does not exist, or a value of another type.
 * @throws {RangeError} when a name is too long or contains a NUL, or the date is an invalid one.
 */
export function submissionOf(request: JobRequest): Submission {
  checkRequest(request);
  const functionBytes = checkedName("function", request.function, MAX_FUNCTION_LENGTH);
  const unique = checkedName("unique", request.unique ?? "", MAX_UNIQUE_LENGTH);
  const reducer = checkedName("reducer", request.reducer ?? "", MAX_UNIQUE_LENGTH);
  const { payload = EMPTY, priority = "normal" } = request;
  const data = typeof payload === "string" ? encodeName(payload) : payload;
  return submissionOfBytes({
    function: functionBytes,
    unique,
    reducer,
    payload: data,
    priority: PRIORITY_OF[priority],
    due: dueOf(request),
  });
}

/** A job as bytes; nobody changes them any more, and nobody checked how long its names are. */
export interface JobBytes {
  readonly function: Uint8Array;
  readonly unique: Uint8Array;
  readonly reducer: Uint8Array;
  readonly payload: Uint8Array;
  readonly priority: PriorityIndex;
  /** When it is to run, in milliseconds since the Unix epoch; 0 is at once. */
  readonly due: number;
}

/** The submission of a job in the background. */
export function submissionOfBytes(job: JobBytes): Submission {
  const { function: functionBytes, unique, reducer, payload: data, priority, due } = job;
  const payloadStart = unique.length + 1 + reducer.length + 1;
  const body = new Uint8Array(payloadStart + data.length);
  body.set(unique);
  body.set(reducer, unique.length + 1);
  body.set(data, payloadStart);
  return {
    functionBytes,
    functionStart: 0,
    functionEnd: functionBytes.length,
    body,
    uniqueStart: 0,
    uniqueEnd: unique.length,
    reducerLength: reducer.length,
    payloadStart,
    payloadEnd: body.length,
    stable: true,
    priority,
    background: true,
    due,
  };
}

function checkRequest(request: JobRequest): void {
  const { function: name, payload, priority = "normal", at } = request;
  if (typeof name !== "string") {
    throw new TypeError('A job must name its function, such as { function: "resize" }');
  }
  for (const key in request) {
    if (!REQUEST_NAMES.has(key)) throw new TypeError(`A job has no "${key}"`);
  }
  if (!Object.hasOwn(PRIORITY_OF, priority)) {
    throw new TypeError(`A job has a priority "${priority}"; there are high, normal, low`);
  }
  if (payload !== undefined && typeof payload !== "string" && !(payload instanceof Uint8Array)) {
    throw new TypeError("The payload of a job must be a string or a Uint8Array");
  }
  if (at !== undefined && typeof at?.getTime !== "function") {
    throw new TypeError("The time of a job (at) must be a date");
  }
}

function dueOf({ at }: JobRequest): number {
  if (at === undefined) return 0;
  const due = at.getTime();
  if (Number.isNaN(due)) throw new RangeError("The time of a job (at) is an invalid date");
  return Math.max(0, due);
}

const REQUEST_NAMES: ReadonlySet<string> = new Set<keyof JobRequest>([
  ...["function", "payload", "unique", "reducer", "priority", "at"] as const,
]);

const PRIORITY_OF = { high: Priority.HIGH, normal: Priority.NORMAL, low: Priority.LOW } as const;

function checkedName(what: string, name: string, most: number): Uint8Array {
  const bytes = encodeName(name);
  if (bytes.length > most) {
    throw new RangeError(
      `The ${what} of a job has ${bytes.length} bytes; at most ${most} are allowed`,
    );
  }
  if (bytes.includes(0)) throw new RangeError(`The ${what} of a job contains a NUL`);
  return bytes;
}
