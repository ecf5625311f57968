import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";

/**
 * How many files and sockets this process may have open; undefined where neither the system nor a
 * shell tells. The runtimes raise it to the hard limit when they start, but do not tell it: Linux
 * does, and a shell, which inherits it.
 */
export function descriptorLimit(): number | undefined {
  return limitOfLinux() ?? limitOfShell();
}

/** At once, where a shell takes as long as all the rest of the start. Undefined elsewhere. */
function limitOfLinux(): number | undefined {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const [, limit] = /^Max open files +(\d+|unlimited)/m.exec(limits) ?? [];
    return numberOf(limit);
  } catch {
    // Another system, or Deno without all permissions.
    return undefined;
  }
}

function limitOfShell(): number | undefined {
  try {
    // All variables would be more than Deno may read.
    const env = { PATH: process.env.PATH ?? "/usr/bin:/bin" };
    return numberOf(execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8", env }).trim());
  } catch {
    return undefined;
  }
}

function numberOf(limit: string | undefined): number | undefined {
  return limit === "unlimited" ? Infinity : Number(limit) || undefined;
}
