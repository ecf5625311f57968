/**
 * Options of gearmand that change nothing here, and those that this server cannot honour.
 *
 * @module
 */
import { OptionError } from "../options/option_error.ts";
import type { AnyOption, OptionFor } from "../options/option.ts";
import { oneOf, text } from "../options/values.ts";
import type { ServeSettings } from "./settings.ts";

/** What gearmand has to say that jobs are kept in SQLite. */
export const GEARMAND_STORE_OPTIONS: readonly (
  | OptionFor<ServeSettings, "queueType">
  | OptionFor<ServeSettings, "libsqlite3Db">
)[] = [
  {
    key: "queueType",
    name: "queue-type",
    aliases: ["q"],
    group: "Durability",
    value: "TYPE",
    default: "builtin",
    help: "As in gearmand: 'builtin' keeps jobs in memory, 'libsqlite3' in --libsqlite3-db.",
    parse: oneOf("builtin", "libsqlite3"),
  },
  {
    key: "libsqlite3Db",
    name: "libsqlite3-db",
    group: "Durability",
    value: "FILE",
    help: "As in gearmand: the same as --store sqlite:FILE, with --queue-type libsqlite3.",
    parse: text,
  },
];

const NOT_SUPPORTED = "Not supported";
/** Those of them that switch something on; the others only say details of it. */
const ASKING = ["protocol", "ssl"];

/**
 * Is this option only a detail of something that this server does not support, and that another option
 * switches on? `--mysql-host`, say, means nothing to gearmand without `--queue-type MySQL`.
 */
export function isDetail({ group, name }: AnyOption): boolean {
  return group === NOT_SUPPORTED && !ASKING.includes(name);
}

/** They are understood, so that a command line written for gearmand can stay as it is. */
export const GEARMAND_OPTIONS: readonly OptionFor<ServeSettings, "withoutEffect">[] = [
  ignored("round-robin", "R", undefined, "Functions of a worker always take turns."),
  ignored("threads", "t", "N", "There is one thread."),
  ignored("hashtable-buckets", undefined, "N", "Tables grow as needed."),
  ignored("coredump", undefined, undefined, "The system decides about core dumps."),
  refused("protocol", "r", "NAME"),
  refused("http-port", undefined, "PORT"),
  refused("ssl"),
  refused("ssl-ca-file", undefined, "FILE"),
  refused("ssl-certificate", undefined, "FILE"),
  refused("ssl-key", undefined, "FILE"),
  ...[
    "libmemcached-servers",
    "libmemcached-prefix",
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
    group: NOT_SUPPORTED,
    isHidden: true,
    value,
    help: "An option of gearmand; the server does not start with it.",
    parse(text) {
      if (value === undefined && text === "false") return [];
      throw new OptionError("this server does not support the option");
    },
  };
}
