/**
 * How others fare beside a hostile peer: `npm run chaos`, `npm run chaos:bun`, `deno task chaos`. Each
 * attacker has a server of its own, on loopback, and some seconds; a canary does ten jobs a second
 * beside it and checks them. The exit status is 1 when a job of the canary was lost or wrong, or took
 * longer than 20 ms in the median, or an attacker failed.
 *
 *     chaos.ts [--seconds N] [WORD]
 *
 * With a word, only attackers run whose name contains it.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { startServer } from "../served_process.ts";
import { ATTACKERS } from "./attackers.ts";
import { Canary } from "./canary.ts";

const MOST_MEDIAN = 20;
/** How long jobs under way may take when the attack is over, in milliseconds. */
const PATIENCE = 30_000;
const ATTACK = fileURLToPath(new URL("attack.ts", import.meta.url));
const DENO = ["run", "--no-config", "--no-prompt", "--allow-net=127.0.0.1"];

const { seconds, word } = readArguments(process.argv.slice(2));
const names = Object.keys(ATTACKERS).filter((name) => name.includes(word));
if (names.length === 0) fail(`No attacker's name contains ${word}`);
print("attacker", ["job p50", "p99", "max", "newcomer p50", "max", "jobs", "lost", "MiB", "after"]);
let isWell = true;
for (const name of names) isWell = await tryOne(name) && isWell;
process.exit(isWell ? 0 : 1);

/** One attacker and one canary against a new server; whether the canary did well. */
async function tryOne(name: string): Promise<boolean> {
  const server = await startServer();
  const canary = await Canary.connect(server.port);
  canary.start();
  const status = await attack(name, server.port);
  const lost = await canary.stop(PATIENCE);
  const memory = await server.stop();
  const { times, newcomers, done, faults } = canary;
  const median = times.percentile(50);
  print(name, [
    ...[median, times.percentile(99), times.max].map((time) => time.toFixed(1)),
    ...[newcomers.percentile(50), newcomers.max].map((time) => time.toFixed(1)),
    String(done),
    String(lost),
    ...memory.map((bytes) => (bytes / 2 ** 20).toFixed(0)),
  ]);
  if (status !== 0) faults.push(`The attacker ended with ${status}`);
  for (const fault of faults.slice(0, 3)) console.log(`    fault: ${fault}`);
  return lost === 0 && done > 0 && faults.length === 0 && median <= MOST_MEDIAN;
}

/** Runs an attacker in a process of its own to its end; its status, or the signal that ended it. */
function attack(name: string, port: number): Promise<number | string> {
  const args = [...(process.versions.deno === undefined ? [] : DENO), ATTACK];
  const child = spawn(process.execPath, [...args, name, String(port), String(seconds)], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve(status ?? signal!));
  });
}

function print(name: string, cells: string[]): void {
  console.log(name.padEnd(50) + cells.map((cell) => cell.padStart(9)).join(" "));
}

function readArguments(args: string[]): { seconds: number; word: string } {
  let seconds = 10;
  const words = [...args];
  const at = words.indexOf("--seconds");
  if (at >= 0) seconds = Number(words.splice(at, 2)[1]);
  if (!(seconds > 0)) fail("--seconds must be a number > 0");
  if (words.length > 1 || words[0]?.startsWith("-")) fail("usage: chaos.ts [--seconds N] [WORD]");
  return { seconds, word: words[0] ?? "" };
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
