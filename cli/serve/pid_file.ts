import { chownSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { errorText } from "./error_text.ts";
import { OptionError } from "../options/option_error.ts";
import type { User } from "./user.ts";

/**
 * Writes the process id and a line end; a file that is there is overwritten.
 *
 * @param user gets the file, if this process becomes his.
 * @returns a function that removes the file, unless another process has written it since. It throws
 * when it cannot.
 * @throws {OptionError} when the file cannot be written.
 */
export function writePidFile(path: string, user?: User): () => void {
  const content = `${process.pid}\n`;
  try {
    writeFileSync(path, content);
    if (user !== undefined) chownSync(path, user.uid, user.gid);
  } catch (error) {
    throw new OptionError(`cannot write the pid file ${path}: ${errorText(error)}`);
  }
  return () => {
    try {
      if (readFileSync(path, "utf8") === content) rmSync(path);
    } catch (error) {
      throw new Error(`The pid file ${path} stays: ${errorText(error)}`);
    }
  };
}
