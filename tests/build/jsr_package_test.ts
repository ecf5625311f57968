import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { copyProject } from "../support/jsr_project.ts";
import { denoProgram, ROOT } from "../support/runtimes.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-jsr-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));

const MANIFEST = JSON.parse(fs.readFileSync(join(ROOT, "deno.json"), "utf8"));

/** The modules that one loads at once, and the bare names among them; what is loaded later is not. */
function loadedBy(entry: string): { files: Set<string>; names: Set<string> } {
  const files = new Set<string>();
  const names = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    const text = fs.readFileSync(join(ROOT, file), "utf8").replaceAll(/^ *\*.*$/gm, "");
    const pattern = /^(?:import|export)\s(?!type\b)[^;]*?from "([^"]+)"|^import "([^"]+)"/gm;
    for (const [, from, only] of text.matchAll(pattern)) {
      const name = from ?? only;
      if (name.startsWith(".")) visit(resolve("/", dirname(file), name).slice(1));
      else names.add(name);
    }
  };
  visit(entry);
  return { files, names };
}

describe("the JSR package", () => {
  test("can be published: deno publish has no objection, and takes what belongs into it", () => {
    const { status, stderr, stdout } = spawnSync(
      denoProgram(),
      ["publish", "--dry-run", "--allow-dirty"],
      { cwd: copyProject(directory), encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
    );
    assertEquals(status, 0, stderr);
    assertStringIncludes(stderr, "Dry run complete");
    const published = [...`${stdout}${stderr}`.matchAll(/project\/(\S+) \(/g)].map(([, f]) => f);
    for (const file of ["mod.ts", "cli.ts", "README.md", "LICENSE", "protocol/decoder.ts"]) {
      assert(published.includes(file), `${file} is not published`);
    }
    const folders = new Set(published.filter((f) => f.includes("/")).map((f) => f.split("/")[0]));
    assertEquals([...folders].sort(), [
      "cli",
      "client",
      "durability",
      "http",
      "options",
      "policies",
      "protocol",
      "router",
      "server",
      "store",
      "testing",
      "transport",
    ]);
  });

  for (const entry of Object.values<string>(MANIFEST.exports)) {
    test(`needs no package of npm for ${entry}`, () => {
      const { files, names } = loadedBy(entry.slice(2));
      assert(files.size > 5);
      for (const name of names) {
        assert(name.startsWith("node:") || name.startsWith("@std/"), `${entry} loads ${name}`);
      }
    });
  }

  test("needs one when a configuration file is read", () => {
    assert(loadedBy("cli/serve/config_file.ts").names.has("smol-toml"));
    assert(!loadedBy("cli.ts").files.has("cli/serve/config_file.ts"));
  });
});
