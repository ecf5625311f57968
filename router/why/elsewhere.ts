import { sumOf } from "../facts.ts";
import type { JobElsewhere } from "../flow/job_elsewhere.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import type { Router } from "../router.ts";
import { type Diagnosis, reason } from "./diagnosis.ts";
import { ofPast, ofScheduled } from "./job.ts";
import { quoted, some } from "./words.ts";

/** Why a job that is not at this server does not run, or where it runs. */
export function* ofElsewhere(router: Router, job: JobElsewhere): Generator<Diagnosis> {
  const { server, state, isRunning, numerator, denominator } = job.seen;
  const at = { server: server ?? "" };
  if (isRunning) {
    const told = denominator === 0 ? "" : `; it has done ${numerator} of ${denominator}`;
    yield reason("runs_elsewhere", `It runs at the server "${server}"${told}.`, at);
  } else if (state === "claimed") {
    const text = `The server "${server}" has it, for one of its workers.`;
    yield reason("claimed_elsewhere", text, at);
  } else if (state === "scheduled") yield ofScheduled(router, job);
  else yield ofSharedQueue(job.func, "It waits");
  yield* ofPast(job);
}

/** Jobs of a function wait in the queue that servers share. */
export function* ofWaitingElsewhere(func: FunctionQueue): Generator<Diagnosis> {
  const waiting = waitingElsewhere(func);
  if (waiting > 0) yield ofSharedQueue(func, some(waiting, "job waits", "jobs wait"));
}

/** How many those are. */
export function waitingElsewhere({ elsewhere }: FunctionQueue): number {
  return elsewhere === null ? 0 : sumOf(elsewhere.waiting);
}

function ofSharedQueue(func: FunctionQueue, waits: string): Diagnosis {
  const workers = func.workers + (func.elsewhere?.workers ?? 0);
  const running = func.running + (func.elsewhere?.running ?? 0);
  const where = `${waits} in the queue that servers share`;
  const numbers = { waiting: waitingElsewhere(func), workers, running };
  if (workers === 0) {
    const text = `${where}, and no worker of any server can do ${quoted(func.name)}.`;
    return reason("no_worker_anywhere", text, numbers);
  }
  const can = some(workers, "worker of them can", "workers of them can");
  const runs = some(running, "job runs", "jobs run");
  const text = `${where}: ${can} do ${quoted(func.name)}, and ${runs}.`;
  return reason("in_shared_queue", text, numbers);
}
