import { readFileSync } from "node:fs";
import { OptionError, text } from "../../options/kinds.ts";
import type { Row } from "../../options/rows.ts";

/** The option that names a file with the password for PostgreSQL. */
export const STORE_PASSWORD_FILE = {
  kind: text("FILE"),
  defaultText: "PGPASSWORD, or what ~/.pgpass says",
  help: "The password for PostgreSQL is the first line of this file.",
} as const satisfies Row<string>;

/**
 * The password in such a file; undefined without one.
 *
 * @throws {OptionError} when it cannot be read, or there is none in it; it does not quote any.
 */
export function passwordIn(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const wrong = (why: string) => new OptionError(`--store-password-file: ${path}: ${why}`);
  let content;
  try {
    content = readFileSync(path, "utf8");
  } catch (error) {
    throw wrong((error as Error).message);
  }
  const [password] = content.split(/\r?\n/, 1);
  if (password === "") throw wrong("there is no password in its first line");
  return password;
}
