/**
 * Options of gearmand that change nothing here, and those that this server cannot honour. They are
 * understood, so that a command line written for gearmand can stay as it is.
 *
 * @module
 */
import { type Kind, OptionError } from "../../options/kinds.ts";
import { inGroup, type Row, type Rows } from "../../options/rows.ts";
import type { AnyOption } from "../options/option.ts";

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

export const GEARMAND_OPTIONS: Rows = {
  ...inGroup("Accepted, without effect", {
    "round-robin": ignored("round-robin", "Functions of a worker always take turns.", "R"),
    threads: ignored("threads", "There is one thread.", "t", "N"),
    "hashtable-buckets": ignored("hashtable-buckets", "Tables grow as needed.", undefined, "N"),
    coredump: ignored("coredump", "The system decides about core dumps."),
  }),
  ...inGroup(NOT_SUPPORTED, {
    ...refused("protocol", "NAME", ["r"]),
    ...refused("http-port", "PORT"),
    ...refused("ssl store-queue-on-shutdown libtokyocabinet-optimize"),
    ...refused("ssl-ca-file ssl-certificate ssl-key", "FILE"),
    ...refused("libmemcached-servers libmemcached-prefix", "VALUE"),
    ...refused("libsqlite3-table libpq-conninfo libpq-table libtokyocabinet-file", "VALUE"),
    ...refused("redis-server redis-port redis-password redis-prefix", "VALUE"),
    ...refused("mysql-host mysql-port mysql-user mysql-password mysql-db mysql-table", "VALUE"),
  }),
};

function ignored(name: string, help: string, letter?: string, label?: string): Row<string[]> {
  const kind: Kind<string[]> = { label, parse: (text) => text === "false" ? [] : [name] };
  return { sets: "withoutEffect", aliases: letter ? [letter] : [], kind, help };
}

/** Options of gearmand that ask for something that this server does not have, by their names. */
function refused(names: string, label?: string, aliases: readonly string[] = []): Rows {
  const kind: Kind<string[]> = {
    label,
    parse(text) {
      if (label === undefined && text === "false") return [];
      throw new OptionError("this server does not support the option");
    },
  };
  const help = "An option of gearmand; the server does not start with it.";
  const row = { sets: "withoutEffect", aliases, isHidden: true, kind, help } as const;
  return Object.fromEntries(names.split(" ").map((name) => [name, row]));
}
