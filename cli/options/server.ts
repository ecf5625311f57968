import process from "node:process";
import { DEFAULT_PORT, parseServerAddress } from "../../client/server_address.ts";
import { addressText } from "../../transport/socket_errors.ts";
import type { ConnectOptions } from "../../transport/transport.ts";
import { OptionError } from "./option_error.ts";
import type { OptionTable } from "./option.ts";
import { areFromEnvironment, DEFAULT_SERVERS, serverAddresses, serverNames } from "./servers.ts";
import * as values from "./values.ts";

/** Which server is asked, and how long it may take. */
export interface ServerSettings {
  /** Its address, with or without a port. */
  host?: string;
  port?: number;
  /** Path of a unix socket. */
  socket?: string;
  /** Seconds. */
  timeout?: number;
}

const DEFAULT_TIMEOUT = 5;

/** What options with these names have in common in all commands that ask one server. */
export const HOST = {
  key: "host",
  name: "host",
  aliases: ["h"],
  group: "Server",
  value: "HOST",
} as const;
/** See {@linkcode HOST}. */
export const PORT = {
  key: "port",
  name: "port",
  aliases: ["p"],
  group: "Server",
  value: "PORT",
  default: `${DEFAULT_PORT}`,
  parse: values.port,
} as const;

/** The options of every command that asks one server, but for `gearadmin`. */
export const SERVER_OPTIONS: OptionTable<ServerSettings> = [
  {
    ...HOST,
    default: DEFAULT_SERVERS,
    help: "HOST, HOST:PORT, [IPV6]:PORT or unix:PATH.",
    parse: oneServer,
  },
  { ...PORT, help: "TCP port if -h has none, as a number or a service name." },
  {
    key: "socket",
    name: "socket",
    group: "Server",
    value: "PATH",
    help: "A unix socket, the same as -h unix:PATH.",
    parse: values.text,
  },
  {
    key: "timeout",
    name: "timeout",
    group: "Server",
    value: "SECONDS",
    default: `${DEFAULT_TIMEOUT}`,
    help: "How long the server may take to connect and answer in full.",
    parse: values.seconds,
  },
];

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
