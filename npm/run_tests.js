/**
 * `npm test`: the tests on Deno and the same tests on Bun, each in three parts, and the examples of the
 * documentation; three of these runs side by side, as many tests wait for something. The output of the
 * first run comes as it goes, that of each other one when it has ended. At the end a summary: what each
 * run counted, each test that failed, tests that ran on one runtime only, and the scripts that failed.
 */
import { spawn } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import process from "node:process";

/** Reports of the runs before this one would count as its own. */
for (const file of readdirSync("node_modules")) {
  if (/^\.tests-.*\.xml$/.test(file)) rmSync(`node_modules/${file}`);
}

/** Parts of the tests; the rest is a part as well. */
const CLI = ["tests/cli/"];
const STORES = ["tests/cluster/", "tests/durability/", "tests/model/", "tests/store/"];
const OTHERS = [...CLI, ...STORES];

/** Scripts of package.json and their arguments, those that take longest first. */
const RUNS = [
  onDeno("rest", [`--ignore=${OTHERS.join(",")}`, "tests/"]),
  onDeno("stores", STORES),
  onBun("rest", [...OTHERS.map((path) => `--path-ignore-patterns=${path}**`), "tests/"]),
  onBun("stores", STORES),
  onDeno("cli", CLI),
  onBun("cli", CLI),
  ["test:doc"],
];
/** So many of them run at the same time. */
const SIDE_BY_SIDE = 3;

/** The scripts of package.json that ended with another status than 0. */
const failed = new Set();

const waiting = [...RUNS];
await Promise.all(Array.from({ length: SIDE_BY_SIDE }, runWaiting));
process.stdout.write("\n== Summary\n");
await run(["test:compare"]);
if (failed.size > 0) {
  const commands = [...failed].map((name) => `npm run ${name}`).join(", ");
  process.stdout.write(`FAILED: ${commands}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write("All tests passed.\n");
}

function onDeno(part, paths) {
  return ["test:deno", "--", `--junit-path=node_modules/.tests-deno-${part}.xml`, ...paths];
}

function onBun(part, paths) {
  return ["test:bun", "--", `--reporter-outfile=node_modules/.tests-bun-${part}.xml`, ...paths];
}

/** One run after the other, as long as some wait. */
async function runWaiting() {
  while (waiting.length > 0) await run(waiting.shift());
}

/** Runs a script and prints what it prints. */
async function run(script) {
  const printed = [];
  const keep = (bytes) => printed.push(bytes);
  const print = (bytes) => process.stdout.write(bytes);
  if (!await succeeds(script, script === RUNS[0] ? print : keep)) failed.add(script[0]);
  print(Buffer.concat(printed));
}

function succeeds([name, ...args], print) {
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
      print(Buffer.from(`${error.message}\n`));
      resolve(false);
    });
    child.on("close", (code) => resolve(code === 0));
  });
}
