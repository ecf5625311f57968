/**
 * What a release consists of, for the tests that compare the files that make it.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top folder. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The machines that there is a program for. */
export const TARGETS = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "windows-x64"];

/** The text of a file, by its path from the top folder. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}
