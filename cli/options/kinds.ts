/** Kinds of values that only the program has: ports by name, stores, when they are written, and times. */
import {
  duration,
  integer,
  type Kind,
  OptionError,
  orOptionError,
  wrong,
} from "../../options/kinds.ts";
import { isPostgresUrl, parsePostgresUrl } from "../../store/postgres/connection/url.ts";
import type { SyncTime } from "../../store/sqlite/wal_sync.ts";
import { textOf } from "../../transport/machine.ts";

const MAX_PORT = 65535;
/** Where Unix systems keep the names of services and their ports. */
const SERVICES = "/etc/services";

/** A TCP port: its number, or the name of a service that this machine knows. */
export const port: Kind<number> = {
  ...integer(0, MAX_PORT, "PORT"),
  parse(text) {
    if (/^\d+$/.test(text)) {
      if (Number(text) <= MAX_PORT) return Number(text);
      throw wrong(text, `a port from 0 to ${MAX_PORT}`);
    }
    const known = serviceNamed(text);
    if (known !== undefined) return known;
    throw wrong(text, "a port number or a service name that this machine knows");
  },
};

/** The TCP port of a service by one of its names; undefined if the system does not know it. */
function serviceNamed(name: string): number | undefined {
  for (const line of textOf(SERVICES).split("\n")) {
    const [service, portAndProtocol = "", ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    const [port, protocol] = portAndProtocol.split("/");
    if (protocol === "tcp" && [service, ...aliases].includes(name)) return Number(port);
  }
  return undefined;
}

/** Where jobs are kept: in a file of SQLite, or in the PostgreSQL of a URL. */
export type StorePlace = { readonly file: string } | { readonly url: string };

/** A store such as `sqlite:/var/lib/geartrain/queue.db` or `postgres://geartrain@db.example/jobs`. */
export const storePlace: Kind<StorePlace> = {
  label: "STORE",
  parse(text) {
    const [, kind, place] = /^([a-z0-9]+):(.*)$/s.exec(text) ?? [];
    if (kind === undefined || place === "") {
      throw wrong(text, "a store such as sqlite:FILE or postgres://USER@HOST/DATABASE");
    }
    if (kind === "sqlite") return { file: place };
    if (isPostgresUrl(text)) {
      orOptionError(() => parsePostgresUrl(text));
      return { url: text };
    }
    const known = '"sqlite" and "postgres"';
    throw new OptionError(`there is no kind of store ${JSON.stringify(kind)}, only ${known}`);
  },
};

/** Longest time between two syncs, in milliseconds. */
const LONGEST_SYNC = 60_000;

/** `always`, `off`, or a time such as `10ms`; a number alone is in milliseconds. */
export const syncTime: Kind<SyncTime> = {
  label: "WHEN",
  parse(text) {
    const word = text.toLowerCase();
    if (word === "always" || word === "off") return word;
    const time = duration(word, "ms");
    if (Number.isInteger(time) && time >= 1 && time <= LONGEST_SYNC) return time;
    throw wrong(text, `"always", "off" or a time from 1ms to ${LONGEST_SYNC}ms`);
  },
};

/** `+SECONDS`, Unix seconds or an ISO date. */
export const time: Kind<Date> = {
  label: "TIME",
  parse(text) {
    const date = new Date(epochTime(text));
    if (!Number.isNaN(date.getTime())) return date;
    throw wrong(text, "+SECONDS, seconds since 1970 or a date such as 2026-12-24T18:00");
  },
};

/** Milliseconds since the Unix epoch; a text if JavaScript itself can read it. */
function epochTime(text: string): number | string {
  if (/^\+\d/.test(text)) return Date.now() + duration(text, "s") * 1000;
  // Fewer digits are a date without its hyphens or a mistake, more digits are milliseconds.
  if (/^\d{9,11}(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  // JavaScript reads a date alone as UTC, and a date with a time as local time.
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `${text}T00:00`;
  return /^\d{4}-\d\d-\d\d/.test(text) ? text.replace(" ", "T") : NaN;
}

/** The longest time that servers take for a job, in milliseconds: 10 years. */
const LONGEST_TIME = 3650 * 24 * 3600 * 1000;

/** Milliseconds that a job may wait, as a time such as `500ms` or `10m`, or a number of seconds. */
export function timeOfJob(least: 0 | 1): Kind<number> {
  return {
    label: "TIME",
    parse(text) {
      const value = Math.ceil(duration(text, "s") * 1000);
      if (value >= least && value <= LONGEST_TIME) return value;
      const range = least === 0 ? "at most 10 years" : "more than 0 and at most 10 years";
      throw wrong(text, `a number of seconds or a time such as 500ms or 10m, ${range}`);
    },
  };
}
