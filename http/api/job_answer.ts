import type { EndedJob, Job, Router, RunFacts } from "../../router/mod.ts";
import {
  peerAnswer,
  peerAnswerOrNull,
  secondsOrNull,
  textFields,
  timeText,
  timeTextOrNull,
} from "./json.ts";
import type { JobAnswer, RunAnswer } from "./types.ts";

/** A live job, with its runs. */
export function jobAnswer(router: Router, job: Job): JobAnswer {
  const { clock, history } = router;
  const facts = router.facts.job(job);
  const { age, progress } = facts;
  const { warning, data } = history?.lastText(job) ?? { warning: null, data: null };
  return {
    handle: facts.handle,
    ...textFields("function", facts.function),
    ...textFields("unique", facts.unique),
    state: facts.state,
    priority: facts.priority,
    background: facts.background,
    submitted: age === null ? null : timeText(clock.epoch() - age),
    ageSeconds: secondsOrNull(age),
    due: timeTextOrNull(facts.due),
    losses: facts.losses,
    failures: facts.failures,
    numerator: progress === null ? null : progress.numerator,
    denominator: progress === null ? null : progress.denominator,
    payloadBytes: facts.bytes,
    clients: facts.clients,
    submitter: peerAnswerOrNull(facts.submitter),
    worker: peerAnswerOrNull(facts.worker),
    server: facts.server,
    runs: (history?.runs(job) ?? []).map(runAnswer),
    ...(warning === null ? { warning } : textFields("warning", warning)),
    ...(data === null ? { data } : textFields("data", data)),
  };
}

/** A job that has ended. */
export function endedJobAnswer(router: Router, job: EndedJob): JobAnswer {
  const { submitted, runs } = job;
  const isLost = ({ cause }: RunFacts) => cause === "lost" || cause === "timeout";
  return {
    handle: job.handle,
    ...textFields("function", job.function),
    ...textFields("unique", job.unique),
    state: "ended",
    priority: job.priority,
    background: job.background,
    submitted: timeTextOrNull(submitted),
    ageSeconds: submitted === null ? null : (router.clock.epoch() - submitted) / 1000,
    due: null,
    losses: runs.filter(isLost).length,
    failures: runs.filter(({ cause }) => cause === "failed" || cause === "exception").length,
    numerator: null,
    denominator: null,
    payloadBytes: null,
    clients: 0,
    submitter: peerAnswerOrNull(job.submitter),
    worker: peerAnswerOrNull(job.worker),
    server: null,
    runs: runs.map(runAnswer),
    warning: null,
    data: null,
    outcome: job.outcome,
    started: timeTextOrNull(job.started),
    ended: timeText(job.ended),
    ...textFields("text", job.text),
    resultBytes: job.resultBytes,
  };
}

function runAnswer({ worker, started, ended, cause }: RunFacts): RunAnswer {
  return {
    worker: peerAnswer(worker),
    started: timeText(started),
    ended: timeTextOrNull(ended),
    cause,
  };
}
