import { DEFAULT_PORT, parseServerAddress } from "../../client/server_address.ts";
import { OptionError } from "./option_error.ts";
import type { OptionTable } from "./option.ts";
import { DEFAULT_HOST } from "./server.ts";
import * as values from "./values.ts";

/** Which servers. */
export interface ServersSettings {
  /** Addresses, with or without a port. */
  host?: string[];
  /** The port of those without. */
  port?: number;
  /** Path of a unix socket. */
  socket?: string;
}

/** The options of every command that takes any number of servers. */
export const SERVERS_OPTIONS: OptionTable<ServersSettings> = [
  {
    key: "host",
    name: "host",
    aliases: ["h"],
    group: "Servers",
    value: "HOST",
    repeatable: true,
    default: DEFAULT_HOST,
    help: "HOST, HOST:PORT, [IPV6]:PORT or unix:PATH; several with commas, or several times.",
    parse: (text) => text.split(",").map(address),
  },
  {
    key: "port",
    name: "port",
    aliases: ["p"],
    group: "Servers",
    value: "PORT",
    default: `${DEFAULT_PORT}`,
    help: "TCP port of the hosts without one, as a number or a service name.",
    parse: values.port,
  },
  {
    key: "socket",
    name: "socket",
    group: "Servers",
    value: "PATH",
    help: "A unix socket, the same as -h unix:PATH.",
    parse: values.text,
  },
];

/** Where these settings say that the servers are, as the module's clients and workers take it. */
export function serverAddresses(settings: ServersSettings): string[] {
  const { host = [], port = DEFAULT_PORT, socket } = settings;
  if (port === 0) throw new OptionError("-p/--port: nobody listens on port 0");
  const sockets = socket === undefined ? [] : [`unix:${socket}`];
  const hosts = host.length + sockets.length > 0 ? host : [DEFAULT_HOST];
  return [...hosts.map((text) => withPort(text, port)), ...sockets];
}

function withPort(text: string, port: number): string {
  const { target } = parseServerAddress(text);
  if (!("hostname" in target) || target.hostname === undefined) return text;
  if (/^(\[.*\]|[^:]*):\d+$/.test(text)) return text;
  return target.hostname.includes(":") ? `[${target.hostname}]:${port}` : `${text}:${port}`;
}

function address(text: string): string {
  try {
    parseServerAddress(text);
    return text;
  } catch (error) {
    throw new OptionError((error as Error).message);
  }
}
