import type { TextConnection } from "./text_connection.ts";
import { namedRows, status } from "./listings.ts";

// deno-lint-ignore no-control-regex
const IN_NO_WORD = /[\x00-\x20\x7f]/g;
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f]/g;

/**
 * A function as a word of a text command. A name with spaces or control characters has to be escaped
 * there, which geartrain alone understands, and only of a function that it has.
 *
 * @throws {Error} when the server would not take the word for this function.
 */
export async function functionWord(server: TextConnection, name: string): Promise<string> {
  if (name === "") throw new TypeError("The name of the function is empty");
  const word = wordOf(name);
  if (word === name) return name;
  const shown = JSON.stringify(name);
  if ((await serverVersion(server)).geartrain === null) {
    throw new Error(`this server takes no name with spaces in a text command: ${shown}`);
  }
  const names = new Set((await status(server)).map((row) => row.function));
  if (word !== listed(name) && names.has(word)) {
    throw new Error(
      `a text command for ${shown} would mean the function ${word}, which there is too`,
    );
  }
  if (names.has(listed(name))) return word;
  throw new Error(
    `the server has no function ${shown}, and a text command creates none with spaces in its name`,
  );
}

/**
 * The unique of a job as a word of a text command, likewise.
 *
 * @throws {Error} when geartrain would take the word for another unique.
 */
export async function uniqueWord(server: TextConnection, unique: string): Promise<string> {
  const word = wordOf(unique);
  if (word === unique) return word;
  const [job] = await namedRows(server, `list jobs unique=${word} limit=1`, "handle");
  if (job === undefined || job.text("unique") === listed(unique)) return word;
  const shown = JSON.stringify(unique);
  throw new Error(
    `a text command for ${shown} would mean the unique ${word}, which a job has too`,
  );
}

/** @throws {TypeError} when the server would not take this for one word of a command line. */
export function plainWord(what: string, word: string): string {
  // Space, control characters: a line feed would begin another command.
  if (word !== "" && !/[\s\p{Cc}]/u.test(word)) return word;
  throw new TypeError(
    `A ${what} must have no space and no control character: ${JSON.stringify(word)}`,
  );
}

/** A name as geartrain lists it, with escaped control characters. */
export function listed(name: string): string {
  return name.replace(CONTROL, escaped);
}

/** A name as one word, escaped as geartrain understands it. */
export function wordOf(name: string): string {
  return name.replace(IN_NO_WORD, escaped);
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** What a server says of its version. */
export interface ServerVersion {
  /** As it says it: `1.1.20+ds`, `v1.130.1`, `2.0.0+geartrain.0.1.0`. */
  readonly version: string;
  /** Of geartrain; null if it is another server. */
  readonly geartrain: string | null;
}

/** Which server it is, in a few words. */
export function brand({ version, geartrain }: ServerVersion): string {
  return geartrain === null ? `version ${version}` : `geartrain ${geartrain}`;
}

/** Is it Perl's server? All others begin with a digit. */
export function isPerls({ version }: ServerVersion): boolean {
  return /^v\d/.test(version);
}

export async function serverVersion(server: TextConnection): Promise<ServerVersion> {
  const version = (await server.ask("version")).replace(/^OK /, "");
  const [, geartrain = null] = /\+geartrain\.(\S+)$/.exec(version) ?? [];
  return { version, geartrain };
}
