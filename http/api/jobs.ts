import { Hono } from "hono";
import { encodeName } from "../../protocol/mod.ts";
import { JOB_OUTCOMES } from "../../router/model/job_state.ts";
import type { EndedJob, Job, Router } from "../../router/mod.ts";
import type { HttpContext, HttpEnv } from "../access/env.ts";
import { problem } from "../problem.ts";
import { cursorOf, cursorText } from "./cursor.ts";
import { endedJobAnswer, jobAnswer } from "./job_answer.ts";
import { JOB_PARAMETERS, wantedIn } from "./job_filter.ts";
import { PageWriter } from "./page.ts";
import type { ApiParts } from "./parts.ts";
import { refused } from "./problems.ts";
import { Query } from "./query.ts";
import { search } from "./search.ts";
import { answered, jobAnywhere } from "./shared_jobs.ts";
import type { JobAnswer } from "./types.ts";

/** `/jobs` and `/ended`: those that live, those that ended, and one of them. */
export function jobs({ parts: { router }, portions }: ApiParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get("/jobs", async (c) => {
    const query = new Query(c.req.url, [...JOB_PARAMETERS, "cursor", "limit"]);
    const wanted = wantedIn(query);
    if (wanted.payload !== undefined && !c.var.rights.payloads) return payloadsForbidden();
    const [after] = cursorOf(query.text("cursor"), ["number"]) ?? [0];
    const range = { after: Number(after), limit: query.limit(), signal: c.req.raw.signal };
    return await search(router, portions, wanted, range);
  });
  app.get("/jobs/:handle", async (c) => {
    const handle = c.req.param("handle");
    const job = await jobAnywhere(router, handle);
    if (job !== null) return c.json(jobAnswer(router, job));
    const ended = router.history?.endedByHandle(handle) ?? null;
    return ended === null ? unknownJob() : c.json(endedJobAnswer(router, ended));
  });
  app.get("/jobs/:handle/payload", async (c) => {
    const query = new Query(c.req.url, ["limit"]);
    if (!c.var.rights.payloads) return payloadsForbidden();
    const job = await jobAnywhere(router, c.req.param("handle"));
    if (job === null) return unknownJob();
    const payload = await payloadOf(router, job);
    if (payload === null) return unknownJob();
    return asFile(c, "payload", payload, query);
  });
  app.get("/jobs/:handle/result", (c) => {
    const query = new Query(c.req.url, ["limit"]);
    if (!c.var.rights.payloads) return payloadsForbidden();
    const found = router.results.ask(encodeName(c.req.param("handle")));
    return "code" in found ? refused(found) : asFile(c, "result", found.data, query);
  });
  app.get("/ended", (c) => {
    const query = new Query(c.req.url, ["function", "outcome", "cursor", "limit"]);
    return ended(router, query);
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

/** Bytes to be saved as a file, or so many of them as are asked for. */
function asFile(c: HttpContext, name: string, bytes: Uint8Array, query: Query): Response {
  const wanted = bytes.subarray(0, query.number("limit") ?? bytes.length);
  return c.body(streamOf(wanted), 200, {
    "content-type": "application/octet-stream",
    "content-disposition": `attachment; filename="${name}"`,
  });
}

const BYTES_AT_ONCE = 64 * 1024;

/** Many may ask for the same large payload or result, and read it slowly: no more than a part is copied for each. */
function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let start = 0;
  return new ReadableStream({
    pull(controller) {
      const end = start + BYTES_AT_ONCE;
      if (start < bytes.length) controller.enqueue(bytes.slice(start, end));
      start = end;
      if (start >= bytes.length) controller.close();
    },
  }, { highWaterMark: 0 });
}

/** Null if the job has ended meanwhile. */
function payloadOf({ everywhere }: Router, job: Job): Promise<Uint8Array | null> {
  return answered((tell, fail) => {
    try {
      everywhere.payload(job, tell, fail);
    } catch {
      fail(UNREADABLE);
    }
  });
}

const UNREADABLE = {
  code: "NOT_READY",
  text: "The payload cannot be read from the store",
};

/** They are a thousand at most. A cursor is the handle of the last job, and how many there were before it. */
function ended(router: Router, query: Query): Response {
  const name = query.bytes("function");
  const outcomes = query.words("outcome", JOB_OUTCOMES);
  const limit = query.limit();
  const [endedAt, handle] = cursorOf(query.text("cursor"), ["number", "string"]) ?? [Infinity, ""];
  const page = new PageWriter<JobAnswer>(limit);
  let last: EndedJob | null = null;
  let isBehind = handle === "";
  for (const job of router.history?.ended(name) ?? []) {
    // The one of the cursor may have made room for others meanwhile.
    if (!isBehind) {
      isBehind = job.handle === handle || job.ended < Number(endedAt);
      if (job.handle === handle || !isBehind) continue;
    }
    if (outcomes !== undefined && !outcomes.includes(job.outcome)) continue;
    if (page.isFull) return page.response({ next: cursorText([last!.ended, last!.handle]) });
    page.add(endedJobAnswer(router, job));
    last = job;
  }
  return page.response({ next: null });
}
