import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { commit } from "../../build/commit.ts";
import { PERMISSIONS } from "../../build/deno_binary.ts";
import { TARGETS } from "../../build/targets.ts";
import { denoConfig, denoProgram, ROOT } from "../support/runtimes.ts";
import { unless } from "../support/unless.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-compile-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));

/** Stands in for Deno's runtime, which comes from a place that not everybody reaches. */
const standIn = join(directory, "denort");
fs.copyFileSync("/bin/true", standIn);

/** Runs the build with the packages that the tests have. */
function compile(args: readonly string[], environment: Record<string, string>) {
  const script = join(ROOT, "build/deno_binary.ts");
  return spawnSync(
    denoProgram(),
    ["run", "-A", "--config", denoConfig(), script, "--config", denoConfig(), ...args],
    { cwd: ROOT, encoding: "utf8", env: { ...process.env, ...environment } },
  );
}

const notLinux = process.platform !== "linux" && "the stand-in is a program of Linux";

describe(...unless(notLinux, "deno compile"), () => {
  test("checks, collects and embeds the program, with its permissions and its commit", () => {
    const { status, stderr } = compile(["--outdir", directory], { DENORT_BIN: standIn });
    assertEquals(status, 0, stderr);
    const binary = fs.readFileSync(join(directory, "geartrain-deno"), "latin1");
    assert(binary.includes(`"GEARTRAIN_COMMIT":"${commit()}"`));
    for (const name of ["net", "read", "write", "env", "run", "sys"]) {
      assert(PERMISSIONS.includes(`--allow-${name}`));
      assert(binary.includes(`"allow_${name}":[]`), name);
    }
    for (
      const text of ['"allow_ffi":null', '"deny_import":[]', '"prompt":false', "listening on "]
    ) {
      assert(binary.includes(text), text);
    }
    // What is else loaded on demand is in it, with its package.
    assert(binary.includes("/readyz") && binary.includes("hono.dev/docs"));
    // Packages that only tests and builds need are no part of it.
    assert(binary.length < 9_000_000, `${binary.length} bytes`);
  });

  test("says what to do when its runtime cannot be fetched", () => {
    const nowhere = join(directory, "no-denort");
    const { status, stderr } = compile(["--outdir", directory], { DENORT_BIN: nowhere });
    assertEquals(status, 1);
    assertStringIncludes(stderr, "DENORT_BIN");
    assertStringIncludes(stderr, "npm run build");
  });

  test("knows the machines that binaries are released for", () => {
    const names = "linux-x64 linux-arm64 darwin-x64 darwin-arm64 windows-x64".split(" ");
    assertEquals(TARGETS.map(({ name }) => name), names);
    const { status, stderr } = compile(["--target", "amiga"], { DENORT_BIN: standIn });
    assertEquals(status, 1);
    for (const name of names) assertStringIncludes(stderr, name);
  });
});
