import { Hono } from "hono";
import type { Router } from "../../router/mod.ts";
import type { Pause } from "../../router/model/pause.ts";
import type { HttpContext, HttpEnv } from "../access/env.ts";
import { limitBody } from "../limit_body.ts";
import { problem } from "../problem.ts";
import { Fields, jsonBody } from "./body.ts";
import { cursorOf } from "./cursor.ts";
import { nameIn, ONE_FUNCTION } from "./functions.ts";
import { dueIn } from "./job_request.ts";
import { unknownJob } from "./jobs.ts";
import { textFields, textInList } from "./json.ts";
import { pageOf } from "./lists.ts";
import type { ApiParts } from "./parts.ts";
import { refused } from "./problems.ts";
import { BadRequest, Query } from "./query.ts";
import { jobAnywhere } from "./shared_jobs.ts";
import { pauseAnswer } from "./pause_answer.ts";
import type { PausedAnswer } from "./pause_types.ts";

const MOST_BYTES = 4 * 1024;
/** Who pauses a function by HTTP: a token has no name. */
const WHO = "HTTP";
/** Longer than a century is as good as for ever. */
const MOST_SECONDS = 100 * 366 * 24 * 3600;

/** What holds jobs back, or lets them go: pauses of functions, quiet workers, due times. */
export function pauses(api: ApiParts): Hono<HttpEnv> {
  const { parts: { router } } = api;
  const { operations } = router;
  const app = new Hono<HttpEnv>();
  const small = limitBody(MOST_BYTES);
  const done = (c: HttpContext, refusal: Parameters<typeof refused>[0] | null) =>
    refusal === null ? c.body(null, 204) : refused(refusal);
  const ofFunction = ONE_FUNCTION.map((path) => `${path}/pause`);
  app.get("/pauses", (c) => list(api, c));
  app.on("PUT", ofFunction, small, async (c) => {
    const request = requestIn(await jsonBody(c));
    return done(c, operations.pause(nameIn(c), request, null, WHO));
  });
  app.on("DELETE", ofFunction, (c) => done(c, operations.resume(nameIn(c), null)));
  app.on(["POST", "DELETE"], "/connections/:id/quiet", (c) => {
    const peer = router.connections.get(Number(c.req.param("id")));
    if (peer === undefined) return problem(404, "There is no such connection");
    operations.quiet(peer, c.req.method === "POST", null);
    return c.body(null, 204);
  });
  app.put("/jobs/:handle/due", small, async (c) => {
    const due = dueIn(new Fields(await jsonBody(c), ["at"]).text("at"));
    if (due === 0) throw new BadRequest("at is missing");
    return reschedule(router, c, due);
  });
  app.post("/jobs/:handle/run", (c) => reschedule(router, c, router.clock.epoch()));
  return app;
}

async function reschedule(router: Router, c: HttpContext, due: number): Promise<Response> {
  const job = await jobAnywhere(router, c.req.param("handle")!);
  if (job === null) return unknownJob();
  const refusal = router.operations.reschedule(job, due, null);
  return refusal === null ? c.body(null, 204) : refused(refusal);
}

function requestIn(body: unknown): { duration: number | null; reason: string } {
  const fields = new Fields(body, ["seconds", "reason"]);
  const seconds = fields.number("seconds") ?? null;
  if (seconds !== null && (seconds === 0 || seconds > MOST_SECONDS)) {
    throw new BadRequest(`seconds must be above 0, at most ${MOST_SECONDS}; or null`);
  }
  return {
    duration: seconds === null ? null : seconds * 1000,
    reason: fields.text("reason") ?? "",
  };
}

async function list({ parts: { router }, portions }: ApiParts, c: HttpContext): Promise<Response> {
  const query = new Query(c.req.url, ["cursor", "limit"]);
  const order = {
    placeOf: ({ name }: Pause) => ({ value: 0, name: textInList(name) }),
    isDescending: false,
    after: cursorOf(query.text("cursor"), ["number", "string"]),
    limit: query.limit(),
  };
  return await pageOf(portions, router.pauses.values(), order, (pause): PausedAnswer => ({
    ...textFields("function", pause.name),
    ...pauseAnswer(pause),
  }));
}
