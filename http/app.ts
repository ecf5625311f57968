import { api } from "./api/mod.ts";
import { form } from "./form.ts";
import { guardedApp, type HttpApp } from "./guarded.ts";
import { health } from "./health.ts";
import { Live } from "./live.ts";
import { LoopDelay } from "./metrics/loop_delay.ts";
import { metrics } from "./metrics/mod.ts";
import type { HttpParts } from "./parts.ts";
import { Portions } from "./portions.ts";
import { showSnapshot } from "./snapshot.ts";
import { BackgroundSubmits } from "../server/background_submits.ts";
import { WaitingClients } from "./submit/waiting_clients.ts";

/** Puts together what a server answers by HTTP: who may come in, then each subject with its routes. */
export function makeApp(parts: HttpParts): HttpApp {
  const { router, clock } = parts;
  const loopDelay = new LoopDelay(clock);
  const portions = new Portions(clock);
  const apiParts = { parts, portions, loopDelay };
  const live = new Live(clock, () => showSnapshot(apiParts));
  const submits = {
    background: new BackgroundSubmits(router),
    clients: new WaitingClients(router),
  };
  const { app, setTokens } = guardedApp(parts);
  app.route("/", health(parts));
  app.route("/", metrics(parts, loopDelay, portions));
  app.route("/api/v1", live.routes());
  app.route("/api/v1", api(apiParts, submits));
  app.route("/", form(router, submits));
  return {
    app,
    setTokens,
    close() {
      loopDelay.stop();
      live.close();
      submits.clients.close();
    },
  };
}
