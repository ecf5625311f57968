/**
 * `npm test`: all tests on Deno, and beside it the examples of the documentation and all tests on Bun,
 * whose output follows when they are done. At the end, whether both runtimes ran the same tests.
 */
import { spawn } from "node:child_process";
import process from "node:process";

/** Runs scripts of package.json one after the other; what they print, and whether all went well. */
async function run(names, print) {
  let isOk = true;
  for (const name of names) isOk = await runOne(name, print) && isOk;
  return isOk;
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

const onDeno = run(["test:deno"], (text) => process.stdout.write(text));
const later = [];
const beside = run(["test:doc", "test:bun"], (text) => later.push(Buffer.from(text)));
const results = [await onDeno, await beside];
process.stdout.write(Buffer.concat(later));
if (results.every((isOk) => isOk)) {
  results.push(await run(["test:compare"], (text) => process.stdout.write(text)));
}
process.exitCode = results.every((isOk) => isOk) ? 0 : 1;
