import process from "node:process";
import { VERSION } from "../version.ts";

/** Bun replaces this name by the text when it builds a binary. */
declare const GEARTRAIN_COMMIT: string | undefined;

/**
 * What `--version` shows: the version, the commit that a binary was built from, and the runtime with
 * the system.
 */
export function versionText(): string {
  // Binaries that Deno builds have it in their environment.
  const { GEARTRAIN_COMMIT: ofDeno = "" } = process.env;
  const commit = typeof GEARTRAIN_COMMIT === "string" ? GEARTRAIN_COMMIT : ofDeno;
  const built = commit === "" ? [] : [`commit ${commit}`];
  const details = [...built, runtime(), `${process.platform}-${process.arch}`];
  return `geartrain ${VERSION} (${details.join(", ")})\n`;
}

function runtime(): string {
  const { deno, bun, node } = process.versions;
  if (deno !== undefined) return `Deno ${deno}`;
  return bun === undefined ? `Node ${node}` : `Bun ${bun}`;
}
