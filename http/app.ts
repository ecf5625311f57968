import { Hono } from "hono";
import { messageOf } from "../router/log/log.ts";
import { RequestCut } from "../transport/http/request.ts";
import { door } from "./access/door.ts";
import type { HttpEnv } from "./access/env.ts";
import { safeHeaders } from "./access/headers.ts";
import { loginPages } from "./access/login.ts";
import { Sessions } from "./access/sessions.ts";
import { Tokens } from "./access/tokens.ts";
import { api } from "./api/mod.ts";
import { dashboard } from "./dashboard/mod.ts";
import { form } from "./form.ts";
import { health } from "./health.ts";
import { limitLasting } from "./lasting.ts";
import { Live } from "./live.ts";
import { LoopDelay } from "./metrics/loop_delay.ts";
import { metrics } from "./metrics/mod.ts";
import type { HttpParts, HttpToken } from "./parts.ts";
import { Portions } from "./portions.ts";
import { problem } from "./problem.ts";
import { BackgroundSubmits } from "./submit/background.ts";
import { WaitingClients } from "./submit/waiting_clients.ts";

/** All that a server answers by HTTP. */
export interface HttpApp {
  /** The routes, behind the door. */
  readonly app: Hono<HttpEnv>;
  /** Other tokens hold from now on; who is logged in by one that does not is logged out. */
  setTokens(tokens: readonly HttpToken[]): void;
  /** Ends what goes on in it. */
  close(): void;
}

/** Puts it together: who may come in, then each subject with its routes. */
export function makeApp(parts: HttpParts): HttpApp {
  const { options, clock, report } = parts;
  const tokens = new Tokens(options.tokens);
  const sessions = new Sessions(tokens, clock);
  const loopDelay = new LoopDelay(clock);
  const portions = new Portions(clock);
  const app = new Hono<HttpEnv>();
  app.use(safeHeaders);
  app.use(door({ options, tokens, sessions }));
  app.use(limitLasting());
  app.use((c, next) => Promise.resolve(dashboard(c.req.raw) ?? next()));
  app.route("/", health(parts));
  app.route("/", metrics(parts, loopDelay, portions));
  app.route("/", loginPages(tokens, sessions));
  const { router } = parts;
  const apiParts = { parts, portions, loopDelay };
  const live = new Live(apiParts);
  const submits = {
    background: new BackgroundSubmits(router),
    clients: new WaitingClients(router),
  };
  app.route("/api/v1", live.routes());
  app.route("/api/v1", api(apiParts, submits));
  app.route("/", form(router, submits));
  app.notFound(() => problem(404, "There is nothing here"));
  app.onError((error, c) => {
    // Nobody waits for an answer to what was broken off.
    const isBrokenOff = c.req.raw.signal.aborted || error instanceof RequestCut;
    if (!isBrokenOff) report(messageOf(error));
    return problem(500, "Something went wrong; the log says more");
  });
  return {
    app,
    setTokens: (changed) => tokens.replace(changed),
    close() {
      loopDelay.stop();
      live.close();
      submits.clients.close();
    },
  };
}
