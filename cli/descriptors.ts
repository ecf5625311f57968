import { readFileSync } from "node:fs";
import { OptionError } from "./option_error.ts";

/** Descriptors that the server itself needs: listeners, log, runtime, and some to spare. */
const RESERVED = 64;
/** Where the system does not tell its limit. */
const ASSUMED_LIMIT = 1024;

/**
 * How many connections fit below the limit of open files.
 *
 * @param wanted what `--file-descriptors` says.
 * @throws {OptionError} when the system allows less than that.
 */
export function connectionsWithin(wanted: number | undefined): number {
  const hard = hardLimit();
  if (wanted !== undefined && wanted > hard) {
    throw new OptionError(
      `--file-descriptors: ${wanted} are wanted, the system allows ${hard}; ` +
        "raise it with `ulimit -n` or LimitNOFILE= of systemd",
    );
  }
  return Math.max(1, (wanted ?? hard) - RESERVED);
}

/** The runtimes raise the limit to the hard one themselves. */
function hardLimit(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)!;
    return hard === "unlimited" ? Infinity : Number(hard);
  } catch {
    return ASSUMED_LIMIT;
  }
}
