/**
 * Server, client and worker in one process. A client or worker that is given a server instead of an
 * address talks to it through `toInprocessServer()`: no socket is opened, so Deno needs no permission
 * at all.
 *
 * ```sh
 * deno run examples/in_process.ts Gearman geartrain
 * bun examples/in_process.ts Gearman geartrain
 * ```
 *
 * The worker turns each word round, the client prints what it gets back: `namraeG`, `niartraeg`.
 *
 * @module
 */
import process from "node:process";
import { Client, Server, Worker } from "@geartrain/server";

const server = new Server();
const worker = new Worker({
  servers: [server],
  functions: { reverse: (job) => [...job.text()].reverse().join("") },
});
const client = new Client({ servers: [server] });
for (const word of process.argv.slice(2)) console.log(await client.submit("reverse", word).text());

await client.close();
await worker.stop();
await server.stop();
