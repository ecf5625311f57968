import process from "node:process";

/**
 * The environment of the system's small programs: where to look for programs, and nothing else.
 * On Deno one that passes all variables on would need leave to read all of them.
 */
export function searchPath(): { PATH: string } {
  return { PATH: process.env.PATH ?? "/usr/bin:/bin" };
}
