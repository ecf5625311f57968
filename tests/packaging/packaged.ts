/**
 * What a release consists of, for the tests that compare the files that make it.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TARGETS as BUILT } from "../../build/targets.ts";
import { ROOT } from "../support/runtimes.ts";

export { ROOT };

/** The machines that there is a program for. */
export const TARGETS: readonly string[] = BUILT.map(({ name }) => name).sort();

/** The text of a file, by its path from the top folder. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}
