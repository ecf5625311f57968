import process from "node:process";
import { DEFAULT_PORT, parseServerAddress } from "../../client/server_address.ts";
import { OptionError, seconds, text } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { addressText } from "../../transport/socket_errors.ts";
import type { ConnectOptions } from "../../transport/transport.ts";
import { areFromEnvironment, DEFAULT_SERVERS, serverAddresses, serverNames } from "./servers.ts";
import { port } from "./kinds.ts";

const DEFAULT_TIMEOUT = 5;

/** The options of every command that asks one server, but for `gearadmin`. */
export const SERVER_ROWS = inGroup("Server", {
  host: {
    aliases: ["h"],
    kind: { label: "HOST", parse: oneServer },
    defaultText: DEFAULT_SERVERS,
    help: "HOST, HOST:PORT, [IPV6]:PORT or unix:PATH.",
  },
  port: {
    aliases: ["p"],
    kind: port,
    default: DEFAULT_PORT,
    help: "TCP port if -h has none, as a number or a service name.",
  },
  socket: { kind: text("PATH"), help: "A unix socket, the same as -h unix:PATH." },
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
  environment: NodeJS.ProcessEnv = process.env,
): ConnectOptions {
  const { host, port, socket } = settings;
  const named = { host: host === undefined ? undefined : [host], port, socket };
  const [server, ...others] = serverAddresses(named, environment);
  if (others.length > 0) {
    throw new OptionError(
      areFromEnvironment(named, environment)
        ? "GEARMAN_SERVERS names several servers: choose one of them with -h"
        : "-h/--host: given together with --socket",
    );
  }
  return parseServerAddress(server).target as ConnectOptions;
}

/** The same for people. */
export function serverName(settings: ServerSettings): string {
  return addressText(serverAddress(settings));
}

/** How long the server may take, in milliseconds. */
export function serverTimeout({ timeout = DEFAULT_TIMEOUT }: ServerSettings): number {
  return timeout * 1000;
}

function oneServer(text: string): string {
  const [server, ...others] = serverNames(text);
  if (others.length > 0) throw new OptionError(`${JSON.stringify(text)} is more than one server`);
  return server;
}
