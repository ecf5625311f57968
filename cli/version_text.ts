import process from "node:process";
import { commitOfBuild } from "../transport/machine.ts";
import { runtimeText } from "../transport/process_usage.ts";
import { VERSION } from "../version.ts";

/**
 * What `--version` shows: the version, the commit that a binary was built from, and the runtime with
 * the system.
 */
export function versionText(): string {
  const commit = commitOfBuild();
  const built = commit === "" ? [] : [`commit ${commit}`];
  const details = [...built, runtimeText(), `${process.platform}-${process.arch}`];
  return `geartrain ${VERSION} (${details.join(", ")})\n`;
}
