import { Hono } from "hono";
import { encodeName } from "../protocol/mod.ts";
import type { Router } from "../router/mod.ts";
import type { HttpContext, HttpEnv } from "./access/env.ts";
import { submissionFor, wantedByHeaders, type WantedJob, whyNoSubmit } from "./api/job_request.ts";
import { bytesOfUrl, textOf } from "./api/json.ts";
import { refused } from "./api/problems.ts";
import { BadRequest } from "./api/query.ts";
import { sizeRefusal, type Submits } from "./api/submit.ts";
import { limitBody } from "./limit_body.ts";
import { problem } from "./problem.ts";

/** Beginnings of paths that are no functions. */
const OWN = /^\/(api|assets|metrics|healthz|readyz|login|logout)(\/|$)|^\/$/;
/** gearmand's: jobs with the same payload are one job unless the client gives a unique. */
const BY_PAYLOAD = "-";

/**
 * gearmand's HTTP form: `POST /<function>` (or PUT) with the payload as the body, and how it is to run
 * in headers. gearmand answers 200 whatever becomes of the job, and takes GET too: here what fails is
 * answered as such, and GET orders nothing.
 */
export function form(router: Router, submits: Submits): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const limit = limitBody(router.options.maxPacketSize);
  app.on(["POST", "PUT"], "/*", limit, async (c, next) => {
    if (OWN.test(c.req.path)) return await next();
    try {
      return await answer(router, submits, c);
    } catch (error) {
      if (error instanceof BadRequest) return problem(400, error.message);
      throw error;
    }
  });
  return app;
}

async function answer(router: Router, submits: Submits, c: HttpContext): Promise<Response> {
  const refusal = whyNoSubmit(router);
  if (refusal !== null) return refused(refusal);
  const job = await jobIn(c);
  const tooLarge = sizeRefusal(router, job.payload);
  if (tooLarge !== null) return tooLarge;
  if (job.background) {
    const handle = await submits.background.submit(submissionFor(job));
    if (typeof handle !== "string") return refused(handle);
    return c.body(null, 202, headers(handle, "JOB_CREATED"));
  }
  return await result(c, submits, job);
}

async function jobIn(c: HttpContext): Promise<WantedJob> {
  const [path] = c.req.url.slice(c.req.url.indexOf("/", "http://".length)).split(/[?#]/);
  const name = bytesOfUrl(path.replace(/^\/+/, ""));
  const payload = new Uint8Array(await c.req.arrayBuffer());
  return wantedByHeaders(name, payload, {
    unique: encodeName(c.req.header("x-gearman-unique") ?? BY_PAYLOAD),
    background: c.req.header("x-gearman-background")?.toLowerCase() === "true",
    priority: c.req.header("x-gearman-priority")?.toLowerCase(),
  });
}

/** The data that the worker sends come before its result, as libgearman gives them to its programs. */
async function result(c: HttpContext, submits: Submits, job: WantedJob): Promise<Response> {
  const client = submits.clients.submit(submissionFor(job), c.req.raw.signal);
  if ("code" in client) return refused(client);
  let handle = "";
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const news of client.news()) {
    if (news.type === "created") handle = news.handle;
    else if (news.type === "data") parts.push(new Uint8Array(news.data));
    else if (news.type === "complete") {
      const body = await new Blob([...parts, new Uint8Array(news.data)]).arrayBuffer();
      return c.body(body, 200, {
        ...headers(handle, "WORK_COMPLETE"),
        "content-type": "application/octet-stream",
      });
    } else if (news.type === "exception") {
      return problem(500, textOf(news.data), {}, headers(handle, "WORK_EXCEPTION"));
    } else if (news.type === "fail") {
      return problem(500, "The job failed", {}, headers(handle, "WORK_FAIL"));
    } else if (news.type === "lost") return problem(503, news.reason);
  }
  return problem(503, "The server stops");
}

function headers(handle: string, command: string): Record<string, string> {
  return { "x-gearman-job-handle": handle, "x-gearman-command": command };
}
