import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { type Ended, run } from "../support/programs.ts";
import { ROOT } from "../support/runtimes.ts";

/** What a run of the tests prints at its end, and the report that it writes. */
interface Outcome {
  readonly printed: string;
  readonly report?: string;
  readonly status?: number;
}

const RUNTIME = `'${process.execPath}' ${process.versions.deno === undefined ? "" : "run -A"}`;

/** A report of tests that passed, and of one that failed. */
function report(passed: number, failed?: string): string {
  const names = Array.from({ length: passed }, (_, index) => `test ${index}`);
  const cases = names.map((name) => `<testcase name="${name}"></testcase>`);
  if (failed !== undefined) cases.push(`<testcase name="${failed}"><failure/></testcase>`);
  return `<testsuites><testsuite name="./a_test.ts">${cases.join("")}</testsuite></testsuites>`;
}

const GOOD: Record<string, Outcome> = {
  "deno-rest": { printed: "ok | 2 passed (1 step) | 0 failed (1s)", report: report(2) },
  "deno-cli": { printed: "ok | 1 passed | 0 failed (1s)", report: report(1) },
  "deno-stores": { printed: "ok | 1 passed | 0 failed (1s)", report: report(1) },
  doc: { printed: "ok | 5 passed | 0 failed (1s)", report: report(5) },
  "bun-rest": { printed: " 2 pass\n 0 fail", report: report(2) },
  "bun-cli": { printed: " 1 pass\n 0 fail", report: report(1) },
  "bun-stores": { printed: " 1 pass\n 0 fail", report: report(1) },
};

const ONE_FAILED = {
  printed: " 1 pass\n 1 fail",
  report: report(1, "test 1"),
  status: 1,
};

/** Runs a script in a folder whose `npm` prints and writes these outcomes instead of testing. */
async function withOutcomes(outcomes: Record<string, Outcome>, command: string): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), "geartrain-"));
  try {
    for (const file of [".ci/run", "npm/run_tests.js", "tests/compare_runs.ts"]) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      copyFileSync(join(ROOT, file), join(folder, file));
    }
    mkdirSync(join(folder, "node_modules"));
    const reports = Object.keys(GOOD).map((name) => `node_modules/.tests-${name}.xml`);
    // As if left by the run before.
    for (const path of reports) writeFileSync(join(folder, path), report(1, "an old one"));
    const cases = Object.entries(outcomes).map(([name, { printed, report, status = 0 }]) => {
      writeFileSync(join(folder, `${name}.printed`), `${printed}\n`);
      if (report !== undefined) writeFileSync(join(folder, `${name}.xml`), report);
      const copied = report === undefined ? "" : `cp ${name}.xml node_modules/.tests-${name}.xml; `;
      const asked = name === "doc" ? "*test:doc" : `*.tests-${name}.xml*`;
      return `${asked}) cat ${name}.printed; ${copied}exit ${status} ;;`;
    });
    const npm = `case "$*" in
${cases.join("\n")}
*test:compare) exec ${RUNTIME} tests/compare_runs.ts ;;
test) exec ${RUNTIME} npm/run_tests.js ;;
esac`;
    mkdirSync(join(folder, "bin"));
    const installed = "echo install ok installed";
    for (const [name, body] of Object.entries({ npm, "dpkg-query": installed })) {
      writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    }
    const path = `${join(folder, "bin")}${delimiter}${process.env.PATH}`;
    const script = `cd '${folder}' && PATH='${path}' && export PATH && ${command}`;
    return await run("/bin/sh", ["-c", script]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The lines behind the heading of the summary. */
function summary({ stdout }: Ended): string[] {
  return stdout.slice(stdout.indexOf("== Summary\n")).split("\n").slice(1, -1);
}

describe("npm test", () => {
  const command = `${RUNTIME} npm/run_tests.js`;

  test("ends with the counts of both runtimes and of the examples", async () => {
    const ended = await withOutcomes(GOOD, command);
    assertEquals(ended.code, 0, ended.stdout);
    assertEquals(summary(ended), [
      "Deno: 4 passed, 0 failed, 0 skipped",
      "Bun: 4 passed, 0 failed, 0 skipped",
      "Examples of the documentation: 5 passed, 0 failed, 0 skipped",
      "All tests passed.",
    ]);
  });

  test("names at its end the test that failed and the command that runs it", async () => {
    const ended = await withOutcomes({ ...GOOD, "bun-rest": ONE_FAILED }, command);
    assertEquals(ended.code, 1);
    assertEquals(summary(ended), [
      "Deno: 4 passed, 0 failed, 0 skipped",
      "Bun: 3 passed, 1 failed, 0 skipped",
      "  failed: test 1 (a_test.ts)",
      "Examples of the documentation: 5 passed, 0 failed, 0 skipped",
      "FAILED: npm run test:bun",
    ]);
  });

  test("says that a run ended early, whatever the run before it has left", async () => {
    const ended = await withOutcomes(
      { ...GOOD, "deno-cli": { printed: "boom", status: 139 } },
      command,
    );
    assertEquals(ended.code, 1);
    assertEquals(summary(ended)[0], "Deno: no report, it ended before its tests did");
    assertEquals(summary(ended).at(-1), "FAILED: npm run test:deno, npm run test:compare");
  });

  test("fails when a script does, though every test passed", async () => {
    const ended = await withOutcomes({ ...GOOD, doc: { ...GOOD.doc, status: 1 } }, command);
    assertEquals(ended.code, 1);
    assertEquals(summary(ended).at(-1), "FAILED: npm run test:doc");
  });
});

describe(".ci/run", () => {
  const last = ({ stdout }: Ended) => stdout.trimEnd().split("\n").at(-1);
  // The four checks, then 4 tests on Deno, 5 examples and 4 tests on Bun.
  const CHECKS = 4;

  test("counts the tests of all three runs, and none of the summary", async () => {
    const ended = await withOutcomes(GOOD, ".ci/run");
    assertEquals([ended.code, last(ended)], [0, `${CHECKS + 13} passed, 0 failed`]);
  });

  test("counts a test that failed on one runtime once", async () => {
    const ended = await withOutcomes({ ...GOOD, "bun-rest": ONE_FAILED }, ".ci/run");
    assertEquals([ended.code, last(ended)], [1, `${CHECKS + 12} passed, 1 failed`]);
  });

  test("fails when no test did, but a run ended early", async () => {
    const ended = await withOutcomes(
      { ...GOOD, "deno-cli": { printed: "boom", status: 139 } },
      ".ci/run",
    );
    assertEquals([ended.code, last(ended)], [1, `${CHECKS + 12} passed, 1 failed`]);
  });
});
