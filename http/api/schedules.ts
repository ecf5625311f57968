import { Hono } from "hono";
import { MAX_FUNCTION_LENGTH, MAX_UNIQUE_LENGTH, type ProtocolError } from "../../protocol/mod.ts";
import { EMPTY } from "../../protocol/buffer_pool.ts";
import type { Router } from "../../router/mod.ts";
import { PRIORITY_NAMES, type PriorityIndex } from "../../router/model/job_state.ts";
import { scheduleOf } from "../../router/schedule_request.ts";
import {
  CATCH_UPS,
  MAX_SCHEDULE_PAYLOAD,
  OVERLAPS,
  type ScheduleDefinition,
  type ScheduledJob,
  type ScheduleFacts,
  type ScheduleRun,
  type Schedules,
  withSchedules,
} from "../../router/schedules.ts";
import type { HttpContext, HttpEnv } from "../access/env.ts";
import { limitBody } from "../limit_body.ts";
import { Fields, jsonBody } from "./body.ts";
import { textFields, timeText, timeTextOrNull } from "./json.ts";
import type { ApiParts } from "./parts.ts";
import { refused } from "./problems.ts";
import { BadRequest } from "./query.ts";
import type { ScheduleAnswer, ScheduleRunAnswer, SchedulesAnswer } from "./schedule_types.ts";

/** A payload may be in base64, or each of its bytes be written as `\u00NN`. */
const MOST_BYTES = MAX_SCHEDULE_PAYLOAD * 6 + 64 * 1024;
const UNKNOWN: ProtocolError = { code: "UNKNOWN_SCHEDULE", text: "There is no such schedule" };
const FIELDS = [
  ...["cron", "everySeconds", "timezone", "function", "functionBase64", "unique", "uniqueBase64"],
  ...["payload", "payloadBase64", "priority", "catchUp", "catchUpMost", "overlap"],
];

/** `/schedules`: look at them, make, change and drop them, run them now, pause them. */
export function schedules({ parts: { router } }: ApiParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const small = limitBody(MOST_BYTES);
  app.get("/schedules", async (c) => {
    const known = await schedulesOf(router);
    const { payloads } = c.var.rights;
    const items = (known?.all() ?? []).map((schedule) => answerOf(schedule, payloads));
    return c.json({ items } satisfies SchedulesAnswer);
  });
  app.get("/schedules/:name", async (c) => {
    const schedule = (await schedulesOf(router))?.get(c.req.param("name")) ?? null;
    if (schedule === null) return refused(UNKNOWN);
    return c.json(answerOf(schedule, c.var.rights.payloads));
  });
  app.put("/schedules/:name", small, (c) => set(router, c, c.req.param("name")));
  app.post("/schedules/:name/run", async (c) => {
    const run = (await schedulesOf(router))?.run(c.req.param("name"), null) ?? UNKNOWN;
    return "code" in run ? refused(run) : c.json(runOf(run));
  });
  const ordered = (path: string, order: (schedules: Schedules, name: string) => Result) =>
    [path, async (c: HttpContext) => {
      const known = await schedulesOf(router);
      const refusal = known === null ? UNKNOWN : order(known, c.req.param("name")!);
      return refusal === null ? c.body(null, 204) : refused(refusal);
    }] as const;
  app.delete(...ordered("/schedules/:name", (all, name) => all.drop(name, null)));
  app.put(...ordered("/schedules/:name/pause", (all, name) => all.pause(name, true, null)));
  app.delete(...ordered("/schedules/:name/pause", (all, name) => all.pause(name, false, null)));
  return app;
}

type Result = ProtocolError | null;

/** What keeps the schedules, if there are any. */
function schedulesOf({ schedules }: Router): Promise<Schedules | null> {
  return new Promise((resolve) => withSchedules(schedules, resolve));
}

async function set(router: Router, c: HttpContext, name: string): Promise<Response> {
  const fields = new Fields(await jsonBody(c), FIELDS);
  const source = router.schedules;
  if (source === null) return refused(NO_SCHEDULES);
  const known = (await schedulesOf(router))?.get(name) ?? null;
  const definition = definitionIn(fields, name, known, source.timezone);
  const loaded = await new Promise<Schedules | ProtocolError>((resolve) => source.load(resolve));
  const made = "code" in loaded ? loaded : loaded.set(definition, null);
  return "code" in made ? refused(made) : c.json(answerOf(made, c.var.rights.payloads));
}
const NO_SCHEDULES: ProtocolError = { code: "NO_SCHEDULES", text: "The server keeps no schedules" };

/** @throws {BadRequest} for what is no schedule. */
function definitionIn(
  fields: Fields,
  name: string,
  known: ScheduleFacts | null,
  timezone: string,
): ScheduleDefinition {
  const job = jobIn(fields, known);
  try {
    const definition = scheduleOf({
      // One that a client has made is known by its handle.
      name: known === null ? name : "known",
      function: "known",
      cron: fields.text("cron"),
      every: fields.number("everySeconds"),
      timezone: fields.text("timezone"),
      catchUp: fields.word("catchUp", CATCH_UPS),
      catchUpMost: fields.number("catchUpMost"),
      overlap: fields.word("overlap", OVERLAPS),
    }, timezone);
    return { ...definition, name, job };
  } catch (error) {
    throw new BadRequest((error as Error).message);
  }
}

/** A payload that is not said stays as it was: whoever may not see it can still change the times. */
function jobIn(fields: Fields, known: ScheduleFacts | null): ScheduledJob {
  const job = {
    function: fields.bytes("function") ?? EMPTY,
    unique: fields.bytes("unique") ?? EMPTY,
    payload: fields.bytes("payload") ?? known?.job.payload ?? EMPTY,
  };
  const priority = fields.word("priority", PRIORITY_NAMES) ?? "normal";
  if (job.function.length === 0) throw new BadRequest("A schedule must have a function");
  checkLength("function", job.function, MAX_FUNCTION_LENGTH);
  checkLength("unique", job.unique, MAX_UNIQUE_LENGTH);
  checkLength("payload", job.payload, MAX_SCHEDULE_PAYLOAD);
  for (const name of ["function", "unique"] as const) {
    if (job[name].includes(0)) throw new BadRequest(`${name} contains a NUL`);
  }
  return { ...job, priority: PRIORITY_NAMES.indexOf(priority) as PriorityIndex };
}

function checkLength(what: string, bytes: Uint8Array, most: number): void {
  if (bytes.length <= most) return;
  throw new BadRequest(`${what} has ${bytes.length} bytes; at most ${most} are allowed`);
}

function answerOf(schedule: ScheduleFacts, withPayload: boolean): ScheduleAnswer {
  const { name, cron, every, timezone, catchUp, catchUpMost, overlap, job, origin } = schedule;
  return {
    name,
    cron,
    everySeconds: every === null ? null : every / 1000,
    timezone,
    ...textFields("function", job.function),
    ...textFields("unique", job.unique),
    payloadBytes: job.payload.length,
    ...(withPayload && textFields("payload", job.payload)),
    priority: PRIORITY_NAMES[job.priority],
    catchUp,
    catchUpMost,
    overlap,
    origin,
    paused: schedule.isPaused,
    next: timeTextOrNull(schedule.next),
    runs: schedule.runs.map(runOf),
  };
}

function runOf(run: Readonly<ScheduleRun>): ScheduleRunAnswer {
  return {
    time: timeText(run.time),
    ordered: run.isOrdered,
    started: timeText(run.started),
    handle: run.handle,
    ended: timeTextOrNull(run.ended),
    outcome: run.outcome,
    cause: run.cause || null,
  };
}
