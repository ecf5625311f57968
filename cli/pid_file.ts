import { rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { OptionError } from "./option_error.ts";

/**
 * Writes the process id and a line end; a file that is there is overwritten.
 *
 * @returns a function that removes the file.
 * @throws {OptionError} when it cannot be written.
 */
export function writePidFile(path: string): () => void {
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch (error) {
    throw new OptionError(`cannot write the pid file ${path}: ${(error as Error).message}`);
  }
  return () => rmSync(path, { force: true });
}
