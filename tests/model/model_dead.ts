/** Dead jobs: how jobs become such, and what may be ordered about them. */

import { endFailed } from "./model_endings.ts";
import type { Model } from "./model.ts";
import { isSameWork, type ModelDead, type ModelJob } from "./model_state.ts";

const UNKNOWN_JOB = "ERR UNKNOWN_JOB\r\n";
const NO_FUNCTION = "ERR function not found\r\n";

/** It is dead, and drives out who died first if there are too many. Whoever calls ends it as a live job. */
export function die(model: Model, job: ModelJob, cause: string): void {
  const most = model.ruleOf(job).dead?.count ?? Infinity;
  const own = model.dead.filter(({ func }) => func === job.func);
  for (const oldest of own.slice(0, Math.max(0, own.length + 1 - most))) {
    model.count("dropped dead");
    dropOne(model, oldest);
  }
  model.dead.push({ ...job, cause });
}

function dropOne(model: Model, dead: ModelDead): void {
  model.dead = model.dead.filter((other) => other !== dead);
}

export function bury(model: Model, handle: string): string {
  const job = model.jobs.find((other) => other.handle === handle);
  if (job === undefined) return UNKNOWN_JOB;
  if (!job.background) return "ERR FOREGROUND_JOB only+a+background+job+can+be+buried\r\n";
  die(model, job, "buried");
  endFailed(model, job, "buried");
  return "OK\r\n";
}

/** It lives again, with as many runs as a new one, behind the others; a live job may have its unique. */
function revive(model: Model, dead: ModelDead): boolean {
  if (model.jobs.some((job) => isSameWork(job, dead))) return false;
  dropOne(model, dead);
  const { cause: _, ...kept } = dead;
  const job: ModelJob = {
    ...kept,
    listeners: [],
    worker: null,
    lateWorker: null,
    timesOutAt: Infinity,
    losses: 0,
    failures: 0,
    isReturned: false,
    status: "0|0",
  };
  job.expiresAt = model.wall + 1000 * (model.ruleOf(job).ttl ?? Infinity);
  model.jobs.push(job);
  model.jobs.sort((one, other) => one.number - other.number);
  model.count("kicked");
  model.enqueue(job);
  return true;
}

export function kickJob(model: Model, handle: string): string {
  const dead = model.dead.find((other) => other.handle === handle);
  if (dead === undefined) return UNKNOWN_JOB;
  return revive(model, dead) ? "OK\r\n" : "ERR UNIQUE_IN_USE a+live+job+has+its+unique\r\n";
}

/** Those that died first. */
export function kick(model: Model, func: string, most: number): string {
  if (!model.functions.has(func)) return NO_FUNCTION;
  let count = 0;
  for (const dead of model.dead.filter((other) => other.func === func)) {
    if (count < most && revive(model, dead)) count++;
  }
  return `OK ${count}\n`;
}

export function dropDeadJob(model: Model, handle: string): string {
  const dead = model.dead.find((other) => other.handle === handle);
  if (dead === undefined) return UNKNOWN_JOB;
  dropOne(model, dead);
  return "OK\r\n";
}

export function dropDead(model: Model, func: string): string {
  if (!model.functions.has(func)) return NO_FUNCTION;
  const own = model.dead.filter((other) => other.func === func);
  for (const dead of own) dropOne(model, dead);
  return `OK ${own.length}\n`;
}
