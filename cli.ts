/**
 * The program `geartrain`: its subcommands, and nothing of what they do.
 *
 * @module
 */

import { basename } from "node:path";
import process from "node:process";
import { failed } from "./cli/command.ts";
import { print } from "./cli/output.ts";
import { serve } from "./cli/serve/serve.ts";
import { versionText } from "./cli/version_text.ts";

/** A program of others that this one stands in for. */
type Tool = (args: readonly string[]) => Promise<number>;

/** Those programs, by the name this one was called by. */
const TOOLS = new Map<string, () => Promise<Tool>>([
  ["gearadmin", async () => (await import("./cli/gearadmin/gearadmin.ts")).gearadmin],
  ["gearman", async () => (await import("./cli/gearman/gearman.ts")).gearman],
]);

/**
 * Runs the program.
 *
 * @param args the arguments behind the name of the program.
 * @param name the name it was called by: as `gearmand` it serves, as `gearadmin` or `gearman` it is
 * that tool.
 * @returns the exit status.
 *
 * @example
 * ```ts
 * import { main } from "@geartrain/server/cli";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await main(["--version"]), 0);
 * assertEquals(await main(["serve", "--no-such-option"]), 1);
 * ```
 */
export async function main(args: readonly string[], name = "geartrain"): Promise<number> {
  const tool = TOOLS.get(name);
  if (tool !== undefined) return await (await tool())(args);
  const [word, ...rest] = args;
  // A server starts without reading what it does not need.
  if (word === "serve") return await serve(rest);
  if (name === "gearmand" && !/^[^-]/.test(word ?? "")) {
    return await serve(args, true);
  }
  if (word === "-V" || word === "--version") {
    print(versionText());
    return 0;
  }
  const { COMMANDS } = await import("./cli/commands.ts");
  const command = COMMANDS.find(({ name }) => name === word);
  if (command !== undefined) return await command.run(rest);
  if (name === "gearmand") return await serve(args, true);
  if (word === undefined || ["-h", "-?", "--help"].includes(word)) {
    const { programHelp } = await import("./cli/options/help.ts");
    print(programHelp(COMMANDS));
    return 0;
  }
  const { unknownCommand } = await import("./cli/help.ts");
  return failed(unknownCommand(word, COMMANDS));
}

if (import.meta.main) {
  process.exit(await main(process.argv.slice(2), basename(process.argv0)));
}
