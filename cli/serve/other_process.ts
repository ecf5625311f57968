import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { searchPath } from "./search_path.ts";

/** Linux counts the times of processes in these, whatever its own clock does. */
const TICKS_PER_SECOND = 100;
/** Where the start and the state of a process are in its line, counted from behind its name. */
const STATE = 0;
const START = 19;
const ZOMBIE = "Z";

/** Deno lets nobody read in /proc who has not all permissions; elsewhere there is none. */
const LOOK = 'cat "/proc/$1/stat" /proc/uptime 2>/dev/null || ps -o etime= -p "$1"';

/**
 * How long a process has been running, in seconds; null if there is none of that number, or the system
 * does not tell.
 */
export function secondsSinceStart(pid: number): number | null {
  const text = lookedAt(pid);
  const [, ended, uptime] = /\) (.*)\n([\d.]+) /s.exec(text) ?? [];
  if (ended === undefined) return secondsIn(text);
  const fields = ended.split(" ");
  return fields[STATE] === ZOMBIE
    ? null
    : Number(uptime) - Number(fields[START]) / TICKS_PER_SECOND;
}

function lookedAt(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8") + readFileSync("/proc/uptime", "utf8");
  } catch {
    // The next way.
  }
  try {
    return execFileSync("sh", ["-c", LOOK, "sh", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: searchPath(),
    });
  } catch {
    return "";
  }
}

/** `ps` writes `[[days-]hours:]minutes:seconds`. */
function secondsIn(etime: string): number | null {
  const parts = /^\s*(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)\s*$/.exec(etime);
  if (parts === null) return null;
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}
