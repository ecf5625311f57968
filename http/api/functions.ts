import { Hono } from "hono";
import type { FunctionQueue, Router } from "../../router/mod.ts";
import type { HttpContext, HttpEnv } from "../access/env.ts";
import { problem } from "../problem.ts";
import { connectionAnswer } from "./connection_answer.ts";
import { cursorOf } from "./cursor.ts";
import { endedByMinute, functionAnswer, minuteAnswers } from "./function_answer.ts";
import { bytesOfUrl, textInList, textOf } from "./json.ts";
import { pageOf, type Place } from "./lists.ts";
import { MOST_CHARACTERS } from "./page.ts";
import type { ApiParts } from "./parts.ts";
import { BadRequest, Query } from "./query.ts";
import type { ConnectionAnswer, FunctionAnswer, FunctionDetailAnswer } from "./types.ts";

/** A function in a URL: by a part of the path, or, as clients take `.` and `..` out of paths, by a parameter. */
export const ONE_FUNCTION = ["/functions/:name", "/function"] as const;
/** A function has so many of its workers listed. */
const MOST_WORKERS = 1000;

/** `/functions`: all of them, and one of them. */
export function functions(api: ApiParts): Hono<HttpEnv> {
  const { parts: { router }, portions } = api;
  const app = new Hono<HttpEnv>();
  app.get("/functions", (c) => list(api, c));
  app.on("GET", [...ONE_FUNCTION], async (c) => {
    const func = functionIn(router, c);
    if (func === undefined) return unknownFunction();
    const workerList: ConnectionAnswer[] = [];
    let length = 0;
    await portions.each(router.peers.now(), (peer) => {
      const isWorker = peer.abilities.some((ability) => ability.func === func);
      if (isWorker) {
        const answer = connectionAnswer(router, peer);
        length += JSON.stringify(answer).length;
        workerList.push(answer);
      }
      return length < MOST_CHARACTERS &&
        workerList.length < Math.min(func.workers, MOST_WORKERS);
    });
    const answer: FunctionDetailAnswer = {
      ...withMinutes(router, func),
      minutes: minuteAnswers(router, func),
      workerList,
    };
    return c.json(answer);
  });
  return app;
}

/** The answer when there is no function of a name. */
export function unknownFunction(): Response {
  return problem(404, "There is no such function", { code: "UNKNOWN_FUNCTION" });
}

/**
 * The name of a function in the path of a request, or behind it in one for `/function`.
 *
 * @throws {BadRequest} if it is not there.
 */
export function nameIn(c: HttpContext): Uint8Array {
  if (c.req.param("name") === undefined) {
    const name = new Query(c.req.url, ["name"]).bytes("name");
    if (name === undefined) throw new BadRequest("name is missing");
    return name;
  }
  const [path] = c.req.url.slice(c.req.url.indexOf("/functions/")).split(/[?#]/);
  return bytesOfUrl(path.split("/")[2]);
}

/** The function that a request is about. */
export function functionIn(router: Router, c: HttpContext): FunctionQueue | undefined {
  const name = nameIn(c);
  return router.functions.find(name, 0, name.length);
}

function withMinutes(router: Router, func: FunctionQueue): FunctionAnswer {
  return { ...functionAnswer(router, func), endedByMinute: endedByMinute(router, func) };
}

/** What lists of functions can be sorted by. */
export const SORT_FIELDS = [
  "name",
  "jobs",
  "waiting",
  "waitingHigh",
  "waitingNormal",
  "waitingLow",
  "scheduled",
  "running",
  "workers",
  "dead",
  "oldestWaitingSeconds",
  "maxQueueHigh",
  "maxQueueNormal",
  "maxQueueLow",
  "submittedTotal",
  "startedTotal",
  "completedTotal",
  "failedTotal",
  "exceptionTotal",
  "lostTotal",
  "timedOutTotal",
  "cancelledTotal",
  "requeuedTotal",
  "refusedTotal",
  "coalescedTotal",
  "submittedPerMinute",
  "endedPerMinute",
  "waitP50",
  "waitP95",
  "waitP99",
  "runP50",
  "runP95",
  "runP99",
] as const satisfies readonly (keyof FunctionAnswer)[];

async function list({ parts: { router }, portions }: ApiParts, c: HttpContext) {
  const query = new Query(c.req.url, ["filter", "sort", "cursor", "limit"]);
  const filter = query.text("filter")?.toLowerCase() ?? "";
  const [, minus, field] = /^(-?)([^]*)$/.exec(query.text("sort") ?? "name")!;
  const known = SORT_FIELDS.find((name) => name === field);
  if (known === undefined) {
    throw new BadRequest("sort must be a field of a function, with - before it for descending");
  }
  const placeOf = (func: FunctionQueue): Place | null => {
    const name = textOf(func.name);
    if (!name.toLowerCase().includes(filter)) return null;
    // One without a value stands with those that have the least.
    const value = known === "name" ? name : valueOf(router, func, known) ?? -1;
    return { name: textInList(func.name), value };
  };
  return await pageOf(
    portions,
    router.functions.values(),
    {
      placeOf,
      isDescending: minus === "-",
      after: cursorOf(query.text("cursor"), [known === "name" ? "string" : "number", "string"]),
      limit: query.limit(),
      worth: CHEAP.includes(known) ? 1 : WORTH_OF_HOUR,
    },
    (func) => withMinutes(router, func),
  );
}

/** What is told without a look at the last hour. */
const CHEAP: readonly string[] = ["name", "jobs", "waiting", "running", "workers", "dead"];
const WORTH_OF_HOUR = 16;

function valueOf(
  router: Router,
  func: FunctionQueue,
  field: Exclude<typeof SORT_FIELDS[number], "name">,
): number | null {
  const facts = router.facts.function(func);
  switch (field) {
    case "jobs":
    case "waiting":
    case "running":
    case "workers":
    case "dead":
      return facts[field];
  }
  return functionAnswer(router, func)[field];
}
