import { statSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { OptionError } from "../options/option_error.ts";

/** Executable by anybody. On Deno, to ask whether it is so by us takes leave of its own. */
const EXECUTABLE = 0o111;

/**
 * Makes sure that a program can be run, before there are jobs that would fail by it.
 *
 * @param name a path, or a name to look for in the directories of PATH.
 * @throws {OptionError} when there is none.
 */
export function checkCommand(name: string): void {
  // Windows has its own ways to find one.
  if (process.platform === "win32") return;
  if (name.includes("/")) {
    if (isExecutable(name)) return;
    throw new OptionError(`${JSON.stringify(name)} is not a program that can be run`);
  }
  const directories = (process.env.PATH ?? "/usr/bin:/bin").split(delimiter);
  if (directories.some((directory) => isExecutable(join(directory, name)))) return;
  throw new OptionError(`there is no command ${JSON.stringify(name)}`);
}

function isExecutable(path: string): boolean {
  try {
    const stats = statSync(path);
    return stats.isFile() && (stats.mode & EXECUTABLE) !== 0;
  } catch (error) {
    // On Deno, a program that may run the command need not be allowed to look for it.
    return (error as Error).name === "NotCapable";
  }
}
