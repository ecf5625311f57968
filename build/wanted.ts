import process from "node:process";
import { parseArgs } from "@std/cli/parse-args";
import { type Target, TARGETS } from "./targets.ts";

/** One binary to build: for a machine, or for this one. */
export interface Wanted {
  /** None for this machine. */
  readonly target?: Target;
  /** The file to write. */
  readonly file: string;
}

/**
 * What the arguments of a build ask for: nothing for a binary for this machine, `--target NAME` for
 * other machines, `--all` for every machine.
 *
 * @param suffix distinguishes the binaries of a runtime from those of another.
 * @throws {Error} for anything else.
 */
export function wantedBinaries(args: readonly string[], suffix = ""): Wanted[] {
  const { target: names, all, outdir } = parseArgs([...args], {
    string: ["target", "outdir"],
    collect: ["target"],
    boolean: ["all"],
    default: { outdir: "dist" },
    unknown(arg) {
      throw new Error(`unknown argument ${arg}; there are --target NAME, --all and --outdir DIR`);
    },
  });
  const targets = all ? TARGETS : (names as string[]).map(targetNamed);
  const here = process.platform === "win32" ? ".exe" : "";
  if (targets.length === 0) return [{ file: `${outdir}/geartrain${suffix}${here}` }];
  return targets.map((target) => ({
    target,
    file: `${outdir}/geartrain${suffix}-${target.name}${target.extension}`,
  }));
}

function targetNamed(name: string): Target {
  const target = TARGETS.find((target) => target.name === name);
  if (target !== undefined) return target;
  const names = TARGETS.map(({ name }) => name).join(", ");
  throw new Error(`there is no target ${JSON.stringify(name)}; the targets are ${names}`);
}
