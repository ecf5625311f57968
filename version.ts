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
