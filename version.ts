/**
 * Version of geartrain: the same as in deno.json and package.json.
 *
 * @example
 * ```ts
 * import { VERSION } from "@geartrain/server";
 * import { assertMatch } from "@std/assert";
 *
 * assertMatch(VERSION, /^\d+\.\d+\.\d+/);
 * ```
 */
export const VERSION = "0.1.0";

/**
 * What the server answers to the text command `version`: the release of gearmand that it does the
 * same as, which libraries compare, then the version of geartrain. Debian's gearmand says `1.1.20+ds`
 * in the same form.
 */
export const SERVER_VERSION: string = `2.0.0+geartrain.${VERSION}`;
