import { Hono } from "hono";
import { ERRORS, MAX_FUNCTION_LENGTH, type ProtocolError } from "../../protocol/mod.ts";
import type { Job, MaxQueue, Router, SharedJobFilter } from "../../router/mod.ts";
import { JOB_STATES } from "../../router/facts.ts";
import type { HttpContext, HttpEnv } from "../access/env.ts";
import { limitBody } from "../limit_body.ts";
import { Fields, jsonBody } from "./body.ts";
import { nameIn, ONE_FUNCTION } from "./functions.ts";
import {
  JOB_PARAMETERS,
  lookAt,
  mustChoose,
  sharedFilter,
  type WantedJobs,
  worthOf,
} from "./job_filter.ts";
import { payloadsForbidden, unknownJob } from "./jobs.ts";
import type { ApiParts } from "./parts.ts";
import { refused } from "./problems.ts";
import { BadRequest } from "./query.ts";
import { answered, eachJob, jobAnywhere } from "./shared_jobs.ts";
import type { CancelAnswer } from "./types.ts";

const MOST_BYTES = 64 * 1024;
const MOST_QUEUE = 2 ** 31 - 1;

/** What is ordered: cancel jobs, limit and drop functions, drain the server. */
export function orders(api: ApiParts): Hono<HttpEnv> {
  const { parts: { router } } = api;
  const { everywhere, operations } = router;
  const app = new Hono<HttpEnv>();
  const small = limitBody(MOST_BYTES);
  app.delete("/jobs/:handle", async (c) => {
    const job = await jobAnywhere(router, c.req.param("handle"));
    if (job === null) return unknownJob();
    const refusal = await answered<ProtocolError | null>((tell, fail) => {
      everywhere.cancel(job, null, tell, fail);
    });
    return refusal === null ? c.body(null, 204) : refused(refusal);
  });
  app.post("/jobs/cancel", small, (c) => cancel(api, c));
  app.on("PUT", ONE_FUNCTION.map((path) => `${path}/max-queue`), small, async (c) => {
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
  app.on("DELETE", [...ONE_FUNCTION], async (c) => {
    const refusal = await answered<ProtocolError | null>((tell, fail) => {
      everywhere.dropFunction(nameIn(c), null, tell, fail);
    });
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
    "clientBase64",
    "payloadBase64",
    "dryRun",
  ]);
  const state = fields.word("state", JOB_STATES);
  const wanted: WantedJobs = {
    function: fields.bytes("function"),
    states: state && [state],
    handle: fields.text("handle"),
    unique: fields.bytes("unique"),
    client: fields.bytes("client"),
    minAge: fields.number("minAge"),
    payload: fields.bytes("payload"),
  };
  mustChoose(wanted);
  if (wanted.payload !== undefined && !c.var.rights.payloads) return payloadsForbidden();
  const { parts: { router }, portions } = api;
  const look = lookAt(router, wanted);
  const isDry = fields.flag("dryRun");
  if (isDry === undefined) throw new BadRequest("dryRun must be true or false");
  const found = new Set<number>();
  const filter = sharedFilter(wanted);
  await eachJob({ router, portions, filter, signal: c.req.raw.signal }, (job) => {
    if (look(job) === "passes") found.add(job.number);
    return wanted.payload === undefined ? 1 : worthOf(job);
  });
  // One that is in another state by now is not meant any more.
  const { payload: _, ...rest } = wanted;
  const still = lookAt(router, rest);
  const passes = (job: Job) => found.has(job.number) && still(job) === "passes";
  const cancelled = isDry || found.size === 0 ? 0 : await cancelAll(router, passes, filter);
  const answer: CancelAnswer = { matched: found.size, cancelled };
  return c.json(answer);
}

function cancelAll(
  { everywhere }: Router,
  passes: (job: Job) => boolean,
  filter: SharedJobFilter,
): Promise<number> {
  return new Promise((resolve) => {
    everywhere.cancelAll(passes, null, "POST /api/v1/jobs/cancel", resolve, filter);
  });
}
