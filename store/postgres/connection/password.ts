import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { PostgresHost, PostgresUrl } from "./url.ts";

/**
 * The password for a host: what was given, what the URL has, `PGPASSWORD`, or what stands in the file
 * of passwords (`PGPASSFILE`, or `.pgpass` at home); undefined if there is none.
 */
export function passwordFor(
  url: PostgresUrl,
  host: PostgresHost,
  given: string | undefined,
): string | undefined {
  return given ?? url.password ?? variable("PGPASSWORD") ?? passwordInFile(url, host);
}

/** A variable of the environment; undefined if it is not set, empty, or not allowed to be read. */
function variable(name: string): string | undefined {
  try {
    return process.env[name] || undefined;
  } catch {
    return undefined;
  }
}

/** Like PostgreSQL's own programs, it reads no file that others than its owner can read. */
function passwordInFile({ user, database }: PostgresUrl, host: PostgresHost): string | undefined {
  const home = variable("HOME");
  const path = variable("PGPASSFILE") ?? (home && join(home, ".pgpass"));
  if (path === undefined) return undefined;
  let text: string;
  try {
    if ((statSync(path).mode & 0o077) !== 0 && process.platform !== "win32") return undefined;
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  const wanted = [host.host, String(host.port), database, user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const fields = fieldsOf(line);
    const fits = wanted.every((value, index) => fields[index] === "*" || fields[index] === value);
    if (fits && fields.length === 5) return fields[4];
  }
  return undefined;
}

/** The parts between colons; a backslash takes the meaning from what follows it. */
function fieldsOf(line: string): string[] {
  const fields = line.match(/(?:^|:)(?:\\.|[^:\\])*/g) ?? [];
  return fields.map((field, index) => field.slice(index === 0 ? 0 : 1).replace(/\\(.)/g, "$1"));
}
