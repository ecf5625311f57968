/**
 * Answers to "why does my job not run?": what `router/why/` finds out about a function or a job.
 *
 * @module
 */
import { encodeName } from "../protocol/mod.ts";
import { JobState } from "./model/job_state.ts";
import type { Router } from "./router.ts";
import { type Diagnosis, reason } from "./why/diagnosis.ts";
import type { Fail, Tell } from "./cluster.ts";
import { JobElsewhere } from "./flow/job_elsewhere.ts";
import type { Job } from "./model/job.ts";
import { ofElsewhere } from "./why/elsewhere.ts";
import { ofFunction, ofKey, ofPause, ofWaiting } from "./why/function.ts";
import {
  ofDead,
  ofKept,
  ofNoJob,
  ofPast,
  ofPlace,
  ofResult,
  ofRunning,
  ofScheduled,
  ofStoring,
} from "./why/job.ts";
import { quoted } from "./why/words.ts";

export type { Diagnosis };

/** Why the waiting jobs of a function do not run, and what else holds its jobs up. */
export function whyFunction(router: Router, name: Uint8Array): Diagnosis[] {
  const func = router.functions.find(name, 0, name.length);
  if (func !== undefined) return [...ofServer(router), ...ofFunction(router, func)];
  const unknown = "no job of it was submitted, and no worker can do it";
  const pause = router.pauses.of(name);
  return [
    reason("unknown_function", `There is no function ${quoted(name)}: ${unknown}.`, {}),
    ...pause === null ? [] : [ofPause(router, pause, 0)],
  ];
}

/** Why a job does not run, or what has become of it. */
export function whyJob(router: Router, handle: string): Diagnosis[] {
  const job = router.jobByHandle(handle);
  if (job === undefined) return ofNoLiveJob(router, handle);
  const dead = router.dead.byHandle(handle);
  return dead === null ? ofLiveJob(router, job) : [...ofDead(dead, job), ...ofLiveJob(router, job)];
}

function ofLiveJob(router: Router, job: Job): Diagnosis[] {
  const past = ofPast(job);
  switch (job.state) {
    case JobState.RUNNING:
      return [ofRunning(router, job), ...past];
    case JobState.SCHEDULED: {
      const { pause, waiting } = job.func;
      const paused = pause === null ? [] : [ofPause(router, pause, waiting)];
      return [ofScheduled(router, job), ...past, ...paused];
    }
    case JobState.STORING:
      return [...ofServer(router), ofStoring(job), ...past];
    case JobState.KEPT:
      return [...ofServer(router), ofKept(), ...past];
    default:
      return [
        ...ofServer(router),
        ofPlace(job),
        ...past,
        ...ofKey(router, job),
        ...ofWaiting(router, job.func),
      ];
  }
}

function ofNoLiveJob(router: Router, handle: string): Diagnosis[] {
  const dead = router.dead.byHandle(handle);
  if (dead !== null) return ofDead(dead, null);
  const bytes = encodeName(handle);
  const result = router.results.find(bytes, 0, bytes.length);
  const ended = ofNoJob(router, handle);
  return result === null ? [ended] : [ended, ofResult(router, result)];
}

/** The same of a job of any server that shares its jobs; see {@linkcode Everywhere}. */
export function whyJobAnywhere(
  router: Router,
  handle: string,
  tell: Tell<Diagnosis[]>,
  fail: Fail,
): void {
  const bytes = encodeName(handle);
  const found = (job: Job | null) =>
    tell(job instanceof JobElsewhere ? [...ofElsewhere(router, job)] : whyJob(router, handle));
  router.everywhere.find(bytes, 0, bytes.length, found, fail);
}

/** Is this the handle of a job rather than a function, though there is no such job? */
export function isHandle(router: Router, word: string): boolean {
  const bytes = encodeName(word);
  if (router.jobs.numberOf(bytes, 0, bytes.length) >= 0) return true;
  return !router.functions.knows(bytes) && /^H:.*:[0-9a-f]+$/.test(word);
}

function ofServer(router: Router): Diagnosis[] {
  const notReady = router.facts.notReady();
  return notReady === null ? [] : [reason("not_ready", `${notReady.text}.`, {})];
}
