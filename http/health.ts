import { Hono } from "hono";
import type { HttpEnv } from "./access/env.ts";
import type { HttpParts } from "./parts.ts";
import { problem } from "./problem.ts";

const FRESH = { "cache-control": "no-store" };

/**
 * `/healthz`: the process answers. `/readyz`: it serves, or 503 with the reason why it does not: stored
 * jobs are being read, a stop has begun, the store is lost or cannot be reached. Below `ready` stands, a
 * line each, what is wrong with the engine of a shared queue; whoever asks shows no token, so that no names
 * are told.
 */
export function health({ router, server }: HttpParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get("/healthz", (c) => c.text("ok\n", 200, FRESH));
  app.get("/readyz", (c) => {
    const reason = router.facts.notReady();
    return reason === null
      ? c.text(["ready", ...troublesOf(server)].map((line) => `${line}\n`).join(""), 200, FRESH)
      : problem(503, reason.text, { code: reason.code });
  });
  return app;
}

function troublesOf({ cluster }: HttpParts["server"]): string[] {
  const troubles = (cluster?.health ?? []).filter(({ trouble }) => trouble !== null);
  return troubles.map(({ name, value }) => `warning: ${name} is ${value}`);
}
