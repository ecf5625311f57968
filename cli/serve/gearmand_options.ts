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

/** By what their values are called; those under `FLAG` have none. */
const REFUSED = {
  NAME: ["protocol"],
  PORT: ["http-port"],
  FLAG: ["ssl", "store-queue-on-shutdown", "libtokyocabinet-optimize"],
  FILE: ["ssl-ca-file", "ssl-certificate", "ssl-key"],
  VALUE: [
    ...["libmemcached-servers", "libmemcached-prefix"],
    ...["libsqlite3-table", "libpq-conninfo", "libpq-table"],
    ...["redis-server", "redis-port", "redis-password", "redis-prefix"],
    ...["mysql-host", "mysql-port", "mysql-user", "mysql-password", "mysql-db", "mysql-table"],
    "libtokyocabinet-file",
  ],
};

/** By their long names. */
export const GEARMAND_OPTIONS: Rows = {
  ...inGroup("Accepted, without effect", {
    "round-robin": ignored("round-robin", "Functions of a worker always take turns.", "R"),
    threads: ignored("threads", "There is one thread.", "t", "N"),
    "hashtable-buckets": ignored("hashtable-buckets", "Tables grow as needed.", undefined, "N"),
    coredump: ignored("coredump", "The system decides about core dumps."),
  }),
  ...inGroup(
    NOT_SUPPORTED,
    Object.fromEntries(
      Object.entries(REFUSED).flatMap(([label, names]) =>
        names.map((name) => [name, refused(name, label === "FLAG" ? undefined : label)])
      ),
    ),
  ),
};

function ignored(name: string, help: string, letter?: string, label?: string): Row<string[]> {
  const kind: Kind<string[]> = { label, parse: (text) => text === "false" ? [] : [name] };
  return { sets: "withoutEffect", aliases: letter ? [letter] : [], kind, help };
}

/** An option of gearmand that asks for something that this server does not have. */
function refused(name: string, label: string | undefined): Row<string[]> {
  const kind: Kind<string[]> = {
    label,
    parse(text) {
      if (label === undefined && text === "false") return [];
      throw new OptionError("this server does not support the option");
    },
  };
  const help = "An option of gearmand; the server does not start with it.";
  const aliases = name === "protocol" ? ["r"] : [];
  return { sets: "withoutEffect", aliases, isHidden: true, kind, help };
}
