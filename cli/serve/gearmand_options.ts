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

/** Names, what their values are called, if they have one, and letters. */
const REFUSED: readonly (readonly [name: string, label?: string, letter?: string])[] = [
  ["protocol", "NAME", "r"],
  ["http-port", "PORT"],
  ["ssl"],
  ["ssl-ca-file", "FILE"],
  ["ssl-certificate", "FILE"],
  ["ssl-key", "FILE"],
  ["libmemcached-servers", "VALUE"],
  ["libmemcached-prefix", "VALUE"],
  ["libsqlite3-table", "VALUE"],
  ["libpq-conninfo", "VALUE"],
  ["libpq-table", "VALUE"],
  ["redis-server", "VALUE"],
  ["redis-port", "VALUE"],
  ["redis-password", "VALUE"],
  ["redis-prefix", "VALUE"],
  ["mysql-host", "VALUE"],
  ["mysql-port", "VALUE"],
  ["mysql-user", "VALUE"],
  ["mysql-password", "VALUE"],
  ["mysql-db", "VALUE"],
  ["mysql-table", "VALUE"],
  ["libtokyocabinet-file", "VALUE"],
  ["store-queue-on-shutdown"],
  ["libtokyocabinet-optimize"],
];

/** By their long names. */
export const GEARMAND_OPTIONS: Rows = {
  ...inGroup("Accepted, without effect", {
    "round-robin": ignored("round-robin", "Functions of a worker always take turns.", "R"),
    threads: ignored("threads", "There is one thread.", "t", "N"),
    "hashtable-buckets": ignored("hashtable-buckets", "Tables grow as needed.", undefined, "N"),
    coredump: ignored("coredump", "The system decides about core dumps."),
  }),
  ...inGroup(NOT_SUPPORTED, Object.fromEntries(REFUSED.map(refused))),
};

function ignored(name: string, help: string, letter?: string, label?: string): Row<string[]> {
  const kind: Kind<string[]> = { label, parse: (text) => text === "false" ? [] : [name] };
  return { sets: "withoutEffect", aliases: letter ? [letter] : [], kind, help };
}

/** An option of gearmand that asks for something that this server does not have. */
function refused(
  [name, label, letter]: (typeof REFUSED)[number],
): [name: string, row: Row<string[]>] {
  const kind: Kind<string[]> = {
    label,
    parse(text) {
      if (label === undefined && text === "false") return [];
      throw new OptionError("this server does not support the option");
    },
  };
  const help = "An option of gearmand; the server does not start with it.";
  return [name, {
    sets: "withoutEffect",
    aliases: letter ? [letter] : [],
    isHidden: true,
    kind,
    help,
  }];
}
