import { setTimeout as pause } from "node:timers/promises";
import { JobFailedError, Worker, type WorkerJob } from "../../../../mod.ts";
import type { RandomNumbers } from "../../../support/random_numbers.ts";
import type { History, Run } from "../history.ts";
import { FUNCTIONS } from "./clients.ts";

/** A worker of a server, which does jobs of all functions, one at a time. */
export function loadWorker(
  server: { readonly name: string; readonly port: number },
  history: History,
  random: RandomNumbers,
): Worker {
  const work = async (job: WorkerJob) => {
    const run: Run = {
      handle: job.handle,
      payload: job.text(),
      functionName: job.functionName,
      unique: job.unique,
      server: server.name,
      at: Date.now(),
      end: null,
    };
    history.runs.push(run);
    // Most are short, some are long enough that a fault falls into them.
    await pause(random(30) === 0 ? random(1500) : random(12));
    const hasFailed = random(50) === 0;
    const how = job.signal.aborted ? "broken" : hasFailed ? "failed" : "completed";
    run.end = { at: Date.now(), how };
    if (hasFailed) throw new JobFailedError("as it should be");
  };
  return new Worker({
    servers: [`127.0.0.1:${server.port}`],
    functions: Object.fromEntries(FUNCTIONS.map((name) => [name, work])),
    backoff: { first: 50, longest: 200 },
  });
}
