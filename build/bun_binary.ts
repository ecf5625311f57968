/**
 * Builds the program into one file with Bun: `bun build/bun_binary.ts [--target NAME]... [--all]`.
 * Bun's runtimes for other machines come from the npm registry.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { commit } from "./commit.ts";
import { type Wanted, wantedBinaries } from "./wanted.ts";

const HERE = `${process.platform}-${process.arch}`;
const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Builds one binary; the exit status of `bun build`. */
function build({ target, file }: Wanted): number {
  const options = [
    "--compile",
    `--define=GEARTRAIN_COMMIT=${JSON.stringify(commit())}`,
    // A file that happens to lie where the server is started must not change what it does.
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    // What goes wrong is reported with the lines of the sources.
    "--sourcemap=inline",
    ...target === undefined ? [] : [`--target=${target.bun}`],
    // Parsed already, it starts in two thirds of the time. Other machines parse the sources.
    ...target === undefined || target.name === HERE ? ["--bytecode", "--format=esm"] : [],
  ];
  const { status } = spawnSync(
    process.execPath,
    ["build", ...options, `--outfile=${file}`, "build/bun_program.ts"],
    { cwd: ROOT, stdio: "inherit" },
  );
  // The map is in the binary.
  rmSync(resolve(ROOT, `${file}.map`), { force: true });
  return status ?? 1;
}

if (import.meta.main) {
  try {
    const failed = wantedBinaries(process.argv.slice(2)).some((wanted) => build(wanted) !== 0);
    process.exitCode = failed ? 1 : 0;
  } catch (error) {
    console.error(`build: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
