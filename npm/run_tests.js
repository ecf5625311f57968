/**
 * `npm test`: the tests on Deno in three parts, and the same tests on Bun, side by side, as many of them
 * wait for something. The output of the first part comes as it goes, that of the others when all are
 * done. At the end a summary: what each run counted, each test that failed, tests that ran on one runtime
 * only, and the scripts that failed.
 */
import { spawn } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import process from "node:process";

/** Reports of the runs before this one would count as its own. */
for (const file of readdirSync("node_modules")) {
  if (/^\.tests-.*\.xml$/.test(file)) rmSync(`node_modules/${file}`);
}

/** Parts of the tests on Deno: the last one is all that the others leave. */
const CLI = ["tests/cli/"];
const STORES = ["tests/cluster/", "tests/durability/", "tests/store/"];
const REST = [`--ignore=${[...CLI, ...STORES].join(",")}`, "tests/"];

/** What runs one after the other, beside the other rows: scripts of package.json. */
const LANES = [
  [onDeno("rest", REST), onDeno("cli", CLI)],
  [["test:bun"]],
  [onDeno("stores", STORES), ["test:doc"]],
];

/** The scripts of package.json that ended with another status than 0. */
const failed = new Set();
/** What is printed when all have ended. */
const later = [];

const printed = (text) => process.stdout.write(text);
await Promise.all(
  LANES.map((lane, index) => run(lane, index === 0 ? printed : (text) => later.push(text))),
);
printed(Buffer.concat(later.map((text) => Buffer.from(text))));
printed("\n== Summary\n");
await run([["test:compare"]], printed);
if (failed.size > 0) {
  printed(`FAILED: ${[...failed].map((name) => `npm run ${name}`).join(", ")}\n`);
  process.exitCode = 1;
} else {
  printed("All tests passed.\n");
}

function onDeno(part, paths) {
  return ["test:deno", "--", `--junit-path=node_modules/.tests-deno-${part}.xml`, ...paths];
}

/** Runs scripts of package.json one after the other and prints what they print. */
async function run(lane, print) {
  for (const script of lane) {
    if (!await runOne(script, print)) failed.add(script[0]);
  }
}

function runOne([name, ...args], print) {
  return new Promise((resolve) => {
    const script = args.length > 0 ? `${name}:part` : name;
    const child = spawn("npm", ["run", "--silent", script, ...args], {
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
