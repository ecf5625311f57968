import process from "node:process";
import { VERSION } from "../version.ts";

/** Bun replaces this name by the text when it builds a binary. */
declare const GEARTRAIN_COMMIT: string | undefined;

/** The commit that a binary was built from; Deno's have it in their environment. */
function commitOfBuild(): string {
  if (typeof GEARTRAIN_COMMIT === "string") return GEARTRAIN_COMMIT;
  return process.env.GEARTRAIN_COMMIT ?? "";
}

/**
 * What `--version` shows: the version, the commit that a binary was built from, and the runtime with
 * the system.
 */
export function versionText(): string {
  const commit = commitOfBuild();
  const built = commit === "" ? [] : [`commit ${commit}`];
  const details = [...built, runtime(), `${process.platform}-${process.arch}`];
  return `geartrain ${VERSION} (${details.join(", ")})\n`;
}

function runtime(): string {
  const { deno, bun, node } = process.versions;
  if (deno !== undefined) return `Deno ${deno}`;
  return bun === undefined ? `Node ${node}` : `Bun ${bun}`;
}
