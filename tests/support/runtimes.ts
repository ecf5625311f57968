/**
 * The runtimes that the npm packages brought, for tests that need another than the one they run on.
 *
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const MODULES = join(ROOT, "node_modules");
const SUFFIX = process.platform === "win32" ? ".exe" : "";

/** Deno's program. */
export function denoProgram(): string {
  if (process.versions.deno !== undefined) return process.execPath;
  const [platform] = readdirSync(join(MODULES, "@deno"));
  return join(MODULES, "@deno", platform, `deno${SUFFIX}`);
}

/** Bun's program; `node npm/install_bun.js` puts it where its package looks for it. */
export function bunProgram(): string {
  return process.versions.bun !== undefined ? process.execPath : join(MODULES, "bun/bin/bun.exe");
}

/**
 * Why tests that need the packages of package.json are skipped, or false if there are such. Whoever
 * has Deno and JSR only has none.
 */
export const withoutPackages: string | false = existsSync(join(MODULES, "bun"))
  ? false
  : "npm ci has not been run";

/** Node 22 or later: what `GEARTRAIN_NODE` names, or none. */
export function nodeProgram(): string | undefined {
  const named = process.env.GEARTRAIN_NODE;
  return named !== undefined && existsSync(named) ? named : undefined;
}

/** The configuration of Deno that finds packages where the tests found theirs. */
export function denoConfig(): string {
  const fromNpm = import.meta.resolve("@std/cli/parse-args").startsWith("file:");
  return join(ROOT, fromNpm ? "deno.npm.json" : "deno.json");
}
