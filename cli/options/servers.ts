import { hostAndPort } from "../../protocol/mod.ts";
import process from "node:process";
import { DEFAULT_PORT, parseServerAddress } from "../../client/server_address.ts";
import { OptionError, orOptionError, seconds, text } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { port } from "./kinds.ts";
import type { ConnectOptions } from "../../transport/transport.ts";

/** Where the server is if neither an option nor the environment names one. */
export const DEFAULT_HOST = "localhost";
/** The environment variable that names servers, with commas between them, also for libgearman. */
const VARIABLE = "GEARMAN_SERVERS";

/** The default of the options that name servers, for their help. */
const DEFAULT_SERVERS = `$${VARIABLE}, or ${DEFAULT_HOST}`;

const portRow = { aliases: ["p"], kind: port, default: DEFAULT_PORT };
const socket = { kind: text("PATH"), help: "A unix socket, the same as -h unix:PATH." };

/** The options of every command that takes any number of servers. */
export const SERVERS_ROWS = inGroup("Servers", {
  host: {
    aliases: ["h"],
    repeatable: true,
    kind: { label: "HOST", parse: serverNames },
    defaultText: DEFAULT_SERVERS,
    help: "HOST, HOST:PORT, [IPV6]:PORT or unix:PATH; several with commas, or several times.",
  },
  port: { ...portRow, help: "TCP port of the hosts without one, as a number or a service name." },
  socket,
});

type ServersSettings = SettingsOf<typeof SERVERS_ROWS>;

function serverNames(text: string): string[] {
  const names = text.split(",").map((each) => each.trim());
  for (const name of names) orOptionError(() => parseServerAddress(name));
  return names;
}

/**
 * Where these settings say that the servers are, or the environment if they say nothing, as the
 * module's clients and workers take it.
 *
 * @throws {OptionError} when the environment names something that is not a server.
 */
export function serverAddresses(
  settings: ServersSettings,
  environment: NodeJS.ProcessEnv = process.env,
): string[] {
  const { host, port, socket } = settings;
  if (host === undefined && port === undefined && socket === undefined) {
    return fromEnvironment(environment) ?? [withPort(DEFAULT_HOST, DEFAULT_PORT)];
  }
  if (port === 0) throw new OptionError("-p/--port: must be a port from 1 to 65535, not 0");
  const sockets = socket === undefined ? [] : [`unix:${socket}`];
  const hosts = host ?? (socket === undefined ? [DEFAULT_HOST] : []);
  return [...hosts.map((text) => withPort(text, port ?? DEFAULT_PORT)), ...sockets];
}

function fromEnvironment(environment: NodeJS.ProcessEnv): string[] | null {
  const text = environment[VARIABLE]?.trim() ?? "";
  if (text === "") return null;
  const names = orOptionError(() => serverNames(text), `${VARIABLE}: `);
  return names.map((each) => withPort(each, DEFAULT_PORT));
}

function withPort(text: string, port: number): string {
  const { target } = parseServerAddress(text);
  if (!("hostname" in target) || target.hostname === undefined) return text;
  if (/^(\[.*\]|[^:]*):\d+$/.test(text)) return text;
  return hostAndPort(target.hostname, port);
}

const DEFAULT_TIMEOUT = 5;

/** The options of every command that asks one server, but for `gearadmin`. */
export const SERVER_ROWS = inGroup("Server", {
  host: {
    aliases: ["h"],
    kind: { label: "HOST", parse: oneServer },
    defaultText: DEFAULT_SERVERS,
    help: "HOST, HOST:PORT, [IPV6]:PORT or unix:PATH.",
  },
  port: { ...portRow, help: "TCP port if -h has none, as a number or a service name." },
  socket,
  timeout: {
    kind: seconds,
    default: DEFAULT_TIMEOUT,
    help: "How long the server may take to connect and answer in full.",
  },
});

/** Which server is asked, and how long it may take, in seconds. */
export type ServerSettings = SettingsOf<typeof SERVER_ROWS>;

/**
 * Where these settings, or the environment, say that the server is.
 *
 * @throws {OptionError} when they name more than one.
 */
export function serverAddress(
  settings: ServerSettings,
  environment?: NodeJS.ProcessEnv,
): ConnectOptions {
  return parseServerAddress(serverAddressText(settings, environment)).target as ConnectOptions;
}

/** The same as text: `host:port`, `[::1]:port` or `unix:/path`. */
export function serverAddressText(
  settings: ServerSettings,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const { host, port, socket } = settings;
  const named = { host: host === undefined ? undefined : [host], port, socket };
  const [server, ...others] = serverAddresses(named, environment);
  if (others.length > 0) {
    throw new OptionError(
      socket === undefined
        ? "GEARMAN_SERVERS names several servers: choose one of them with -h"
        : "-h/--host: given together with --socket",
    );
  }
  return server;
}

export function serverTimeout({ timeout = DEFAULT_TIMEOUT }: ServerSettings): number {
  return timeout * 1000;
}

function oneServer(text: string): string {
  const [server, ...others] = serverNames(text);
  if (others.length > 0) throw new OptionError(`${JSON.stringify(text)} is more than one server`);
  return server;
}
