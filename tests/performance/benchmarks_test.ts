import { readFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { type Ended, run } from "../support/programs.ts";
import { bunProgram, denoConfig, denoProgram, ROOT } from "../support/runtimes.ts";

const FILE = `${ROOT}bench/bench.ts`;

/** Runs the benchmarks on the runtime of the tests; on Deno with the permissions that they have. */
function bench(...args: string[]): Promise<Ended> {
  if (process.versions.bun !== undefined) return run(bunProgram(), [FILE, ...args]);
  const { tasks } = JSON.parse(readFileSync(`${ROOT}deno.json`, "utf8"));
  const [, verb, ...options] = tasks.bench.split(" ").slice(0, -1);
  return run(denoProgram(), [verb, "--config", denoConfig(), ...options, FILE, ...args]);
}

describe("The benchmarks", () => {
  test("work, each of them", async () => {
    // Without those that fill a router with a million jobs first.
    const { code, stdout, stderr } = await bench("--try", "^(?!.* million)");
    assertEquals([code, stderr], [0, ""]);
    const subjects = stdout.trimEnd().split("\n").map((name) => name.split(":")[0]);
    assertEquals([...new Set(subjects)], ["decoder", "output", "router", "server"]);
    assert(subjects.length > 20, `${subjects.length} benchmarks`);
  });

  const wrong = [
    [["nothing like it"], "No benchmark's name matches nothing like it\n"],
    [["--once"], "There is no option --once; --try is one\n"],
    [["server", "router"], "One word selects the benchmarks, not 2\n"],
  ] as const;
  for (const [args, message] of wrong) {
    test(`say what is wrong with ${args.join(" ")}`, async () => {
      const { code, stderr } = await bench("--try", ...args);
      assertEquals([code, stderr], [1, message]);
    });
  }
});
