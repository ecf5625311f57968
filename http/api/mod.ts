/**
 * The JSON API under `/api/v1`: a file for each subject. What is shown comes from the facts and the
 * history of the router, what is ordered goes to its operations.
 *
 * @module
 */
import { Hono } from "hono";
import type { HttpEnv } from "../access/env.ts";
import { problem } from "../problem.ts";
import { connections } from "./connections.ts";
import { dead } from "./dead.ts";
import { functions } from "./functions.ts";
import { jobs } from "./jobs.ts";
import { openApi } from "./openapi.ts";
import { orders } from "./orders.ts";
import type { ApiParts } from "./parts.ts";
import { pauses } from "./pauses.ts";
import { Refused, refused } from "./problems.ts";
import { BadRequest } from "./query.ts";
import { schedules } from "./schedules.ts";
import { serverAnswer } from "./server_answer.ts";
import { servers } from "./servers.ts";
import { submit, type Submits } from "./submit.ts";
import { why } from "./why.ts";

/** The routes of the API. */
export function api(parts: ApiParts, submits: Submits): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.use("/*", async (c, next) => {
    await next();
    c.header("cache-control", "no-store");
  });
  app.get("/server", (c) => c.json(serverAnswer(parts, c.var.rights)));
  const document = openApi(parts.parts.server.version);
  app.get("/openapi.json", (c) => c.json(document));
  app.route("/", servers(parts));
  app.route("/", functions(parts));
  app.route("/", why(parts));
  app.route("/", jobs(parts));
  app.route("/", connections(parts));
  app.route("/", orders(parts));
  app.route("/", pauses(parts));
  app.route("/", dead(parts));
  app.route("/", schedules(parts));
  app.route("/", submit(parts, submits));
  app.onError((error) => {
    if (error instanceof BadRequest) return problem(400, error.message);
    if (error instanceof Refused) return refused(error.refusal);
    throw error;
  });
  return app;
}
