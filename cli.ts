/**
 * The program `geartrain`: its subcommands, and nothing of what they do.
 *
 * @module
 */

import { basename } from "node:path";
import process from "node:process";
import { PROGRAM_HELP } from "./cli/help.ts";
import { print } from "./cli/print.ts";
import { serve } from "./cli/serve.ts";
import { versionText } from "./cli/version_text.ts";

/** Does the work of a subcommand; resolves to the exit status. */
type Subcommand = (args: readonly string[]) => Promise<number>;

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = { serve: (args) => serve(args) };

/** What gearmand reads without being told. */
const GEARMAND_CONFIG_FILE = "/etc/gearmand.conf";

/**
 * Runs the program.
 *
 * @param args the arguments behind the name of the program.
 * @param name the name it was called by: as `gearmand` it serves.
 * @returns the exit status.
 */
export async function main(args: readonly string[], name = "geartrain"): Promise<number> {
  const [command, ...rest] = args;
  if (command !== undefined && Object.hasOwn(SUBCOMMANDS, command)) {
    return await SUBCOMMANDS[command](rest);
  }
  if (name === "gearmand") return await serve(args, GEARMAND_CONFIG_FILE);
  if (command === undefined || ["-h", "-?", "--help", "help"].includes(command)) {
    print(PROGRAM_HELP);
    return 0;
  }
  if (command === "-V" || command === "--version") {
    print(versionText());
    return 0;
  }
  const what = command.startsWith("-") ? "option" : "command";
  process.stderr.write(
    `geartrain: unknown ${what} ${command}; the commands are: ${
      Object.keys(SUBCOMMANDS).join(", ")
    }\n`,
  );
  return 1;
}

if (import.meta.main) {
  process.exit(await main(process.argv.slice(2), basename(process.argv0)));
}
