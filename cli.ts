/**
 * The program `geartrain`: its subcommands, and nothing of what they do.
 *
 * @module
 */

import { basename } from "node:path";
import process from "node:process";
import { PROGRAM_HELP } from "./cli/help.ts";
import { serve } from "./cli/serve.ts";
import { VERSION } from "./version.ts";

/** Does the work of a subcommand; resolves to the exit status. */
type Subcommand = (args: readonly string[]) => Promise<number>;

const SUBCOMMANDS: Record<string, Subcommand> = { serve };

/**
 * Runs the program.
 *
 * @param args the arguments behind the name of the program.
 * @param name the name it was called by: as `gearmand` it serves.
 * @returns the exit status.
 */
export async function main(args: readonly string[], name = "geartrain"): Promise<number> {
  if (name === "gearmand") return await serve(args);
  const [command, ...rest] = args;
  if (command === undefined || ["-h", "-?", "--help", "help"].includes(command)) {
    process.stdout.write(PROGRAM_HELP);
    return 0;
  }
  if (command === "-V" || command === "--version") {
    process.stdout.write(`geartrain ${VERSION}\n`);
    return 0;
  }
  if (Object.hasOwn(SUBCOMMANDS, command)) return await SUBCOMMANDS[command](rest);
  process.stderr.write(`geartrain: unknown command ${JSON.stringify(command)}\n`);
  return 1;
}

if (import.meta.main) {
  process.exit(await main(process.argv.slice(2), basename(process.argv0)));
}
