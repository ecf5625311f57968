import { execFileSync } from "node:child_process";

/**
 * The commit of the sources at hand, shortened, with a plus sign if they were changed since; `""`
 * where they are under no version control. Binaries tell it by `--version`.
 */
export function commit(): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const changed = git("status", "--porcelain", "--untracked-files=no") === "" ? "" : "+";
    return git("rev-parse", "--short=10", "HEAD") + changed;
  } catch {
    return "";
  }
}
