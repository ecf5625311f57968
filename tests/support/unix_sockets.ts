import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after } from "node:test";

/** Why the rights of the file of a socket cannot be tested, or false. */
export const NO_MODES: string | false = process.platform === "win32" &&
  "Windows has no permission bits";

/** A folder for sockets, which is removed at the end, and a function that makes paths in it. */
export function socketFolder(): { directory: string; newPath: () => string } {
  const directory = mkdtempSync(join(tmpdir(), "geartrain-socket-"));
  after(() => rmSync(directory, { recursive: true }));
  let sockets = 0;
  return { directory, newPath: () => join(directory, `${++sockets}.sock`) };
}
