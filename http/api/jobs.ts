import { Hono } from "hono";
import { JOB_OUTCOMES } from "../../router/model/job_state.ts";
import type { EndedJob, Job, Router } from "../../router/mod.ts";
import type { HttpEnv } from "../access/env.ts";
import { problem } from "../problem.ts";
import { cursorOf, cursorText } from "./cursor.ts";
import { endedJobAnswer, jobAnswer } from "./job_answer.ts";
import { JOB_PARAMETERS, wantedIn } from "./job_filter.ts";
import type { ApiParts } from "./parts.ts";
import { Query } from "./query.ts";
import { search } from "./search.ts";
import type { JobAnswer, Page } from "./types.ts";

/** `/jobs` and `/ended`: those that live, those that ended, and one of them. */
export function jobs({ parts: { router }, portions }: ApiParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get("/jobs", async (c) => {
    const query = new Query(c.req.url, [...JOB_PARAMETERS, "cursor", "limit"]);
    const wanted = wantedIn(query);
    if (wanted.payload !== undefined && !c.var.rights.payloads) return payloadsForbidden();
    const [after] = cursorOf(query.text("cursor"), ["number"]) ?? [0];
    const range = { after: Number(after), limit: query.limit(), signal: c.req.raw.signal };
    return c.json(await search(router, portions, wanted, range));
  });
  app.get("/jobs/:handle", (c) => {
    const handle = c.req.param("handle");
    const job = router.jobByHandle(handle);
    if (job !== undefined) return c.json(jobAnswer(router, job));
    const ended = router.history?.endedByHandle(handle) ?? null;
    return ended === null ? unknownJob() : c.json(endedJobAnswer(router, ended));
  });
  app.get("/jobs/:handle/payload", (c) => {
    const query = new Query(c.req.url, ["limit"]);
    if (!c.var.rights.payloads) return payloadsForbidden();
    const job = router.jobByHandle(c.req.param("handle"));
    if (job === undefined) return unknownJob();
    const payload = payloadOf(job);
    if (payload === null) return problem(503, "The payload cannot be read from the store");
    const bytes = payload.slice(0, query.number("limit") ?? payload.length);
    return c.body(bytes, 200, {
      "content-type": "application/octet-stream",
      "content-disposition": 'attachment; filename="payload"',
    });
  });
  app.get("/ended", (c) => {
    const query = new Query(c.req.url, ["function", "outcome", "cursor", "limit"]);
    return c.json(ended(router, query));
  });
  return app;
}

/** The answer when no job has a handle. */
export function unknownJob(): Response {
  return problem(404, "There is no such job", { code: "UNKNOWN_JOB" });
}

/** The answer to who may not see payloads. */
export function payloadsForbidden(): Response {
  return problem(403, "Payloads are shown with --http-payloads, or to a token that may see them");
}

/** Null if it is in the store only and cannot be read. */
function payloadOf(job: Job): Uint8Array | null {
  try {
    return job.payload;
  } catch {
    return null;
  }
}

/** They are a thousand at most. A cursor is the handle of the last job, and how many there were before it. */
function ended(router: Router, query: Query): Page<JobAnswer> {
  const name = query.bytes("function");
  const outcomes = query.words("outcome", JOB_OUTCOMES);
  const limit = query.limit();
  const [endedAt, handle] = cursorOf(query.text("cursor"), ["number", "string"]) ?? [Infinity, ""];
  const items: JobAnswer[] = [];
  let last: EndedJob | null = null;
  let isBehind = handle === "";
  for (const job of router.history?.ended(name) ?? []) {
    // The one of the cursor may have made room for others meanwhile.
    if (!isBehind) {
      isBehind = job.handle === handle || job.ended < Number(endedAt);
      if (job.handle === handle || !isBehind) continue;
    }
    if (outcomes !== undefined && !outcomes.includes(job.outcome)) continue;
    if (items.length === limit) return { items, next: cursorText([last!.ended, last!.handle]) };
    items.push(endedJobAnswer(router, job));
    last = job;
  }
  return { items, next: null };
}
