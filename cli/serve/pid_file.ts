import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import process from "node:process";
import { errorText, openFile } from "./open_file.ts";
import { OptionError } from "../../options/kinds.ts";
import type { User } from "./user.ts";
import { systemOutput, textOf } from "../../transport/machine.ts";

/** Not left to the umask: whoever can write a process id into the file has others kill that process. */
const MODE = 0o644;
/** More bytes than a number and its line end take. */
const LONGEST = 32;
/** By how many seconds the clocks of files and of processes may differ. */
const TOLERANCE = 2;

/**
 * Writes the process id and a line end. A file that is there is overwritten, but not a link, and not
 * one of a process that still runs.
 *
 * @param user who is to own the file, if this process becomes that user.
 * @returns a function that removes the file, unless another process has written it since. It throws
 * when it cannot.
 * @throws {OptionError} when the file cannot be written, or belongs to another process.
 */
export function writePidFile(path: string, user?: User): () => void {
  const content = `${process.pid}\n`;
  let descriptor: number | undefined;
  try {
    descriptor = openFile(path, { flags: constants.O_RDWR, mode: MODE, user, followsLink: false });
    const { ino, dev } = fstatSync(descriptor);
    refuseIfTaken(descriptor);
    ftruncateSync(descriptor, 0);
    const bytes = new TextEncoder().encode(content);
    writeSync(descriptor, bytes, 0, bytes.length, 0);
    return () => removeOwn(path, content, ino, dev);
  } catch (error) {
    throw new OptionError(`cannot write the pid file ${path}: ${errorText(error, user)}`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** After a crash the number may be that of another process, which is younger than the file. */
function refuseIfTaken(descriptor: number): void {
  const bytes = new Uint8Array(LONGEST);
  const text = new TextDecoder().decode(
    bytes.subarray(0, readSync(descriptor, bytes, 0, LONGEST, 0)),
  );
  const [, digits] = /^(\d{1,10})\s*$/.exec(text) ?? [];
  const pid = Number(digits);
  if (digits === undefined || pid === 0 || pid === process.pid) return;
  const age = secondsSinceStart(pid);
  if (age === null) return;
  const ageOfFile = (Date.now() - fstatSync(descriptor).mtimeMs) / 1000;
  if (age + TOLERANCE >= ageOfFile) throw new Error(`process ${pid}, which runs, has written it`);
}

function removeOwn(path: string, content: string, ino: number, dev: number): void {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.ino !== ino || found.dev !== dev) return;
    if (readFileSync(path, "utf8") === content) rmSync(path);
  } catch (error) {
    throw new Error(`The pid file ${path} stays: ${errorText(error)}`);
  }
}

/** Linux counts the times of processes in this unit, whatever its own clock does. */
const TICKS_PER_SECOND = 100;
/** Where the start and the state of a process are in its line, counted from behind its name. */
const STATE = 0;
const START = 19;
const ZOMBIE = "Z";

/** Deno reads in /proc only with all permissions, and other systems have no /proc. */
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
  const [stat, uptime] = [textOf(`/proc/${pid}/stat`), textOf("/proc/uptime")];
  if (stat !== "" && uptime !== "") return stat + uptime;
  return systemOutput("sh", "-c", LOOK, "sh", String(pid)) ?? "";
}

/** `ps` writes `[[days-]hours:]minutes:seconds`. */
function secondsIn(etime: string): number | null {
  const parts = /^\s*(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)\s*$/.exec(etime);
  if (parts === null) return null;
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}
