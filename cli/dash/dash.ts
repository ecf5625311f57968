/**
 * `geartrain dash`. `watched_server.ts` asks the server, `look.ts` what there is, `answers.ts` makes what
 * the page of the dashboard takes of that, and `dash_app.ts` serves both.
 * @module
 */
import { text } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { HTTP_OPTIONS } from "../../server/http_options.ts";
import { type Command, command } from "../command.ts";
import {
  SERVER_ROWS,
  serverAddressText,
  type ServerSettings,
  serverTimeout,
} from "../options/servers.ts";
import { type HttpSetting, parseHttpAddress } from "../serve/listen_address.ts";

/** Not that of the examples of `geartrain serve --http`, so that both can run on one machine. */
const DEFAULT_PORT = 4781;

const { host, ...OTHERS } = SERVER_ROWS;

const ROWS = {
  ...inGroup("Server", { server: { ...host, aliases: ["h", "host"] } }),
  ...OTHERS,
  ...inGroup("HTTP", {
    http: {
      repeatable: true,
      kind: {
        label: "ADDRESS",
        parse: (given: string): HttpSetting[] => [parseHttpAddress(given)],
      },
      defaultText: `${DEFAULT_PORT}`,
      help:
        "Serve the dashboard there: PORT of this machine only, HOST:PORT, [IPV6]:PORT, *:PORT " +
        "for all addresses, or unix:PATH; port 0 is any free one. Beyond this machine it needs " +
        "--http-token-file. May be repeated.",
    },
    httpTokenFile: {
      kind: text("FILE"),
      defaultText: "none: whoever can connect is let in",
      help:
        "Let in only who shows one of the tokens in this file, one a line. SIGHUP reads it again.",
    },
  }),
  httpNames: HTTP_OPTIONS.httpNames,
};

/** `geartrain dash`: the dashboard for any Gearman server. */
export const DASH: Command = command({
  name: "dash",
  summary: "Serve the dashboard for any Gearman server.",
  usage: "[--server HOST:PORT] [OPTIONS]",
  introduction:
    "Serves the page that geartrain serve --http has, for a server of any kind: as far " +
    "as the server's text commands tell. gearmand and Perl's server tell what waits, what runs " +
    "and who can do it; how jobs ended, geartrain alone. Nothing can be ordered. The server is " +
    "asked once a second while somebody looks, and not at all while nobody does.",
  rows: ROWS,
  examples: [
    ["geartrain dash --server jobs1:4730", `Then open http://127.0.0.1:${DEFAULT_PORT}/.`],
    [
      "geartrain dash --server jobs1 --http '*:8080' --http-token-file tokens",
      "For others, who log in with a token.",
    ],
  ],
  sections: [{
    title: "Exit status",
    rows: [
      ["0", "It was ended by Ctrl-C or SIGTERM. A server that does not answer does not end it."],
      ["1", "It cannot listen, or an option is wrong."],
    ],
  }],
}, dash);

async function dash(
  { server: host, http, httpTokenFile, httpNames = [], ...others }: SettingsOf<typeof ROWS>,
): Promise<number> {
  const settings: ServerSettings = { ...others, host };
  const server = serverAddressText(settings);
  const { runDash } = await import("./run_dash.ts");
  return await runDash({
    server,
    timeout: serverTimeout(settings),
    http: http ?? [{ host: "127.0.0.1", port: DEFAULT_PORT }],
    tokenFile: httpTokenFile,
    names: httpNames,
  });
}
