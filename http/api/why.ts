import { Hono } from "hono";
import { type Diagnosis, whyFunction, whyJobAnywhere } from "../../router/why.ts";
import type { HttpEnv } from "../access/env.ts";
import { functionIn, nameIn, ONE_FUNCTION, unknownFunction } from "./functions.ts";
import { unknownJob } from "./jobs.ts";
import { textFields } from "./json.ts";
import type { ApiParts } from "./parts.ts";
import { answered, jobAnywhere } from "./shared_jobs.ts";
import type { WhyAnswer } from "./types.ts";

/** Why the jobs of a function, or one job, do not run; or what has become of it. */
export function why({ parts: { router } }: ApiParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.on("GET", ONE_FUNCTION.map((path) => `${path}/why`), (c) => {
    const func = functionIn(router, c);
    if (func === undefined) return unknownFunction();
    const answer: WhyAnswer = {
      ...textFields("function", func.name),
      reasons: whyFunction(router, nameIn(c)),
    };
    return c.json(answer);
  });
  app.get("/jobs/:handle/why", async (c) => {
    const handle = c.req.param("handle");
    const name = (await jobAnywhere(router, handle))?.func.name ??
      router.history?.endedByHandle(handle)?.function;
    if (name === undefined) return unknownJob();
    const reasons = await answered<Diagnosis[]>((tell, fail) => {
      whyJobAnywhere(router, handle, tell, fail);
    });
    const answer: WhyAnswer = { ...textFields("function", name), handle, reasons };
    return c.json(answer);
  });
  return app;
}
