import { readFileSync, rmSync, statSync } from "node:fs";

/** A socket file that nobody listens on is left over from a crash: it would block the address. */
export function removeStaleSocket(path: string): void {
  try {
    if (!statSync(path).isSocket()) return;
    const live = readFileSync("/proc/net/unix", "utf8").split("\n")
      .some((line) => line.endsWith(` ${path}`));
    if (!live) rmSync(path);
  } catch {
    // No such file, or no way to tell: listening will say what is wrong.
  }
}
