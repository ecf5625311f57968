import { Hono } from "hono";
import { encodeName, type ProtocolError } from "../../protocol/mod.ts";
import type { DeadJob } from "../../router/flow/dead_jobs.ts";
import type { FunctionQueue, Router } from "../../router/mod.ts";
import { UNKNOWN_JOB } from "../../router/operations.ts";
import type { HttpContext, HttpEnv } from "../access/env.ts";
import { cursorOf } from "./cursor.ts";
import type { DeadJobAnswer, DeadOrderAnswer } from "./dead_types.ts";
import { unknownJob } from "./jobs.ts";
import { textFields, timeText, timeTextOrNull } from "./json.ts";
import { pageOf } from "./lists.ts";
import type { ApiParts } from "./parts.ts";
import { refused } from "./problems.ts";
import { BadRequest, Query } from "./query.ts";

/** Who buries a job by HTTP: a token has no name. */
const WHO = "HTTP";
const UNKNOWN_FUNCTION: ProtocolError = { code: "UNKNOWN_FUNCTION", text: "" };

/** `/dead`: look at dead jobs, bring them back, drop them; and bury live ones. */
export function dead(api: ApiParts): Hono<HttpEnv> {
  const { parts: { router } } = api;
  const { deadOrders, everywhere } = router;
  const app = new Hono<HttpEnv>();
  const done = (c: HttpContext, refusal: ProtocolError | null) =>
    refusal === null ? c.body(null, 204) : refused(refusal);
  const numberOf = (c: HttpContext) =>
    router.dead.byHandle(c.req.param("handle")!)?.job.number ?? -1;
  app.get("/dead", (c) => list(api, c));
  app.delete("/dead", (c) => {
    const query = new Query(c.req.url, ["function", "olderSeconds"]);
    const older = query.number("olderSeconds");
    const before = older === undefined ? Infinity : router.clock.epoch() - older * 1000;
    return ofAll(
      c,
      functionIn(router, query),
      (func, tell) => deadOrders.dropAll(func, before, null, tell),
    );
  });
  app.post("/dead/kick", (c) => {
    const query = new Query(c.req.url, ["function", "count"]);
    const most = query.number("count") ?? Infinity;
    return ofAll(
      c,
      functionIn(router, query),
      (func, tell) => deadOrders.kickAll(func, most, null, tell),
    );
  });
  app.delete("/dead/:handle", (c) => done(c, deadOrders.drop(numberOf(c), null)));
  app.post("/dead/:handle/kick", async (c) => {
    const number = numberOf(c);
    return done(c, await answered((tell) => deadOrders.kick(number, null, tell)));
  });
  app.post("/jobs/:handle/bury", async (c) => {
    const handle = encodeName(c.req.param("handle"));
    const refusal = await answered((tell) => {
      everywhere.find(handle, 0, handle.length, (job) => {
        if (job === null) tell(UNKNOWN_JOB);
        else everywhere.bury(job, null, tell, tell, WHO);
      }, tell);
    });
    return refusal === UNKNOWN_JOB ? unknownJob() : done(c, refusal);
  });
  return app;
}

/** What an order comes to, perhaps later. */
function answered(
  order: (tell: (refusal: ProtocolError | null) => void) => void,
): Promise<ProtocolError | null> {
  return new Promise(order);
}

function functionIn({ functions }: Router, query: Query): FunctionQueue | undefined {
  const name = query.bytes("function");
  if (name === undefined) throw new BadRequest("function is missing");
  return functions.find(name, 0, name.length);
}

async function ofAll(
  c: HttpContext,
  func: FunctionQueue | undefined,
  order: (func: FunctionQueue, tell: (jobs: number) => void) => void,
): Promise<Response> {
  if (func === undefined) return refused(UNKNOWN_FUNCTION);
  const jobs = await new Promise<number>((resolve) => order(func, resolve));
  return c.json({ jobs } satisfies DeadOrderAnswer);
}

/** Who died first comes first. */
async function list({ parts: { router }, portions }: ApiParts, c: HttpContext): Promise<Response> {
  const query = new Query(c.req.url, ["function", "cursor", "limit"]);
  const isAll = query.bytes("function") === undefined;
  const func = isAll ? undefined : functionIn(router, query);
  const items = isAll ? router.dead.all() : func === undefined ? [] : router.dead.of(func);
  const order = {
    placeOf: ({ job, diedAt }: DeadJob) => ({ value: diedAt, name: job.number }),
    isDescending: false,
    after: cursorOf(query.text("cursor"), ["number", "number"]),
    limit: query.limit(),
  };
  return await pageOf(portions, items, order, (one) => answerOf(router, one));
}

function answerOf({ facts }: Router, one: DeadJob): DeadJobAnswer {
  const { handle, function: func, unique, diedAt, failures, losses, bytes, runs } = facts.deadJob(
    one,
  );
  return {
    handle,
    ...textFields("function", func),
    ...textFields("unique", unique),
    died: timeText(diedAt),
    failures,
    losses,
    payloadBytes: bytes,
    runs: runs.map(({ startedAt, endedAt, worker, cause, text, afterDeath = false }) => ({
      started: timeTextOrNull(startedAt),
      ended: timeText(endedAt),
      worker,
      cause,
      text,
      afterDeath,
    })),
  };
}
