/** How runs and jobs end: whether a job runs again, is dead or gone, and who is told. */

import type { Model } from "./model.ts";
import { die } from "./model_dead.ts";
import { isDoneBy, isNeeded, type ModelJob, type ModelPeer } from "./model_state.ts";

const OUTCOMES: Record<string, string | undefined> = {
  WORK_COMPLETE: "completed",
  WORK_FAIL: "failed",
  WORK_EXCEPTION: "exception",
};

/** The worker will not finish the job. */
export function lose(model: Model, job: ModelJob, cause: "lost" | "timeout" = "lost"): void {
  const { jobRetries } = model.rules;
  const { retry, dead } = model.ruleOf(job);
  const wasAgain = mayRunAgain(model, job);
  if (cause === "timeout" && retry !== undefined) job.failures++;
  else job.losses++;
  if (cause === "timeout") model.count("timedOut");
  if (!isNeeded(job)) return end(model, job, "abandoned");
  const isGivenUp = retry === undefined ? jobRetries >= 0 && job.losses >= jobRetries : !wasAgain;
  if (!isGivenUp) return runAgain(model, job, cause);
  if (dead === undefined || !job.background) return endFailed(model, job, "lost");
  die(model, job, cause);
  endFailed(model, job, "buried");
}

function mayRunAgain(model: Model, job: ModelJob): boolean {
  const { retry } = model.ruleOf(job);
  const isSilent = job.background || !job.hasSpoken;
  return retry !== undefined && isSilent && job.failures + job.losses < retry.max;
}

/** It waits again, unless that is too late. */
function runAgain(model: Model, job: ModelJob, cause: "lost" | "timeout" | "retry"): void {
  const { retry } = model.ruleOf(job);
  if (job.expiresAt < model.wall || job.expiresAt === model.wall && cause !== "timeout") {
    return endFailed(model, job, "expired");
  }
  model.count(`requeued ${cause}`);
  job.worker = null;
  job.timesOutAt = Infinity;
  job.status = "0|0";
  if (retry === undefined) {
    job.isReturned = job.losses === 1;
    return model.enqueue(job);
  }
  model.waitUntil(job, model.wall + 1000 * retry.base);
}

export function endFailed(model: Model, job: ModelJob, outcome: string): void {
  for (const listener of job.listeners) model.expect(listener, "WORK_FAIL", job.handle);
  end(model, job, outcome);
}

export function end(model: Model, job: ModelJob, outcome: string): void {
  model.count(`ended ${outcome}`);
  model.jobs = model.jobs.filter((other) => other !== job);
  for (const listener of job.listeners) model.closeIfNothingIsOwed(listener);
}

/** A WORK_* packet: handle, then its other arguments. */
export function work(
  model: Model,
  worker: ModelPeer,
  type: string,
  handle: string,
  ...args: string[]
): void {
  const job = model.jobs.find((other) => other.handle === handle && isDoneBy(worker, other));
  if (job === undefined) return workForNothing(model, worker, type, handle);
  if (type === "WORK_EXCEPTION") worker.exceptions.push(handle);
  const hasFailed = type === "WORK_FAIL" || type === "WORK_EXCEPTION";
  if (hasFailed) {
    worker.hasEverWorked = true;
    worker.hasWorkedSinceSleep = true;
    if (isRetried(model, job)) return;
  }
  if (type === "WORK_DATA" || type === "WORK_WARNING") job.hasSpoken ||= job.listeners.length > 0;
  for (const listener of job.listeners) {
    if (type === "WORK_EXCEPTION" && !listener.wantsExceptions) {
      model.expect(listener, "WORK_FAIL", handle);
    } else model.expect(listener, type, handle, ...args);
  }
  if (type === "WORK_STATUS" && job.state === "running") job.status = args.join("|");
  const outcome = OUTCOMES[type];
  if (outcome === undefined) return;
  worker.hasEverWorked = true;
  worker.hasWorkedSinceSleep = true;
  if (type === "WORK_COMPLETE") keepResult(model, job, args[0]);
  const isDead = hasFailed && job.state === "running" && job.background &&
    model.ruleOf(job).dead !== undefined;
  if (!isDead) return end(model, job, outcome);
  job.failures++;
  die(model, job, type === "WORK_FAIL" ? "fail" : "exception");
  end(model, job, "buried");
}

/** Its worker says that it failed: does it wait for a further run, or has since it took too long? */
function isRetried(model: Model, job: ModelJob): boolean {
  if (!isNeeded(job) || model.ruleOf(job).retry === undefined) return false;
  if (job.state === "running") {
    if (!mayRunAgain(model, job)) return false;
    job.failures++;
    runAgain(model, job, "retry");
    return true;
  }
  job.lateWorker = null;
  return true;
}

/** What stands in the WORK_COMPLETE of a background job is kept for a time. */
function keepResult(model: Model, job: ModelJob, data: string): void {
  const { keepResult = 0 } = model.ruleOf(job);
  if (keepResult === 0 || !job.background) return;
  const total = Math.max(1, Number(job.status.split("|")[1]));
  const until = model.wall + 1000 * keepResult;
  model.results.set(job.handle, { func: job.func, endedAt: model.wall, until, total, data });
}

function workForNothing(model: Model, worker: ModelPeer, type: string, handle: string): void {
  if (type === "WORK_FAIL" && worker.exceptions.includes(handle)) {
    worker.exceptions = worker.exceptions.filter((other) => other !== handle);
    return;
  }
  const texts: Record<string, string> = {
    WORK_DATA: "Job does not exist on server",
    WORK_WARNING: "Job does not exist on server",
    WORK_EXCEPTION: "An exception was received for a job that does not exist",
  };
  const text = texts[type] ?? "Job given in work result not found";
  model.expect(worker, "ERROR", "JOB_NOT_FOUND", text);
}
