import { flag, inProgram, integer, type Kind, OptionError } from "../options/kinds.ts";
import { checkOptions, inGroup, type Row } from "../options/rows.ts";
import type { HttpToken } from "../http/parts.ts";
import type { Target } from "../router/options.ts";
import { checkTargets, targetList } from "./targets.ts";
import type { ListenOptions } from "../transport/transport.ts";

export type { HttpToken } from "../http/parts.ts";

/** Where to serve HTTP: on a TCP port, or on a unix socket. */
export type HttpPlace =
  | {
    /** TCP port; 0 for any free one. */
    readonly port: number;
    /**
     * The address to listen on, `"*"` for all. Beyond this machine a token is needed.
     * @default {"127.0.0.1"}
     */
    readonly hostname?: string;
  }
  | {
    /** Path of a unix socket. */
    readonly path: string;
    /** Permission bits of its file, such as `0o660`. */
    readonly mode?: number;
    /** Number of the group that its file is given to. */
    readonly group?: number;
  };

/** How a server serves HTTP. */
export interface HttpSettings {
  /**
   * Serve HTTP there: metrics, health, a JSON API and a dashboard. With an empty list the server is
   * ready to, see `Server.serveHttp`. Without it nothing of that is loaded; Deno imports it from where
   * this module came from, or reads it there, which the program must be allowed to.
   */
  readonly http?: readonly HttpPlace[];
  /** Who may use HTTP; everybody who can connect if there are none. */
  readonly httpTokens?: readonly HttpToken[];
  /**
   * Nothing is ordered by HTTP.
   * @default {false}
   */
  readonly httpReadOnly?: boolean;
  /**
   * All users of HTTP may see the payloads of jobs.
   * @default {false}
   */
  readonly httpPayloads?: boolean;
  /** Names that this server has for users of HTTP, besides `localhost` and its addresses. */
  readonly httpNames?: readonly string[];
  /**
   * How long jobs should wait and run at most, for the metrics `gearman_slo_...`: the first one that
   * fits a function counts.
   */
  readonly targets?: readonly Target[];
  /**
   * How many functions have metrics of their own; the others are put together.
   * @default {1000}
   */
  readonly httpMetricFunctions?: number;
}

const MOST_METRIC_FUNCTIONS = 100_000;

/** A name as a Host header has it. */
const hostNames: Kind<readonly string[]> = {
  ...inProgram(
    ["array"],
    "a list of host names without ports",
    (names: readonly string[]) => names.every((name) => HOST_NAME.test(name)),
  ),
  label: "NAME",
  parse(text) {
    if (HOST_NAME.test(text)) return [text];
    throw new OptionError(`must be a host name without a port, not ${JSON.stringify(text)}`);
  },
};
const HOST_NAME = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i;

/** Every option of {@linkcode HttpSettings}. */
export const HTTP_OPTIONS: {
  readonly [Name in keyof HttpSettings]-?: Row<NonNullable<HttpSettings[Name]>>;
} = {
  http: { kind: inProgram(["array"], "a list of places such as { port: 4780 }") },
  httpTokens: { kind: inProgram(["array"], "a list of tokens such as { token }") },
  ...inGroup("HTTP", {
    httpReadOnly: {
      kind: flag,
      default: false,
      help: "Nothing is ordered by HTTP: no submit, no cancel, no change.",
    },
    httpPayloads: {
      kind: flag,
      default: false,
      help: "Everybody who may use HTTP may see the payloads of jobs.",
    },
    httpNames: {
      name: "http-name",
      repeatable: true,
      kind: hostNames,
      defaultText: "localhost and the addresses that HTTP is served on",
      help: "A further name by which browsers and programs call this server; a request for " +
        "another name is refused. May be repeated.",
    },
    targets: {
      name: "slo",
      repeatable: true,
      kind: targetList,
      defaultText: "none",
      help:
        "Count how many jobs keep to a target, as FUNC=wait:5s,run:30s: wait for a worker, and " +
        "run, so long at most. * and ? in FUNC stand for any characters. May be repeated.",
    },
    httpMetricFunctions: {
      kind: integer(1, MOST_METRIC_FUNCTIONS),
      default: 1000,
      help: "How many functions have metrics of their own; the others together are 'other'.",
    },
  }),
};

const MAX_INT = 2 ** 31 - 1;
const ofTcp = {
  port: { kind: integer(0, 65535) },
  hostname: { kind: inProgram<string>(["string"], "an address", (text) => text !== "") },
};
const ofUnix = {
  path: { kind: inProgram<string>(["string"], "a path", (text) => text !== "") },
  mode: { kind: integer(0, 0o777) },
  group: { kind: integer(0, MAX_INT) },
};
const ofToken = {
  token: {
    kind: inProgram<string>(["string"], "16 characters or more without white space", isSecret),
  },
  readOnly: { kind: flag },
  payloads: { kind: flag },
};

/** Is it long enough that nobody guesses it, and can a header have it? */
export function isSecret(token: string): boolean {
  return /^[\x21-\x7e]{16,}$/.test(token);
}

const TOKENS = "Option httpTokens must have objects such as { token }";

/**
 * Checks where HTTP is to be served, and for whom.
 *
 * @throws {TypeError} for an unknown name, or a value of another type.
 * @throws {RangeError} for a value out of range, or a place beyond this machine without tokens.
 */
export function checkHttp({ http = [], httpTokens = [], targets }: HttpSettings): void {
  checkTargets(targets);
  for (const token of httpTokens) {
    checkOptions(
      ofToken,
      token,
      TOKENS,
      "httpTokens.",
    );
    if (typeof token.token !== "string") throw new TypeError(TOKENS);
  }
  for (const place of http) checkHttpPlace(place, httpTokens);
}

/** Checks one place where HTTP is to be served. */
export function checkHttpPlace(place: HttpPlace, tokens: readonly HttpToken[]): void {
  const isUnix = typeof place === "object" && place !== null && "path" in place;
  const example = "Option http must have objects such as { port: 4780 } or { path }";
  checkOptions(isUnix ? ofUnix : ofTcp, place, example, "http.");
  if (isUnix) return;
  if (typeof place.port !== "number") throw new TypeError(example);
  const { hostname = LOOPBACK } = place;
  if (tokens.length > 0 || isLoopback(hostname)) return;
  throw new RangeError(
    `HTTP on ${hostname} can be reached from other machines: that needs a token (--http-token-file)`,
  );
}

const LOOPBACK = "127.0.0.1";

/** Can only this machine connect there? */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Where the sockets of a place listen. */
export function listenOptionsOf(place: HttpPlace): ListenOptions {
  if ("path" in place) return place;
  const { port, hostname = LOOPBACK } = place;
  return { port, hostname: hostname === "*" ? undefined : hostname };
}
