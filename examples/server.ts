/**
 * A Gearman server that logs each job when it has ended. At SIGTERM or SIGINT it takes no more
 * connections and ends when no job is left; at the next it ends at once.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1:4730 examples/server.ts 4730
 * bun examples/server.ts 4730
 * ```
 *
 * Give it a worker and a job from another terminal, with Debian's package gearman-tools:
 *
 * ```sh
 * gearman -h 127.0.0.1 -w -f wc -- wc -l &
 * gearman -h 127.0.0.1 -f wc < README.md
 * ```
 *
 * @module
 */
import process from "node:process";
import { Server } from "@geartrain/server";

const server = new Server();

server.on("jobFinished", ({ job, outcome }) => {
  console.log(`${job.functionName} ${job.handle} ${outcome}`);
});

let isStopping = false;

function stop(signal: string): void {
  console.log(isStopping ? `${signal}: ending` : `${signal}: ending when no job is left`);
  void server.stop({ graceful: !isStopping });
  isStopping = true;
}

process.on("SIGTERM", stop);
process.on("SIGINT", stop);

const { addr } = await server.start(Number(process.argv[2]), { localAddr: "127.0.0.1" });
console.log(`Gearman on ${addr.hostname}:${addr.port}`);
