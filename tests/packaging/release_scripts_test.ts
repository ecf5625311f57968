import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Ended, run } from "../support/programs.ts";
import { denoConfig } from "../support/runtimes.ts";
import { VERSION } from "../../version.ts";
import { ROOT } from "./packaged.ts";

/** A folder with copies of files, which goes away at the end. */
class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "geartrain-"));

  constructor(...files: string[]) {
    for (const file of files) copyFileSync(join(ROOT, file), join(this.path, file));
  }

  /** Changes a file. */
  edit(file: string, from: string, to: string): void {
    const text = readFileSync(join(this.path, file), "utf8");
    assertStringIncludes(text, from);
    writeFileSync(join(this.path, file), text.replace(from, to));
  }

  /** Runs a script of the project here. */
  run(script: string, ...args: string[]): Promise<Ended> {
    const command = 'cd "$1" && shift && exec "$@"';
    return run("/bin/sh", ["-c", command, "sh", this.path, join(ROOT, script), ...args]);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

describe("check_version.sh", () => {
  const script = "packaging/check_version.sh";
  const files = ["deno.json", "package.json", "package-lock.json", "version.ts"];

  test("is content with a tag that is the version of all files", async () => {
    using folder = new Folder(...files);
    const { code, stderr } = await folder.run(script, `v${VERSION}`);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
  });

  for (const file of files) {
    test(`names ${file} when only that has another version`, async () => {
      using folder = new Folder(...files);
      folder.edit(file, `"${VERSION}"`, '"9.8.7"');
      const { code, stderr } = await folder.run(script, `v${VERSION}`);
      assertEquals(code, 1);
      assertEquals(stderr, `The tag is v${VERSION}, but ${file} has 9.8.7\n`);
    });
  }

  test("takes no tag without its v", async () => {
    using folder = new Folder(...files);
    assertEquals((await folder.run(script, VERSION)).code, 1);
  });
});

describe("release_notes.sh", () => {
  const script = "packaging/release_notes.sh";

  test("prints what the change log says about a version, and nothing else", async () => {
    using folder = new Folder("CHANGELOG.md");
    folder.edit(
      "CHANGELOG.md",
      "## [Unreleased]\n",
      "## [1.2.0] - 2026-03-01\n\n- New.\n\n## [1.1.0]\n",
    );
    const { code, stdout } = await folder.run(script, "1.2.0");
    assertEquals({ code, stdout }, { code: 0, stdout: "- New.\n" });
    assertMatch((await folder.run(script, "1.1.0")).stdout, /^### Added\n/);
  });

  test("fails for a version that the change log does not know", async () => {
    using folder = new Folder("CHANGELOG.md");
    const { code, stdout, stderr } = await folder.run(script, "9.8");
    assertEquals({ code, stdout }, { code: 1, stdout: "" });
    assertEquals(stderr, "CHANGELOG.md has nothing under ## [9.8]\n");
  });
});

describe("try_program.sh", () => {
  const script = "packaging/try_program.sh";

  /** A program that is started like a built one. */
  function programIn(folder: Folder, body: string): string {
    const path = join(folder.path, "geartrain");
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  /** What starts this program from its sources. */
  function fromSources(): string {
    const deno = ["run", "--config", denoConfig(), "--allow-all"];
    const words = process.versions.deno === undefined ? [] : deno;
    return `exec '${[process.execPath, ...words, join(ROOT, "cli.ts")].join("' '")}' "$@"`;
  }

  test("is content with this program", async () => {
    using folder = new Folder();
    const { code, stdout, stderr } = await folder.run(script, programIn(folder, fromSources()));
    assertEquals(code, 0, stderr);
    assert(stdout.startsWith(`geartrain ${VERSION}`));
    assertStringIncludes(stdout, "listening on 127.0.0.1:");
  });

  test("fails for a program that cannot start", async () => {
    using folder = new Folder();
    assertEquals((await folder.run(script, programIn(folder, "exit 127"))).code, 127);
  });

  test("fails for a server that keeps no jobs", async () => {
    using folder = new Folder();
    const forgetful = `[ "$1" = serve ] && rm -f queue.db\n${fromSources()}`;
    const { code, stderr } = await folder.run(script, programIn(folder, forgetful));
    assertEquals(code, 1);
    assertStringIncludes(stderr, "is gone after a restart");
  });

  test("takes the port from the log of the server that it has just started", async () => {
    using folder = new Folder();
    // What the first server logged is there again, several times, when the second one begins.
    const keeping = `case $1 in
submit) mkdir -p kept; for log in log*; do cat $log $log $log > kept/$log; done ;;
serve) [ ! -d kept ] || cp kept/* . ;;
esac
${fromSources()}`;
    const { code, stderr } = await folder.run(script, programIn(folder, keeping));
    assertEquals(code, 0, stderr);
  });

  test("fails for a server that is not well", async () => {
    using folder = new Folder();
    const unwell = `[ "$1" = health ] && exit 1\n${fromSources()}`;
    assertEquals((await folder.run(script, programIn(folder, unwell))).code, 1);
  });
});
