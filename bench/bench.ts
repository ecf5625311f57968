/**
 * The benchmarks: `npm run bench`, `npm run bench:bun`, `deno task bench` or `bun bench/bench.ts`. A
 * word after it is a regular expression: only benchmarks run whose name matches.
 *
 * @module
 */
import process from "node:process";
import { run } from "mitata";
import "./decoder.ts";
import "./output_buffer.ts";
import "./router.ts";
import "./server.ts";

const [word = "", ...more] = process.argv.slice(2);
if (more.length > 0) {
  console.error(`One word selects the benchmarks, not ${more.length + 1}`);
  process.exit(1);
}

let filter: RegExp;
try {
  filter = new RegExp(word);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

const { benchmarks } = await run({ filter, throw: true });
if (benchmarks.length === 0) {
  console.error(`No benchmark's name matches ${word}`);
  process.exit(1);
}
