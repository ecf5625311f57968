/**
 * The examples as programs, started with the commands that their comments give: what a reader types
 * is what is tested, and on Deno with no permission more.
 *
 * @module
 */
import { assert, assertMatch } from "@std/assert";
import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { RunningProgram } from "../support/programs.ts";

/** The project's folder, in which the commands are to be given. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The runtime that runs the tests. */
export const RUNTIME = process.versions.bun === undefined ? "deno" : "bun";

/**
 * Its program, with a detour: where Deno's `node:child_process` finds the path of Deno itself in a
 * command without permissions, it adds `-A`.
 */
const PROGRAM = `${dirname(process.execPath)}/./${basename(process.execPath)}`;

/** The words of the command that runs an example, as its comment has it. */
export function commandOf(file: string, runtime = RUNTIME): string[] {
  const source = readFileSync(`${ROOT}examples/${file}`, "utf8");
  assert(source.startsWith("/**\n"), `${file} does not begin with a comment`);
  const comment = source.slice(0, source.indexOf("*/")).replace(/^ \* ?/gm, "");
  const [, commands = ""] = /```sh\n([\s\S]*?)```/.exec(comment) ?? [];
  const lines = commands.replaceAll("\\\n", "").split("\n");
  const command = lines.find((line) => line.startsWith(`${runtime} `));
  assert(command !== undefined, `The comment of ${file} has no command for ${runtime}`);
  return command.split(/ +/);
}

/**
 * Starts an example with other arguments than its comment gives. A port 4730 that Deno may use is
 * port 0 then, for whatever port is free.
 *
 * @param through a program, and its arguments, that runs the command it is given.
 */
export function startExample(
  file: string,
  args: readonly string[] = [],
  through: readonly string[] = [],
): RunningProgram {
  return startCommand([...withoutArguments(commandOf(file), file), ...args], through);
}

/** Starts a command in the project's folder; its first word is the runtime. */
export function startCommand(
  [, ...words]: readonly string[],
  through: readonly string[] = [],
): RunningProgram {
  const command = [...through, PROGRAM, ...words];
  const start = 'cd "$0" && NO_COLOR=1 exec "$@"';
  return new RunningProgram("/bin/sh", ["-c", start, ROOT, ...command]);
}

/** A command up to the file that it runs. */
export function withoutArguments(command: readonly string[], file: string): string[] {
  const end = command.findIndex((word) => word.endsWith(`examples/${file}`));
  assert(end > 0, `The command in the comment of ${file} runs something else`);
  return command.slice(0, end + 1).map((word) => word.replace(/:4730$/, ":0"));
}

/** The port in the first line that an example prints. */
export async function portOf(example: RunningProgram): Promise<number> {
  const line = await example.nextLine();
  assertMatch(line, /^Gearman on 127\.0\.0\.1:\d+$/);
  return Number(line.slice(line.lastIndexOf(":") + 1));
}
