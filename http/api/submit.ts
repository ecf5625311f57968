import { Hono } from "hono";
import type { Refusal, Router } from "../../router/mod.ts";
import type { HttpContext, HttpEnv } from "../access/env.ts";
import { bodyOf, EVENT_STREAM, eventText } from "../event_stream.ts";
import { limitBody } from "../limit_body.ts";
import type { Portions } from "../portions.ts";
import { problem } from "../problem.ts";
import type { BackgroundSubmits } from "../../server/background_submits.ts";
import type { JobNews, WaitingClient } from "../submit/waiting_client.ts";
import type { WaitingClients } from "../submit/waiting_clients.ts";
import { jsonBody, jsonIn } from "./body.ts";
import { submissionFor, wantedJob, whyNoSubmit } from "./job_request.ts";
import { textFields } from "./json.ts";
import { linesOf } from "./lines.ts";
import type { ApiParts } from "./parts.ts";
import { refused, statusOf } from "./problems.ts";
import { BadRequest } from "./query.ts";
import type { JobEndAnswer, SubmitAnswer, SubmitOutcome } from "./submit_types.ts";

const NDJSON = "application/x-ndjson";
const EVENTS = "text/event-stream";
/** What else is in JSON, besides a payload that may be in base64. */
const BESIDES_PAYLOAD = 64 * 1024;
/** So many jobs of a bulk are submitted before others have their turn. */
const JOBS_AT_ONCE = 64;

/** What submits are made of, here and in gearmand's form. */
export interface Submits {
  readonly background: BackgroundSubmits;
  readonly clients: WaitingClients;
}

/** `POST /jobs`: one job, or many in the background. */
export function submit(
  { parts: { router }, portions }: ApiParts,
  submits: Submits,
): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const mostBytes = router.options.maxPacketSize * 2 + BESIDES_PAYLOAD;
  const limit = limitBody(mostBytes);
  app.post("/jobs", async (c, next) => {
    const refusal = whyNoSubmit(router);
    if (refusal !== null) return refused(refusal);
    if (mediaType(c.req.header("content-type")) !== NDJSON) return await next();
    const lines = linesOf(c.req.raw.body, mostBytes);
    return c.body(bodyOf(outcomes(router, submits.background, portions, lines)), 200, {
      "content-type": NDJSON,
      "cache-control": "no-store",
    });
  });
  app.post("/jobs", limit, async (c) => {
    const job = wantedJob(await jsonBody(c));
    const tooLarge = sizeRefusal(router, job.payload);
    if (tooLarge !== null) return tooLarge;
    const submission = submissionFor(job);
    if (!job.background) return await wait(c, submits.clients.submit(submission, c.req.raw.signal));
    const outcome = await submits.background.submit(submission);
    if (typeof outcome !== "string") return refused(outcome);
    const answer: SubmitAnswer = { handle: outcome };
    return c.json(answer, 202);
  });
  return app;
}

/** A worker could not be sent it. */
export function sizeRefusal({ options }: Router, payload: Uint8Array): Response | null {
  const { maxPacketSize } = options;
  if (payload.length <= maxPacketSize - BESIDES_NAMES) return null;
  return problem(413, `The payload is larger than a packet may be: ${maxPacketSize} bytes`);
}
/** What a packet has besides the payload at most: function, unique, reducer, handle. */
const BESIDES_NAMES = 1024;

function mediaType(header = ""): string {
  return header.split(";")[0].trim().toLowerCase();
}

// --- one job, for which the client waits ------------------------------------------------------

async function wait(c: HttpContext, client: WaitingClient | Refusal): Promise<Response> {
  if ("code" in client) return refused(client);
  if (c.req.header("accept")?.includes(EVENTS)) {
    return c.body(bodyOf(events(client), () => client.leave()), 200, EVENT_STREAM);
  }
  let [handle, answer]: [string, JobEndAnswer | null] = ["", null];
  for await (const news of client.news()) {
    if (news.type === "created") handle = news.handle;
    else answer = endOf(handle, news);
  }
  return answer === null ? problem(503, "The server stops") : c.json(answer);
}

function endOf(handle: string, news: JobNews): JobEndAnswer | null {
  if (news.type === "complete") {
    return { handle, outcome: "completed", ...textFields("result", news.data) };
  }
  if (news.type === "exception") {
    return { handle, outcome: "exception", ...textFields("text", news.data) };
  }
  return news.type === "fail" ? { handle, outcome: "failed" } : null;
}

async function* events(client: WaitingClient): AsyncGenerator<string, void, undefined> {
  for await (const news of client.news()) {
    const { type, ...fields } = news;
    const name = type === "complete" ? "result" : type === "exception" ? "text" : "data";
    const data = "data" in news ? textFields(name, news.data) : fields;
    yield eventText(type, data);
  }
}

// --- many jobs in the background --------------------------------------------------------------

/**
 * Submits a job for each line; of each chunk that came in, all are submitted before the first is waited
 * for. No more is read from the client before it has read of those.
 */
async function* outcomes(
  router: Router,
  background: BackgroundSubmits,
  portions: Portions,
  chunks: AsyncGenerator<readonly string[], void, undefined>,
): AsyncGenerator<string, void, undefined> {
  try {
    for await (const lines of chunks) {
      const submitted: Promise<SubmitOutcome>[] = [];
      for (const line of lines) {
        // However many bulks there are, one of them has its turn in a round.
        if (submitted.length % JOBS_AT_ONCE === 0) await portions.next();
        submitted.push(outcomeOf(router, background, line));
      }
      const texts = (await Promise.all(submitted)).map((outcome) => `${JSON.stringify(outcome)}\n`);
      if (texts.length > 0) yield texts.join("");
    }
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    yield `${JSON.stringify(wrong(400, error.message))}\n`;
  }
}

async function outcomeOf(
  router: Router,
  background: BackgroundSubmits,
  line: string,
): Promise<SubmitOutcome> {
  try {
    const job = wantedJob(jsonIn(line));
    if (!job.background) return wrong(400, "Jobs of a bulk are in the background");
    if (sizeRefusal(router, job.payload) !== null) return wrong(413, "The payload is too large");
    const refusal = whyNoSubmit(router);
    const outcome = refusal ?? await background.submit(submissionFor(job));
    if (typeof outcome === "string") return { handle: outcome };
    return { ...wrong(statusOf(outcome), outcome.text), code: outcome.code };
  } catch (error) {
    if (error instanceof BadRequest) return wrong(400, error.message);
    throw error;
  }
}

function wrong(status: number, detail: string): SubmitOutcome {
  return { status, detail };
}
