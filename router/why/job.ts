import { decodeName, encodeName } from "../../protocol/mod.ts";
import type { EndedJob } from "../history/mod.ts";
import type { DeadJob } from "../flow/dead_jobs.ts";
import type { KeptResult } from "../flow/kept_results.ts";
import type { Job } from "../model/job.ts";
import { type JobRun, runsIn } from "../model/job_runs.ts";
import { factsOfPeer } from "../model/peer.ts";
import type { Router } from "../router.ts";
import { type Diagnosis, inSeconds, reason, startOf } from "./diagnosis.ts";
import { duration, peerNumbers, peerWords, quoted, some, timeOfDay } from "./words.ts";

/** So many jobs before one are counted one by one. */
const MOST_COUNTED = 65_536;

/** Where a waiting job stands. */
export function ofPlace(job: Job): Diagnosis {
  const { func, priorityIndex } = job;
  const own = func.queues[priorityIndex].countBefore(job, MOST_COUNTED);
  let higher = 0;
  for (let other = 0; other < priorityIndex; other++) higher += func.queues[other].length;
  const before = own + higher;
  const least = own === MOST_COUNTED ? "At least " : "";
  const numbers = { before, higher, priority: job.priority, waiting: func.waiting };
  if (before === 0) {
    return reason("is_next", `It is the next job of ${quoted(func.name)}.`, numbers);
  }
  const ofHigher = higher === 0 ? "" : `, ${higher} of them of higher priority`;
  return reason(
    "jobs_before",
    `${least}${some(before, "job", "jobs")} of ${quoted(func.name)} ${
      before === 1 ? "is" : "are"
    } before it${ofHigher}.`,
    numbers,
  );
}

export function ofRunning(router: Router, job: Job): Diagnosis {
  const worker = factsOfPeer(job.worker!);
  const since = startOf(router, job);
  const runs = since === null ? null : router.clock.epoch() - since;
  const { progress } = job;
  const told = progress === null
    ? ""
    : `; it has done ${progress.numerator} of ${progress.denominator}`;
  return reason(
    "running",
    `It runs${runs === null ? "" : ` for ${duration(runs)}`}, at the worker ${
      peerWords(worker)
    }${told}.`,
    { ...peerNumbers(worker), ...runs === null ? {} : { runningSeconds: inSeconds(runs) } },
  );
}

export function ofScheduled(router: Router, job: Job): Diagnosis {
  const holder = router.dedupe.holderOf(job);
  if (holder !== null) {
    const handle = router.jobs.handleOf({ number: holder });
    return reason("behind_another", `It waits until ${handle} has ended, which has its unique.`, {
      handle,
    });
  }
  const { due } = job.timer!;
  const left = due - router.clock.epoch();
  const text = left > 0
    ? `It waits for its due time, in ${duration(left)} (${timeOfDay(due)}).`
    : "Its due time has come, and it takes its place in the queue.";
  return reason("not_due", text, { due, dueInSeconds: inSeconds(Math.max(0, left)) });
}

export function ofStoring(job: Job): Diagnosis {
  const { storing } = job.func;
  return reason(
    "storing",
    "It waits for the disk: until it is written, or what came before it, or until it is read again.",
    { storing },
  );
}

export function ofKept(): Diagnosis {
  return reason(
    "kept",
    "It stays in the store for the next start: no worker gets it before.",
    {},
  );
}

/**
 * Why it is with the dead jobs, and what its runs came to.
 *
 * @param standIn stands for it; null if none does.
 */
export function ofDead({ job, diedAt }: DeadJob, standIn: Job | null): Diagnosis[] {
  const { losses, failures, trouble } = job;
  const error = trouble!.error;
  const said = error.length === 0 ? "" : `: ${quoted(error)}`;
  const failed = some(losses + failures, "run", "runs");
  const runs = runsIn(trouble!.runs);
  const { cause, worker } = runs.findLast(({ afterDeath }) => !afterDeath) ?? {};
  const why = cause === "buried"
    ? `it was buried by ${worker}`
    : cause === "expired"
    ? "it had waited for longer than it may"
    : `${failed} of it failed${said}`;
  const who = standIn === null
    ? "No worker gets it"
    : `Workers of ${quoted(standIn.func.name)} get it`;
  const text = `It is dead since ${timeOfDay(diedAt)}, as ${why}. ${who}.`;
  const told = runs.map(({ afterDeath, ...run }) => {
    const numbers = { ...run, startedAt: run.startedAt ?? 0 };
    return reason("failed_run", textOfRun({ ...run, afterDeath }), numbers);
  });
  return [reason("dead", text, { losses, failures, diedAt }), ...told];
}

function textOfRun({ startedAt, endedAt, worker, cause, text, afterDeath }: JobRun): string {
  const took = startedAt === null ? "" : `, after ${duration(endedAt - startedAt)}`;
  const who = worker === "" ? "" : ` (${worker})`;
  const said = text === "" ? "" : `: ${quoted(encodeName(text))}`;
  const what = cause === "buried"
    ? "it was buried"
    : cause === "expired"
    ? "it expired"
    : `${afterDeath ? "the run of the dead job" : "a run"} ended${took}: ${CAUSES[cause]}`;
  return `At ${timeOfDay(endedAt)} ${what}${who}${said}.`;
}

const CAUSES = {
  fail: "the worker said that it failed",
  exception: "the worker sent an exception",
  timeout: "it took too long",
  lost: "the worker was gone",
} as const;

/** What went wrong with it before. */
export function ofPast(job: Job): Diagnosis[] {
  const { losses, failures, trouble } = job;
  if (trouble === null || losses + failures === 0) return [];
  const { cause, error } = trouble;
  const last = cause === null ? "" : `, the last one as ${CAUSES[cause]}`;
  const said = error.length === 0 ? "" : `: ${quoted(error)}`;
  return [reason(
    "ran_before",
    `${some(losses + failures, "run of it has", "runs of it have")} failed${last}${said}.`,
    { losses, failures },
  )];
}

/** What became of a job that does not live. */
export function ofNoJob(router: Router, handle: string): Diagnosis {
  const ended = router.history?.endedByHandle(handle) ?? null;
  if (ended !== null) return ofEnded(router, ended);
  const bytes = encodeName(handle);
  const number = router.jobs.numberOf(bytes, 0, bytes.length);
  // Other servers give handles, too.
  if (number < 0 || router.cluster === null && number > router.jobs.lastNumber) {
    return reason(
      "unknown_job",
      `There is no job ${quoted(bytes)}, and this server has not given that handle since it began.`,
      {},
    );
  }
  const memory = router.history === null
    ? "the server does not remember how (option history)"
    : "so many others have that it is not remembered how";
  return reason("ended_unknown", `It has ended; ${memory}.`, {});
}

/** Its result can be asked for. */
export function ofResult(router: Router, { data, endedAt, until }: KeptResult): Diagnosis {
  const bytes = some(data.length, "byte", "bytes");
  const left = duration(Math.max(0, until - router.clock.epoch()));
  const numbers = { bytes: data.length, ended: Math.round(endedAt), until: Math.round(until) };
  return reason("result", `Its result of ${bytes} is kept for ${left} more.`, numbers);
}

const ENDS = {
  completed: "It is completed",
  failed: "It failed: its worker said so",
  exception: "It ended with an exception",
  cancelled: "It was cancelled",
  lost: "It failed, as it lost as many workers as it may",
  abandoned: "It was dropped, as no client waited for it any more",
  refused: "It was dropped, as it could not be stored",
  damaged: "It was dropped, as what is stored of it is damaged",
  expired: "It expired, as it had waited for longer than it may",
  buried: "It was put with the dead jobs, and is not there any more",
} as const;

function ofEnded(router: Router, { outcome, ended, text, worker, runs }: EndedJob): Diagnosis {
  const ago = Math.max(0, router.clock.epoch() - ended);
  const said = text.length === 0 ? "" : `: ${decodeName(text)}`;
  const by = worker === null ? "" : `, last run by ${peerWords(worker)}`;
  return reason(
    "ended",
    `${ENDS[outcome]}, at ${timeOfDay(ended)}, ${duration(ago)} ago${by}${said}.`,
    {
      outcome,
      ended: Math.round(ended),
      agoSeconds: inSeconds(ago),
      runs: runs.length,
      ...text.length === 0 ? {} : { text: decodeName(text) },
      ...worker === null ? {} : peerNumbers(worker),
    },
  );
}
