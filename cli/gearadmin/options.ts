import { DEFAULT_PORT } from "../../client/server_address.ts";
import type { ConnectOptions } from "../../transport/transport.ts";
import { type CommonSettings, HELP_OPTION } from "../command.ts";
import { OptionError } from "../options/option_error.ts";
import type { Option, OptionTable } from "../options/option.ts";
import { HOST, PORT } from "../options/server.ts";
import { DEFAULT_HOST } from "../options/servers.ts";
import * as values from "../options/values.ts";

/** What `gearadmin` is told. */
export interface GearadminSettings extends CommonSettings {
  host?: string;
  port?: number;
  getpid?: boolean;
  createFunction?: string;
  dropFunction?: string;
  showJobs?: boolean;
  showUniqueJobs?: boolean;
  cancelJob?: string;
  serverVerbose?: boolean;
  serverVersion?: boolean;
  workers?: boolean;
  priorityStatus?: boolean;
  status?: boolean;
  ssl?: boolean;
}

/** The options of gearadmin; its operations in the order in which it does them. */
export const GEARADMIN_OPTIONS: OptionTable<GearadminSettings> = [
  // That tool waits for ever, knows no unix sockets, and looks at no GEARMAN_SERVERS.
  { ...HOST, default: DEFAULT_HOST, help: "Name or address of the machine.", parse: values.text },
  { ...PORT, help: "TCP port, as a number or a service name." },
  operation("getpid", "getpid", "Process id of the server."),
  named("createFunction", "create-function", "FUNC", "Create a function."),
  named("dropFunction", "drop-function", "FUNC", "Drop a function."),
  operation("showJobs", "show-jobs", "Jobs by handle."),
  operation("showUniqueJobs", "show-unique-jobs", "Jobs by what is unique of them."),
  named("cancelJob", "cancel-job", "HANDLE", "Cancel a job that waits."),
  operation("serverVerbose", "server-verbose", "Log level of the server."),
  operation("serverVersion", "server-version", "Version of the server."),
  operation("workers", "workers", "Connections, and what each can do."),
  operation("priorityStatus", "priority-status", "Functions: waiting jobs by priority, workers."),
  operation("status", "status", "Functions: jobs, running jobs, workers."),
  {
    key: "ssl",
    name: "ssl",
    aliases: ["S"],
    group: "Connection",
    help: "Refused: there is no TLS in this version.",
    parse: (text) => {
      if (values.flag(text)) throw new OptionError("this version has no TLS");
      return false;
    },
  },
  HELP_OPTION,
];

/** Where these settings say that the server is. */
export function gearadminServer(settings: GearadminSettings): ConnectOptions {
  const { host: hostname = DEFAULT_HOST, port = DEFAULT_PORT } = settings;
  return { hostname, port };
}

function operation<Key extends keyof GearadminSettings>(key: Key, name: string, help: string) {
  return { key, name, group: "Operations", help, parse: values.flag } as Option<GearadminSettings>;
}

function named<Key extends keyof GearadminSettings>(
  key: Key,
  name: string,
  value: string,
  help: string,
) {
  const option = { key, name, value, group: "Operations", help, parse: oneLine };
  return option as Option<GearadminSettings>;
}

/** A line feed would begin another command. Spaces are sent, as that tool does. */
function oneLine(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new OptionError(`${JSON.stringify(text)} is more than a line`);
  return text;
}
