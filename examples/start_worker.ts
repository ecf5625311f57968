/**
 * Starts two worker programs, here in Perl, and another one when one has ended. Such a program has
 * the server at its standard input and output; it needs to know no address.
 *
 * ```sh
 * deno run --no-prompt --allow-net=127.0.0.1:4730 --allow-env --allow-run=/bin/sh \
 *   examples/start_worker.ts 4730
 * bun examples/start_worker.ts 4730
 * ```
 *
 * It needs Perl with Gearman::Worker (Debian package libgearman-client-perl). Give the workers a job
 * from another terminal: `echo hello | gearman -h 127.0.0.1 -f reverse`.
 *
 * On Deno, `--allow-env` is for the environment, which the workers get as well. If it has a variable
 * whose name begins with LD_, Deno wants `--allow-run` without `=/bin/sh`. The server would look for
 * the program along PATH and can do without: `--no-prompt` keeps Deno from asking.
 *
 * @module
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Server, type WorkerExit } from "@geartrain/server";

const WORKERS = 2;
const PROGRAM = fileURLToPath(new URL("worker.pl", import.meta.url));
/** In milliseconds; without it, a program that cannot even begin would be started in a busy loop. */
const PAUSE = 1000;

const server = new Server();
let isStopping = false;

function startWorker(): void {
  if (isStopping) return;
  const { pid, exited } = server.startWorker("perl", PROGRAM);
  console.log(`Worker ${pid} started`);
  void exited.then((exit) => workerEnded(pid, exit));
}

/** Its jobs go to other workers without our doing. */
function workerEnded(pid: number, { code, signal }: WorkerExit): void {
  console.log(`Worker ${pid} ended: ${signal ?? `exit code ${code}`}`);
  if (!isStopping) setTimeout(startWorker, PAUSE);
}

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    isStopping = true;
    void server.stop(); // The workers get a SIGTERM.
  });
}

const { addr } = await server.start(Number(process.argv[2]), { localAddr: "127.0.0.1" });
console.log(`Gearman on ${addr.hostname}:${addr.port}`);
for (let count = 0; count < WORKERS; count++) startWorker();
