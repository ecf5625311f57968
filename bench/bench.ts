/**
 * The benchmarks: `npm run bench`, `npm run bench:bun`, `deno task bench` or `bun bench/bench.ts`. A
 * word after it is a regular expression: only benchmarks run whose name matches. With `--try` they
 * are not measured, but tried out.
 *
 * @module
 */
import process from "node:process";
import { run } from "mitata";
import { tryOut } from "./benchmark.ts";
import "./decoder.ts";
import "./output_buffer.ts";
import "./router.ts";
import "./server.ts";

const TRY = "--try";
const words = process.argv.slice(2);
const [word = "", ...more] = words.filter((given) => given !== TRY);
if (more.length > 0) fail(`One word selects the benchmarks, not ${more.length + 1}`);
if (word.startsWith("-")) fail(`There is no option ${word}; ${TRY} is one`);

let filter: RegExp;
try {
  filter = new RegExp(word);
} catch (error) {
  fail((error as Error).message);
}

const names = words.includes(TRY) ? await tryOut(filter) : await measured(filter);
if (names.length === 0) fail(`No benchmark's name matches ${word}`);
if (words.includes(TRY)) { for (const name of names) console.log(name); }

async function measured(filter: RegExp): Promise<string[]> {
  const { benchmarks } = await run({ filter, throw: true });
  return benchmarks.map(({ alias }) => alias);
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
