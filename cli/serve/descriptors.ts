import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { OptionError } from "../options/option_error.ts";
import { searchPath } from "./search_path.ts";

/**
 * Descriptors that are for no connection: those of the runtime, listeners, log and store, 35 or so, of
 * peers that are about to close, and of those who ask a full server what is wrong.
 */
const RESERVED = 96;
/** Where the system does not tell its limit. */
const ASSUMED_LIMIT = 1024;

/**
 * How many connections fit below the limit of open files.
 *
 * @param wanted what `--file-descriptors` says.
 * @throws {OptionError} when the system allows less than that, or it is too little to serve anybody.
 */
export function connectionsWithin(wanted: number | undefined, limit = descriptorLimit()): number {
  if (wanted !== undefined && wanted > limit) {
    throw new OptionError(
      `-f/--file-descriptors: this process may have only ${limit}; ` +
        "raise the hard limit first, with ulimit -Hn or LimitNOFILE= of systemd",
    );
  }
  const connections = (wanted ?? limit) - RESERVED;
  if (connections > 0) return connections;
  throw new OptionError(
    `-f/--file-descriptors: ${wanted ?? limit} is too low; ${RESERVED} are for the server itself`,
  );
}

/**
 * How many files and sockets this process may have open. The runtimes raise it to the hard limit
 * when they start, but do not tell it: Linux does, and a shell, which inherits it.
 */
export function descriptorLimit(): number {
  return limitOfLinux() ?? limitOfShell();
}

/** At once, where a shell takes as long as all the rest of the start. Undefined elsewhere. */
function limitOfLinux(): number | undefined {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const [, limit] = /^Max open files +(\d+|unlimited)/m.exec(limits) ?? [];
    return limit === "unlimited" ? Infinity : Number(limit) || undefined;
  } catch {
    // Another system, or Deno without all permissions.
    return undefined;
  }
}

function limitOfShell(): number {
  try {
    const options = { encoding: "utf8", env: searchPath() } as const;
    const limit = execFileSync("sh", ["-c", "ulimit -n"], options).trim();
    return limit === "unlimited" ? Infinity : Number(limit) || ASSUMED_LIMIT;
  } catch {
    return ASSUMED_LIMIT;
  }
}
