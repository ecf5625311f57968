import { Hono } from "hono";
import { CommandRefusedError, UnsupportedError } from "../../client/admin/errors.ts";
import { messageOf } from "../../router/log/log.ts";
import type { JobFact, JobSelection } from "../../client/admin/records.ts";
import type { HttpContext, HttpEnv } from "../../http/access/env.ts";
import { connectionOrderIn, isText } from "../../http/api/connection_order.ts";
import { cursorOf } from "../../http/api/cursor.ts";
import { nameIn, ONE_FUNCTION, unknownFunction } from "../../http/api/functions.ts";
import { unknownJob } from "../../http/api/jobs.ts";
import { textOf } from "../../http/api/json.ts";
import { pageOf, type Place } from "../../http/api/lists.ts";
import { BadRequest, Query } from "../../http/api/query.ts";
import type {
  GoneAnswer,
  ToldConnection,
  ToldDead,
  ToldFunction,
  ToldFunctionDetail,
  ToldJobs,
  ToldUnique,
} from "../../http/api/told.ts";
import type { Page, WhyAnswer } from "../../http/api/types.ts";
import { eventText } from "../../http/event_stream.ts";
import { guardedApp, type HttpApp } from "../../http/guarded.ts";
import { Live, type Shown } from "../../http/live.ts";
import type { HttpParts } from "../../http/parts.ts";
import { Portions } from "../../http/portions.ts";
import { problem } from "../../http/problem.ts";
import * as answers from "./answers.ts";
import { deadAnswer, scheduleAnswer } from "./kept_answers.ts";
import { connectionPlace } from "./connection_order.ts";
import * as look from "./look.ts";
import { ServerGone } from "./watched_server.ts";

/** What `geartrain dash` is made of. */
export type DashParts = look.Watch & Pick<HttpParts, "options" | "report">;

/** So many jobs are shown at most: there is no way to ask a server for those behind. */
const MOST_JOBS = 500;

/** The page of the dashboard, and what it asks for, as far as the server that is watched tells it. */
export function makeDashApp(parts: DashParts): HttpApp {
  const { app, setTokens } = guardedApp(parts);
  const live = new Live(parts.clock, () => show(parts));
  app.route("/api/v1", live.routes());
  app.route("/api/v1", facts(parts));
  return { app, setTokens, close: () => live.close() };
}

/** The next event for all who watch: what the server is like, or why it does not tell. */
async function show(parts: DashParts): Promise<Shown> {
  const { server } = parts;
  try {
    const snapshot = answers.snapshotAnswer(await look.lookAt(parts), server.address);
    const event = eventText("snapshot", snapshot);
    return { eventFor: () => event };
  } catch (error) {
    const event = eventText("gone", { text: messageOf(error) } satisfies GoneAnswer);
    return { eventFor: () => event };
  }
}

function facts(parts: DashParts): Hono<HttpEnv> {
  const { server } = parts;
  const app = new Hono<HttpEnv>();
  app.use("/*", async (c, next) => {
    await next();
    c.header("cache-control", "no-store");
  });
  app.get("/server", async (c) => {
    return c.json(answers.serverAnswer(await look.lookAt(parts), server.address));
  });
  app.get("/functions", (c) => functions(parts, c));
  app.on("GET", [...ONE_FUNCTION], (c) => oneFunction(parts, c));
  app.on("GET", ONE_FUNCTION.map((path) => `${path}/why`), async (c) => {
    const name = textOf(nameIn(c));
    return c.json<WhyAnswer>({ function: name, reasons: await look.whyOf(parts, name) });
  });
  app.get("/jobs", async (c) => c.json(await jobs(parts, c)));
  app.get("/jobs/:handle", (c) => oneJob(parts, c.req.param("handle")));
  app.get("/jobs/:handle/why", async (c) => {
    const handle = c.req.param("handle");
    if (!isWord(handle)) return unknownJob();
    return c.json({ handle, reasons: await look.whyOf(parts, handle) });
  });
  app.get("/uniques", async (c) => {
    const uniques = new Set((await look.uniquesOf(parts)).map(({ unique }) => unique));
    // A job without one is in the list too.
    uniques.delete("");
    const items = [...uniques].slice(0, MOST_JOBS).map((unique) => ({ unique }));
    return c.json<Page<ToldUnique>>({ items, next: null });
  });
  app.get("/dead", async (c) => c.json(await dead(parts, c)));
  app.get("/schedules", async (c) => {
    return c.json({ items: (await look.schedulesOf(parts)).map(scheduleAnswer) });
  });
  app.get("/connections", (c) => connections(parts, c, null));
  app.get("/workers", (c) => connections(parts, c, "worker"));
  app.get("/clients", (c) => connections(parts, c, "client"));
  app.all("/*", () => problem(501, "The server's text commands do not tell this, nor do it"));
  app.onError(answerTo);
  return app;
}

function answerTo(error: Error): Response {
  if (error instanceof BadRequest) return problem(400, error.message);
  if (error instanceof ServerGone) return problem(503, error.message);
  if (error instanceof UnsupportedError || error instanceof CommandRefusedError) {
    return problem(501, `${error.message[0].toUpperCase()}${error.message.slice(1)}.`);
  }
  throw error;
}

const SORT_FIELDS = ["name", "jobs", "waiting", "running", "workers", "failedTotal"] as const;

async function functions(parts: DashParts, c: HttpContext): Promise<Response> {
  const query = new Query(c.req.url, ["filter", "sort", "cursor", "limit"]);
  const filter = query.text("filter")?.toLowerCase() ?? "";
  const [, minus, field] = /^(-?)([^]*)$/.exec(query.text("sort") ?? "name")!;
  const known = SORT_FIELDS.find((name) => name === field);
  if (known === undefined) throw new BadRequest(`sort must be one of ${SORT_FIELDS.join(", ")}`);
  const placeOf = (func: ToldFunction): Place | null =>
    func.name.toLowerCase().includes(filter) ? { name: func.name, value: func[known] ?? -1 } : null;
  const all = (await look.lookAt(parts)).functions.rows.map(answers.functionAnswer);
  return await pageOf(new Portions(), all, {
    placeOf,
    isDescending: minus === "-",
    after: cursorOf(query.text("cursor"), [known === "name" ? "string" : "number", "string"]),
    limit: query.limit(),
  }, (func) => func);
}

async function oneFunction(parts: DashParts, c: HttpContext): Promise<Response> {
  const name = textOf(nameIn(c));
  const { functions, connections } = await look.lookAt(parts);
  const fact = functions.rows.find((each) => each.function === name);
  if (fact === undefined) return unknownFunction();
  const answer: ToldFunctionDetail = {
    ...answers.functionAnswer(fact),
    workerList: connections.rows.filter((peer) => peer.functions.includes(name))
      .map(answers.connectionAnswer),
  };
  return c.json(answer);
}

async function jobs(parts: DashParts, c: HttpContext): Promise<ToldJobs> {
  const query = new Query(c.req.url, [
    ...["function", "state", "handle", "unique", "client"],
    ...["limit", "cursor", "minAge", "payload"],
  ]);
  const seen = await look.lookAt(parts);
  const limit = Math.min(query.limit(), MOST_JOBS);
  const handle = query.text("handle");
  const wanted = {
    function: query.text("function"),
    state: query.text("state"),
    unique: query.text("unique"),
    submitter: query.text("client"),
  };
  for (const name of ["minAge", "payload", "cursor"]) {
    if (query.text(name) !== undefined) {
      throw new UnsupportedError(`jobs cannot be searched by ${name} here`);
    }
  }
  const given = Object.entries(wanted).filter(([, value]) => value !== undefined);
  const selection: JobSelection = Object.fromEntries(given);
  const { at, rows } = handle === undefined
    ? await look.jobsOf(parts, seen, { ...selection, limit: limit + 1 })
    : await jobsWith(parts, seen, handle, selection);
  const items = rows.slice(0, limit).map((job) => answers.jobAnswer(job, at));
  return { items, next: null, isCut: rows.length > limit };
}

/** More than are shown cannot be asked for. */
async function dead(parts: DashParts, c: HttpContext): Promise<ToldDead> {
  const query = new Query(c.req.url, ["function", "limit"]);
  const limit = Math.min(query.limit(), MOST_JOBS);
  const rows = await look.deadOf(parts, query.text("function"), limit + 1);
  return { items: rows.slice(0, limit).map(deadAnswer), next: null, isCut: rows.length > limit };
}

/** The job with a handle, if all else that is asked for fits too. */
async function jobsWith(
  parts: DashParts,
  seen: look.Seen,
  handle: string,
  { submitter, ...wanted }: JobSelection,
): Promise<look.SeenJobs> {
  if (!isWord(handle)) return { at: 0, rows: [] };
  const { at, rows } = await look.jobOf(parts, seen, handle);
  const isMeant = (job: JobFact) => {
    const { connection, address } = job.submitter ?? {};
    return (submitter === undefined || [`${connection}`, address].includes(submitter)) &&
      Object.entries(wanted).every(([name, value]) => job[name as keyof JobFact] === value);
  };
  return { at, rows: rows.filter(isMeant) };
}

async function oneJob(parts: DashParts, handle: string): Promise<Response> {
  const { at, rows: [job] } = await jobsWith(parts, await look.lookAt(parts), handle, {});
  if (job === undefined) {
    return problem(404, "There is no live job with this handle; of others nothing is told here");
  }
  return Response.json(answers.jobAnswer(job, at));
}

/** May a text command have it as one word? */
function isWord(text: string): boolean {
  return text !== "" && !/[\s\p{Cc}]/u.test(text);
}

async function connections(
  parts: DashParts,
  c: HttpContext,
  wanted: "worker" | "client" | null,
): Promise<Response> {
  const { version, connections: { rows } } = await look.lookAt(parts);
  if (wanted === "client" && version.geartrain === null) {
    throw new UnsupportedError("this server does not tell who is a client");
  }
  const query = new Query(c.req.url, ["id", "filter", "sort", "cursor", "limit"]);
  const id = query.number("id");
  const filter = query.text("filter")?.toLowerCase() ?? "";
  const order = connectionOrderIn(query);
  const all = rows.map(answers.connectionAnswer);
  const placeOf = (peer: ToldConnection): Place | null =>
    (wanted === null || peer.role === wanted || peer.role === "both") &&
      (id === undefined || peer.id === id) && hasText(peer, filter)
      ? connectionPlace(peer, order)
      : null;
  return await pageOf(new Portions(), all, {
    placeOf,
    isDescending: order.isDescending,
    after: cursorOf(query.text("cursor"), [isText(order.sort) ? "string" : "number", "number"]),
    limit: query.limit(),
  }, (peer) => peer);
}

function hasText({ id, clientId, address, functions }: ToldConnection, text: string): boolean {
  return [`#${id}`, clientId, address, ...functions]
    .some((word) => word.toLowerCase().includes(text));
}
