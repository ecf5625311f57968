/**
 * Builds the program into one file with `deno compile`:
 * `deno task compile [--target NAME]... [--all] [--config FILE]`.
 *
 * `deno compile` puts the program behind a runtime, `denort`, that it fetches from Deno's download
 * site. Where that cannot be reached, the environment variable `DENORT_BIN` names one.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ON_DEMAND } from "../on_demand.ts";
import { commit } from "./commit.ts";
import { type Wanted, wantedBinaries } from "./wanted.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * What the binary may do: all that `serve` ever needs, which is more than the server itself needs,
 * because `--daemon` starts the binary, wherever it lies, and `--user` asks Deno for all of
 * `--allow-sys`. Never native code, nor code from elsewhere.
 */
export const PERMISSIONS: readonly string[] = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-run",
  "--allow-sys",
  "--deny-import",
  "--no-prompt",
];

const NO_RUNTIME = `
deno compile could not get denort, the runtime that it puts into the binary. It comes from Deno's
download site. Where that cannot be reached, name a denort of this version of Deno in DENORT_BIN, or
build the binary with Bun: npm run build.`;

/** Builds one binary; the exit status of `deno compile`. */
function build({ target, file }: Wanted, config: string, environment: string): number {
  const { status, stderr } = spawnSync(process.execPath, [
    "compile",
    `--config=${config}`,
    // Only the npm packages that are used go into the binary.
    "--node-modules-dir=none",
    "--exclude-unused-npm",
    `--env-file=${environment}`,
    ...PERMISSIONS,
    ...target === undefined ? [] : [`--target=${target.deno}`],
    ...ON_DEMAND.map((path) => `--include=${path}.ts`),
    `--output=${file}`,
    "cli.ts",
  ], { cwd: ROOT, stdio: ["ignore", "inherit", "pipe"], encoding: "utf8" });
  process.stderr.write(stderr);
  if (status !== 0 && /denort|dl\.deno|release\/v/.test(stderr)) console.error(NO_RUNTIME);
  return status ?? 1;
}

/** Splits the option of this build from those of every build. */
function configIn(args: readonly string[]): { config: string; others: string[] } {
  const at = args.indexOf("--config");
  if (at < 0) return { config: "deno.json", others: [...args] };
  return { config: args[at + 1], others: args.toSpliced(at, 2) };
}

if (import.meta.main) {
  const directory = mkdtempSync(join(tmpdir(), "geartrain-build-"));
  try {
    const { config, others } = configIn(process.argv.slice(2));
    const environment = join(directory, "environment");
    writeFileSync(environment, `GEARTRAIN_COMMIT=${commit()}\n`);
    const failed = wantedBinaries(others, "-deno").some((wanted) =>
      build(wanted, config, environment) !== 0
    );
    process.exitCode = failed ? 1 : 0;
  } catch (error) {
    console.error(`build: ${(error as Error).message}`);
    process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
