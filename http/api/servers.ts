import { Hono } from "hono";
import { messageOf } from "../../router/log/log.ts";
import type { HttpEnv } from "../access/env.ts";
import type { ClusterServer } from "../parts.ts";
import { problem } from "../problem.ts";
import type { ApiParts } from "./parts.ts";
import type { ClusterServerAnswer, ServersAnswer } from "./types.ts";

/** `/servers`: those that share their background jobs, by name. */
export function servers({ parts: { server } }: ApiParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get("/servers", async (c) => {
    const { cluster } = server;
    if (cluster === null) return problem(404, "The server shares its jobs with no others");
    if (cluster.unreachable !== null) return problem(503, cluster.unreachable);
    try {
      const found = [...await cluster.servers()];
      const items = found.sort((a, b) => order(a.name, b.name)).map(answerOf);
      return c.json({ items } satisfies ServersAnswer);
    } catch (error) {
      return problem(503, messageOf(error));
    }
  });
  return app;
}

function answerOf(
  { name, address, version, isThis, claimed, workers, silence }: ClusterServer,
): ClusterServerAnswer {
  return { name, address, version, isThis, claimed, workers, silentSeconds: silence / 1000 };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
