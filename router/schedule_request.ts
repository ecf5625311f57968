import { decodeName, encodeName, MAX_FUNCTION_LENGTH, MAX_UNIQUE_LENGTH } from "../protocol/mod.ts";
import { EMPTY } from "../protocol/buffer_pool.ts";
import { duration, inProgram, integer, type Kind, oneOf, text, wrong } from "../options/kinds.ts";
import { checkOptions, type Row } from "../options/rows.ts";
import { Priority, PRIORITY_NAMES } from "./model/job_state.ts";
import { CATCH_UPS, MAX_SCHEDULE_PAYLOAD, OVERLAPS, type ScheduleDefinition } from "./schedules.ts";

/** A schedule as a program asks for it: when it runs, and what job each run submits in the background. */
export interface ScheduleRequest {
  /**
   * What operators know it by: a letter, then at most 42 letters, digits, dots, dashes and underscores.
   */
  readonly name: string;
  /**
   * When it runs: minute, hour, day of month, month and day of week with spaces between them, such as
   * `30 2 * * 1-5`. Either this or {@linkcode every}.
   */
  readonly cron?: string;
  /** Seconds between two runs, counted from the Unix epoch: 900 is at each quarter of an hour. */
  readonly every?: number;
  /**
   * The time zone of {@linkcode cron}, such as `Europe/Berlin`.
   * @default the option `scheduleTimezone` of the server, which is `UTC` by default
   */
  readonly timezone?: string;
  /** Name of the function, at most 512 bytes of UTF-8. */
  readonly function: string;
  /** What the worker gets, at most 65,536 bytes. */
  readonly payload?: Uint8Array | string;
  /**
   * The unique of each job, at most 64 bytes of UTF-8: a job that has not ended is joined by the next
   * one. Without it each job gets one that says schedule and time: `nightly@2026-11-30T02:30:00Z`.
   */
  readonly unique?: string;
  /**
   * How soon its jobs run.
   * @default {"normal"}
   */
  readonly priority?: "high" | "normal" | "low";
  /**
   * Which runs are made up for that were missed by more than two minutes: none, the last one, or all.
   * @default {"none"}
   */
  readonly catchUp?: "none" | "last" | "all";
  /**
   * With `catchUp: "all"`, how many at most: the latest ones.
   * @default {100}
   */
  readonly catchUpMost?: number;
  /**
   * While the job of an earlier run has not ended: submit another one, leave the run out, or cancel the
   * earlier job first.
   * @default {"allow"}
   */
  readonly overlap?: "allow" | "skip" | "replace";
}

const LONGEST_EVERY = 366 * 86_400;
const NAME = /^[A-Za-z][\w.-]{0,42}$/;

const name: Kind<string> = {
  ...text("NAME"),
  wanted: "a letter, then at most 42 letters, digits, dots, dashes and underscores",
  accepts: (value) => NAME.test(value),
  parse: (text) => text,
};

const interval: Kind<number> = {
  label: "SECONDS",
  types: ["number"],
  wanted: `a number of seconds from 1 to ${LONGEST_EVERY}, at most to a millisecond`,
  accepts: (value) =>
    value >= 1 && value <= LONGEST_EVERY && Number.isInteger(Number((value * 1000).toFixed(6))),
  parse(text) {
    const value = duration(text, "s");
    if (this.accepts!(value)) return value;
    throw wrong(text, "a time from 1s to 366d, such as 15m");
  },
};

const payload: Kind<Uint8Array | string> = {
  ...inProgram(["string", "object"], "a string or a Uint8Array of at most 65536 bytes"),
  accepts: (value) =>
    (typeof value === "string" || value instanceof Uint8Array) &&
    bytesOf(value).length <= MAX_SCHEDULE_PAYLOAD,
  parse: (text) => text,
};

/** What there is to say of a schedule, by the names that programs use. */
export const SCHEDULE_ROWS: {
  readonly [Name in keyof ScheduleRequest]-?: Row<NonNullable<ScheduleRequest[Name]>>;
} = {
  name: { kind: name },
  cron: { kind: text("CRON") },
  every: { kind: interval },
  timezone: { kind: text("ZONE") },
  function: { kind: named("FUNCTION", MAX_FUNCTION_LENGTH) },
  payload: { kind: payload },
  unique: { kind: named("UNIQUE", MAX_UNIQUE_LENGTH) },
  priority: { kind: oneOf("PRIORITY", PRIORITY_NAMES), default: "normal" },
  catchUp: { kind: oneOf("WHICH", CATCH_UPS), default: "none" },
  catchUpMost: { kind: integer(1, 1000), default: 100 },
  overlap: { kind: oneOf("HOW", OVERLAPS), default: "allow" },
};

/** A name in bytes of UTF-8, without a NUL. */
function named(label: string, most: number): Kind<string> {
  return {
    ...text(label),
    wanted: `a name of 1 to ${most} bytes without a NUL`,
    accepts: (value) => value !== "" && encodeName(value).length <= most && !value.includes("\0"),
    parse: (text) => text,
  };
}

function bytesOf(payload: Uint8Array | string): Uint8Array {
  return typeof payload === "string" ? encodeName(payload) : payload;
}

/**
 * The schedule that is meant. Cron expression and time zone are not looked at.
 *
 * @param timezone if it names none.
 * @throws {TypeError} for a property that does not exist or is missing, or a value of another type.
 * @throws {RangeError} for a value out of range.
 */
export function scheduleOf(request: ScheduleRequest, timezone: string): ScheduleDefinition {
  const example = 'A schedule must be an object, such as { name: "nightly", ... }';
  checkOptions(SCHEDULE_ROWS, request, example, "schedules.");
  for (const needed of ["name", "function"] as const) {
    if (request[needed] === undefined) throw new TypeError(`A schedule must have a ${needed}`);
  }
  const { cron, every } = request;
  if ((cron === undefined) === (every === undefined)) {
    throw new TypeError(`Schedule ${request.name} must have either cron or every`);
  }
  const { catchUp, catchUpMost, overlap, priority } = SCHEDULE_ROWS;
  return {
    name: request.name,
    cron: cron ?? null,
    every: every === undefined ? null : Math.round(every * 1000),
    timezone: request.timezone ?? timezone,
    catchUp: request.catchUp ?? catchUp.default!,
    catchUpMost: request.catchUpMost ?? catchUpMost.default!,
    overlap: request.overlap ?? overlap.default!,
    job: {
      function: encodeName(request.function),
      unique: encodeName(request.unique ?? ""),
      payload: request.payload === undefined ? EMPTY : bytesOf(request.payload),
      priority: Priority[(request.priority ?? priority.default!).toUpperCase() as "HIGH"],
    },
  };
}

/** The name of a property as configuration files and texts write it: `catchUp` is `catch-up`. */
export function dashedName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What is wrong with a table that says what a schedule is. */
export class ScheduleTableError extends RangeError {
  /** The key at fault, as the table writes it; empty if it is the whole table. */
  readonly key: string;

  constructor(key: string, reason: string) {
    super(key === "" ? reason : `${key} ${reason}`);
    this.key = key;
  }
}

/**
 * What a table of a configuration file asks for: its keys have dashes, and a time may be a text.
 *
 * @throws {ScheduleTableError} for the first thing that is wrong.
 */
export function scheduleInTable(table: Readonly<Record<string, unknown>>): ScheduleRequest {
  const names = Object.keys(SCHEDULE_ROWS) as (keyof ScheduleRequest)[];
  const entries = Object.entries(table).map(([key, value]) => {
    const name = names.find((known) => dashedName(known) === key);
    if (name === undefined) throw new ScheduleTableError(key, "does not exist");
    const kind = SCHEDULE_ROWS[name].kind as Kind<unknown>;
    return [name, checkedValue(key, value, kind)];
  });
  const request = Object.fromEntries(entries) as ScheduleRequest;
  try {
    scheduleOf(request, "UTC");
  } catch (error) {
    throw new ScheduleTableError("", (error as Error).message);
  }
  return request;
}

function checkedValue(key: string, value: unknown, kind: Kind<unknown>): unknown {
  try {
    const read = typeof value === "string" ? kind.parse(value) : value;
    checkOptions({ [key]: { kind } }, { [key]: read }, "");
    return read;
  } catch (error) {
    throw new ScheduleTableError(key, (error as Error).message.replace(`Option ${key} `, ""));
  }
}

/** A schedule as a program would ask for it; {@linkcode scheduleOf} reversed. */
export function requestOf(definition: ScheduleDefinition): ScheduleRequest {
  const { name, cron, every, timezone, catchUp, catchUpMost, overlap, job } = definition;
  return {
    name,
    ...cron === null ? { every: every! / 1000 } : { cron },
    timezone,
    function: decodeName(job.function),
    payload: job.payload,
    ...job.unique.length === 0 ? {} : { unique: decodeName(job.unique) },
    priority: PRIORITY_NAMES[job.priority],
    catchUp,
    catchUpMost,
    overlap,
  };
}

/**
 * The schedules that are meant.
 *
 * @throws {TypeError | RangeError} for one that is wrong, or two of the same name.
 */
export function schedulesOf(
  requests: readonly ScheduleRequest[],
  timezone: string,
): ScheduleDefinition[] {
  const definitions = requests.map((request) => scheduleOf(request, timezone));
  const names = new Set<string>();
  for (const { name } of definitions) {
    if (names.has(name)) throw new TypeError(`There are two schedules with the name ${name}`);
    names.add(name);
  }
  return definitions;
}
