import { addressText } from "../../transport/socket_errors.ts";
import type { ConnectOptions } from "../../transport/transport.ts";
import { DEFAULT_PORT } from "../../client/server_address.ts";
import type { OptionTable } from "./option.ts";
import * as values from "./values.ts";

/** Which server is asked, and how long it may take. */
export interface ServerSettings {
  host?: string;
  port?: number;
  /** Path of a unix socket. */
  socket?: string;
  /** Seconds. */
  timeout?: number;
}

/** Where a server is unless somebody says otherwise. */
export const DEFAULT_HOST = "localhost";
const DEFAULT_TIMEOUT = 5;

/** The options of every command that asks one server. */
export const SERVER_OPTIONS: OptionTable<ServerSettings> = [
  {
    key: "host",
    name: "host",
    aliases: ["h"],
    group: "Server",
    value: "HOST",
    default: DEFAULT_HOST,
    help: "Name or address of the machine.",
    parse: values.text,
  },
  {
    key: "port",
    name: "port",
    aliases: ["p"],
    group: "Server",
    value: "PORT",
    default: `${DEFAULT_PORT}`,
    help: "TCP port, as a number or a service name.",
    parse: values.port,
  },
  {
    key: "socket",
    name: "socket",
    group: "Server",
    value: "PATH",
    help: "A unix socket instead of a host and a port.",
    parse: values.text,
  },
  {
    key: "timeout",
    name: "timeout",
    group: "Server",
    value: "SECONDS",
    default: `${DEFAULT_TIMEOUT}`,
    help: "How long the server may take to answer.",
    parse: values.seconds,
  },
];

/** Where these settings say that the server is. */
export function serverAddress(settings: ServerSettings): ConnectOptions {
  const { host: hostname = DEFAULT_HOST, port = DEFAULT_PORT, socket: path } = settings;
  return path === undefined ? { hostname, port } : { path };
}

/** The same for people. */
export function serverName(settings: ServerSettings): string {
  return addressText(serverAddress(settings));
}

/** How long the server may take, in milliseconds. */
export function serverTimeout({ timeout = DEFAULT_TIMEOUT }: ServerSettings): number {
  return timeout * 1000;
}
