/**
 * Faults by chance against three servers that share a queue, as many as wanted: `npm run checker`,
 * `npm run checker:bun`. They come in runs of some hundred, each with a database of its own; what was
 * seen in a run is checked after it. The exit status is 1 when something was violated.
 *
 *     main.ts [--rounds N] [--seed N]
 *
 * The seed decides which faults come, not when a program does what: a run does not repeat itself
 * exactly.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "@std/cli/parse-args";
import { Postgres } from "../../support/postgres.ts";
import { complaint, summary } from "./report.ts";
import { runChecker } from "./run.ts";

/** Faults in one run. */
const RUN = 250;

const { rounds, seed } = readArguments(process.argv.slice(2));
await using postgres = await Postgres.start();
let violated = 0;
for (let done = 0, run = 0; done < rounds; run++) {
  const some = Math.min(RUN, rounds - done);
  const outcome = await runChecker(postgres, some, seed + run);
  done += some;
  console.log(`\n${done} of ${rounds} faults, seed ${seed + run}\n${summary(outcome)}`);
  if (outcome.violations.length > 0) console.log(complaint(outcome, seed + run));
  violated += outcome.violations.length;
}
console.log(`\n${violated} violations`);
process.exitCode = violated === 0 ? 0 : 1;

function readArguments(args: string[]): { rounds: number; seed: number } {
  const { rounds = "1000", seed = `${Date.now() % 2 ** 31}`, _: rest } = parseArgs(args, {
    string: ["rounds", "seed"],
  });
  const numbers = { rounds: Number(rounds), seed: Number(seed) };
  if (rest.length === 0 && numbers.rounds >= 1 && Number.isInteger(numbers.seed)) return numbers;
  console.error("usage: main.ts [--rounds N] [--seed N]");
  process.exit(2);
}
