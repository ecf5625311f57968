/**
 * A server that submits jobs itself, without a client, and waits for their results: one job for each
 * word, which workers that connect to the server turn round. It ends when all have come, and gives the
 * jobs up at SIGINT.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1:4730 examples/await_jobs.ts 4730 Gearman geartrain
 * bun examples/await_jobs.ts 4730 Gearman geartrain
 * ```
 *
 * Give it a worker from another terminal, with Debian's package gearman-tools:
 *
 * ```sh
 * gearman -h 127.0.0.1 -w -f reverse -- rev
 * ```
 *
 * @module
 */
import process from "node:process";
import { Server } from "@geartrain/server";

const enough = new AbortController();
const giveUp = () => enough.abort(new Error("given up"));
process.once("SIGINT", giveUp);

const [port, ...words] = process.argv.slice(2);
const server = new Server();
const { addr } = await server.start(Number(port), { localAddr: "127.0.0.1" });
console.log(`Gearman on ${addr.hostname}:${addr.port}`);

/** Submits a job, shows how far it is, and then its result. */
async function reverse(word: string): Promise<void> {
  const job = server.submit({ function: "reverse", payload: word }, { signal: enough.signal });
  try {
    for await (const update of job) {
      if (update.type === "status") {
        console.log(`${word}: ${update.numerator}/${update.denominator}`);
      }
    }
    console.log(`${word}: ${(await job.text()).trim()}`);
  } catch (error) {
    console.log(`${word}: ${(error as Error).message}`);
  }
}

await Promise.all(words.map(reverse));
process.off("SIGINT", giveUp);
await server.stop();
