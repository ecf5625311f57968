import { Hono } from "hono";
import { messageOf } from "../router/log/log.ts";
import { RequestCut } from "../transport/http/request.ts";
import { door } from "./access/door.ts";
import type { HttpEnv } from "./access/env.ts";
import { safeHeaders } from "./access/headers.ts";
import { loginPages } from "./access/login.ts";
import { Sessions } from "./access/sessions.ts";
import { Tokens } from "./access/tokens.ts";
import { dashboard } from "./dashboard/mod.ts";
import { limitLasting } from "./lasting.ts";
import type { HttpParts, HttpToken } from "./parts.ts";
import { problem } from "./problem.ts";

/** All that is answered by HTTP. */
export interface HttpApp {
  /** The routes, behind the door. */
  readonly app: Hono<HttpEnv>;
  /** Other tokens hold from now on; who is logged in by one that does not is logged out. */
  setTokens(tokens: readonly HttpToken[]): void;
  /** Ends what goes on in it. */
  close(): void;
}

/** Who may come in, where they log in, and the page of the dashboard: what it asks for is still to be added. */
export function guardedApp(
  { options, clock, report }: Pick<HttpParts, "options" | "clock" | "report">,
): Omit<HttpApp, "close"> {
  const tokens = new Tokens(options.tokens);
  const sessions = new Sessions(tokens, clock);
  const app = new Hono<HttpEnv>();
  app.use(safeHeaders);
  app.use(door({ options, tokens, sessions }));
  app.use(limitLasting());
  app.use((c, next) => Promise.resolve(dashboard(c.req.raw) ?? next()));
  app.route("/", loginPages(tokens, sessions));
  app.notFound(() => problem(404, "There is nothing here"));
  app.onError((error, c) => {
    // Nobody waits for an answer to what was broken off.
    const isBrokenOff = c.req.raw.signal.aborted || error instanceof RequestCut;
    if (!isBrokenOff) report(messageOf(error));
    return problem(500, "Something went wrong; the log says more");
  });
  return { app, setTokens: (changed) => tokens.replace(changed) };
}
