/**
 * `npm test`: all tests on Deno, and at the same time the examples of the documentation and all tests
 * on Bun, whose output follows when they are done. At the end a summary: what each run counted, each
 * test that failed, tests that ran on one runtime only, and the scripts that failed.
 */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import process from "node:process";

/** Reports of the runs before this one would count as its own. */
for (const run of ["deno", "bun", "doc"]) {
  rmSync(`node_modules/.tests-${run}.xml`, { force: true });
}

/** The scripts of package.json that ended with another status than 0. */
const failed = [];

/** Runs scripts of package.json one after the other and prints what they print. */
async function run(names, print) {
  for (const name of names) {
    if (!await runOne(name, print)) failed.push(name);
  }
}

function runOne(name, print) {
  return new Promise((resolve) => {
    const child = spawn("npm", ["run", "--silent", name], {
      stdio: ["ignore", "pipe", "pipe"],
      // npm is a batch file on Windows.
      shell: process.platform === "win32",
    });
    child.stdout.on("data", print);
    child.stderr.on("data", print);
    child.on("error", (error) => {
      print(`${error.message}\n`);
      resolve(false);
    });
    child.on("close", (code) => resolve(code === 0));
  });
}

const printed = (text) => process.stdout.write(text);
const later = [];
const onDeno = run(["test:deno"], printed);
const beside = run(["test:doc", "test:bun"], (text) => later.push(Buffer.from(text)));
await onDeno;
await beside;
process.stdout.write(Buffer.concat(later));
printed("\n== Summary\n");
await run(["test:compare"], printed);
if (failed.length > 0) {
  printed(`FAILED: ${failed.map((name) => `npm run ${name}`).join(", ")}\n`);
  process.exitCode = 1;
} else {
  printed("All tests passed.\n");
}
