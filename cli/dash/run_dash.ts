import process from "node:process";
import type { HttpPlace, Listener } from "../../mod.ts";
import { parseServerAddress } from "../../client/server_address.ts";
import { messageOf } from "../../router/log/log.ts";
import { HttpService } from "../../server/http.ts";
import { loadOnDemand } from "../../on_demand.ts";
import { systemClock } from "../../transport/event_loop.ts";
import { addressText } from "../../transport/socket_errors.ts";
import { onInterrupt, signalsHere } from "../interrupts.ts";
import { failed } from "../command.ts";
import { print } from "../output.ts";
import { httpOnHost, readTokens } from "../serve/http_listening.ts";
import type { HttpSetting } from "../serve/listen_address.ts";
import type { Open } from "../serve/listening.ts";
import { WatchedServer } from "./watched_server.ts";

type DashApp = typeof import("./dash_app.ts");

/** What `geartrain dash` is to do. */
export interface DashSettings {
  /** Address of the server that is watched. */
  readonly server: string;
  /** Milliseconds in which it must have answered. */
  readonly timeout: number;
  readonly http: readonly HttpSetting[];
  readonly tokenFile: string | undefined;
  readonly names: readonly string[];
}

/**
 * Serves the dashboard until somebody interrupts it; returns the exit status.
 *
 * @throws {RangeError} for a place beyond this machine without tokens.
 * @throws {ListenError} when it cannot listen at one of the places.
 */
export async function runDash(settings: DashSettings): Promise<number> {
  const { tokenFile, names: httpNames } = settings;
  const address = parseServerAddress(settings.server).name;
  const server = new WatchedServer(settings.server, address, systemClock, settings.timeout);
  const report = (message: string) => void failed(message);
  const httpTokens = tokenFile === undefined ? [] : readTokens(tokenFile);
  const service = new HttpService({ httpTokens, httpReadOnly: true, httpNames }, {
    async load(options) {
      const { makeDashApp } = await loadOnDemand<DashApp>("cli/dash/dash_app");
      return makeDashApp({ options, clock: systemClock, report, server });
    },
    log: { write: (_level, message) => report(message) },
    report,
  });
  const interrupted = new Promise<void>((resolve) => onInterrupt(() => resolve()));
  if (tokenFile !== undefined) rereadAtHup(service, tokenFile);
  try {
    const open: Open<HttpPlace> = (place) => service.serve(place);
    const listeners: Listener[] = [];
    for (const place of settings.http) {
      if ("path" in place) listeners.push(await open(place));
      else listeners.push(...await httpOnHost(open, place));
    }
    print(`The dashboard of ${address} is at ${listeners.map(urlOf).join(", ")}\n`);
    await interrupted;
    return 0;
  } finally {
    await service.close();
    await server.close();
  }
}

function urlOf({ addr }: Listener): string {
  return addr.transport === "tcp" ? `http://${addressText(addr)}/` : addressText(addr);
}

/** Other tokens hold after SIGHUP; if they cannot be read, the former ones. */
function rereadAtHup(service: HttpService, path: string): void {
  const [hup] = signalsHere("SIGINT", "SIGHUP").filter((signal) => signal === "SIGHUP");
  if (hup === undefined) return;
  process.on(hup, async () => {
    try {
      await service.setTokens(readTokens(path));
    } catch (error) {
      failed(`${messageOf(error)}; the former tokens hold`);
    }
  });
}
