/**
 * Options of gearmand that change nothing here, and those that this server cannot honour.
 *
 * @module
 */
import { OptionError } from "../options/option_error.ts";
import type { OptionFor } from "../options/option.ts";
import type { ServeSettings } from "./settings.ts";

/** They are understood, so that a command line written for gearmand can stay as it is. */
export const GEARMAND_OPTIONS: readonly OptionFor<ServeSettings, "withoutEffect">[] = [
  ignored("round-robin", "R", undefined, "Functions of a worker always take turns."),
  ignored("threads", "t", "N", "There is one thread."),
  ignored("hashtable-buckets", undefined, "N", "Tables grow as needed."),
  ignored("coredump", undefined, undefined, "The system decides about core dumps."),
  {
    key: "withoutEffect",
    name: "queue-type",
    aliases: ["q"],
    group: "Accepted, without effect",
    value: "TYPE",
    help: "Only 'builtin', which keeps jobs in memory, is supported.",
    parse: queueType,
  },

  refused("protocol", "r", "NAME"),
  refused("http-port", undefined, "PORT"),
  refused("ssl"),
  refused("ssl-ca-file", undefined, "FILE"),
  refused("ssl-certificate", undefined, "FILE"),
  refused("ssl-key", undefined, "FILE"),
  ...[
    "libmemcached-servers",
    "libmemcached-prefix",
    "libsqlite3-db",
    "libsqlite3-table",
    "libpq-conninfo",
    "libpq-table",
    "redis-server",
    "redis-port",
    "redis-password",
    "redis-prefix",
    "mysql-host",
    "mysql-port",
    "mysql-user",
    "mysql-password",
    "mysql-db",
    "mysql-table",
    "libtokyocabinet-file",
  ].map((name) => refused(name, undefined, "VALUE")),
  refused("store-queue-on-shutdown"),
  refused("libtokyocabinet-optimize"),
];

function ignored(
  name: string,
  letter: string | undefined,
  value: string | undefined,
  help: string,
): OptionFor<ServeSettings, "withoutEffect"> {
  return {
    key: "withoutEffect",
    name,
    aliases: letter === undefined ? [] : [letter],
    group: "Accepted, without effect",
    value,
    help,
    parse: (text) => text === "false" ? [] : [name],
  };
}

/** An option of gearmand that asks for something that this server has not. */
function refused(
  name: string,
  letter?: string,
  value?: string,
): OptionFor<ServeSettings, "withoutEffect"> {
  return {
    key: "withoutEffect",
    name,
    aliases: letter === undefined ? [] : [letter],
    group: "Not supported",
    isHidden: true,
    value,
    help: "An option of gearmand; the server does not start with it.",
    parse(text) {
      if (value === undefined && text === "false") return [];
      throw new OptionError("this server does not support the option");
    },
  };
}

function queueType(text: string): string[] {
  if (text.toLowerCase() === "builtin") return [];
  throw new OptionError(`the queue type ${JSON.stringify(text)} is not supported, only "builtin"`);
}
