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
import { errorText } from "./error_text.ts";
import { openFile } from "./open_file.ts";
import { OptionError } from "../options/option_error.ts";
import { secondsSinceStart } from "./other_process.ts";
import type { User } from "./user.ts";

/** Whatever the umask is: who can write a process id there has others kill that process. */
const MODE = 0o644;
/** More than a number and its line end have. */
const LONGEST = 32;
/** Clocks of files and of processes differ by less, in seconds. */
const TOLERANCE = 2;

/**
 * Writes the process id and a line end. A file that is there is overwritten, but not a link, and not
 * one of a process that still runs.
 *
 * @param user whose file it is, if this process becomes his.
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
