import { Hono } from "hono";
import { ERRORS, MAX_FUNCTION_LENGTH, type ProtocolError } from "../../protocol/mod.ts";
import type { Job, MaxQueue, Router } from "../../router/mod.ts";
import { JOB_STATES } from "../../router/facts.ts";
import type { HttpContext, HttpEnv } from "../access/env.ts";
import { limitBody } from "../limit_body.ts";
import { Fields, jsonBody } from "./body.ts";
import { nameIn } from "./functions.ts";
import { JOB_PARAMETERS, lookAt, mustChoose, type WantedJobs } from "./job_filter.ts";
import { payloadsForbidden, unknownJob } from "./jobs.ts";
import type { ApiParts } from "./parts.ts";
import { refused } from "./problems.ts";
import { BadRequest } from "./query.ts";
import type { CancelAnswer } from "./types.ts";

const MOST_BYTES = 64 * 1024;
const MOST_QUEUE = 2 ** 31 - 1;

/** What is ordered: cancel jobs, limit and drop functions, drain the server. */
export function orders(api: ApiParts): Hono<HttpEnv> {
  const { parts: { router } } = api;
  const { operations } = router;
  const app = new Hono<HttpEnv>();
  const small = limitBody(MOST_BYTES);
  app.delete("/jobs/:handle", (c) => {
    const job = router.jobByHandle(c.req.param("handle"));
    if (job === undefined) return unknownJob();
    const refusal = operations.cancel(job, null);
    return refusal === null ? c.body(null, 204) : refused(refusal);
  });
  app.post("/jobs/cancel", small, (c) => cancel(api, c));
  app.put("/functions/:name/max-queue", small, async (c) => {
    const fields = new Fields(await jsonBody(c), ["high", "normal", "low"]);
    const maxQueue: MaxQueue = [
      sizeIn(fields, "high"),
      sizeIn(fields, "normal"),
      sizeIn(fields, "low"),
    ];
    const name = nameIn(c);
    const refusal = limitRefusal(router, name) ?? operations.limit(name, maxQueue, null);
    return refusal === null ? c.body(null, 204) : refused(refusal);
  });
  app.delete("/functions/:name", (c) => {
    const refusal = operations.drop(nameIn(c), null);
    return refusal === null ? c.body(null, 204) : refused(refusal);
  });
  app.post("/server/drain", (c) => {
    operations.drain(true, null);
    return c.body(null, 204);
  });
  app.delete("/server/drain", (c) => {
    operations.drain(false, null);
    return c.body(null, 204);
  });
  return app;
}

/** The program may set any limit; whoever asks by HTTP as many as a peer may. */
function limitRefusal({ functions }: Router, name: Uint8Array): ProtocolError | null {
  if (name.length > MAX_FUNCTION_LENGTH) return ERRORS.functionTooLarge;
  return functions.hasRoomForLimit(name) ? null : ERRORS.tooManyLimits;
}

function sizeIn(fields: Fields, name: string): number {
  const size = fields.number(name) ?? 0;
  if (Number.isInteger(size) && size <= MOST_QUEUE) return size;
  throw new BadRequest(`${name} must be an integer from 0 to ${MOST_QUEUE}`);
}

async function cancel(api: ApiParts, c: HttpContext): Promise<Response> {
  const fields = new Fields(await jsonBody(c), [
    ...JOB_PARAMETERS,
    "functionBase64",
    "uniqueBase64",
    "payloadBase64",
    "dryRun",
  ]);
  const state = fields.word("state", JOB_STATES);
  const wanted: WantedJobs = {
    function: fields.bytes("function"),
    states: state && [state],
    handle: fields.text("handle"),
    unique: fields.bytes("unique"),
    client: fields.text("client"),
    minAge: fields.number("minAge"),
    payload: fields.bytes("payload"),
  };
  mustChoose(wanted);
  if (wanted.payload !== undefined && !c.var.rights.payloads) return payloadsForbidden();
  const { parts: { router } } = api;
  const look = lookAt(router, wanted);
  const passes = (job: Job) => look(job) === "passes";
  const isDry = fields.flag("dryRun");
  if (isDry === undefined) throw new BadRequest("dryRun must be true or false");
  const answer: CancelAnswer = isDry
    ? { matched: await countOf(api, passes), cancelled: 0 }
    : both(await cancelAll(router, passes));
  return c.json(answer);
}

function both(count: number): CancelAnswer {
  return { matched: count, cancelled: count };
}

async function countOf({ parts: { router }, portions }: ApiParts, passes: (job: Job) => boolean) {
  let count = 0;
  await portions.each(router.jobs.snapshot(), (job) => void (count += passes(job) ? 1 : 0));
  return count;
}

function cancelAll({ operations }: Router, passes: (job: Job) => boolean): Promise<number> {
  return new Promise((resolve) => {
    const count = operations.cancelAll(passes, null, "POST /api/v1/jobs/cancel", resolve);
    if (count !== null) resolve(count);
  });
}
