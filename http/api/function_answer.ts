import type {
  FunctionCounts,
  FunctionQueue,
  FunctionTimings,
  JobOutcome,
  LastHour,
  MinutePoint,
  Router,
} from "../../router/mod.ts";
import { sumOf } from "../../router/facts.ts";
import { textFields, timeText } from "./json.ts";
import { pauseAnswer } from "./pause_answer.ts";
import type { FunctionAnswer, MinuteAnswer } from "./types.ts";

type Percentiles = Pick<
  FunctionAnswer,
  "waitP50" | "waitP95" | "waitP99" | "runP50" | "runP95" | "runP99"
>;

const NONE: Percentiles = {
  waitP50: null,
  waitP95: null,
  waitP99: null,
  runP50: null,
  runP95: null,
  runP99: null,
};

/** A function, without what happened in each minute. */
export function functionAnswer(router: Router, func: FunctionQueue): FunctionAnswer {
  const { name, pause } = func;
  const facts = router.facts.function(func);
  const { jobs, waiting, priorities, scheduled, running, workers, dead, maxQueue, counts } = facts;
  const timings = router.history?.timings(name) ?? null;
  const last = timings?.lastMinute();
  return {
    ...textFields("name", name),
    jobs,
    waiting,
    waitingHigh: priorities[0],
    waitingNormal: priorities[1],
    waitingLow: priorities[2],
    scheduled: sumOf(scheduled),
    running,
    workers,
    dead,
    oldestWaitingSeconds: oldestWaiting(router, name),
    maxQueueHigh: maxQueue[0],
    maxQueueNormal: maxQueue[1],
    maxQueueLow: maxQueue[2],
    ...totals(counts),
    submittedPerMinute: last?.submitted ?? 0,
    endedPerMinute: last === undefined ? 0 : endedIn(last),
    ...percentiles(timings),
    paused: pause !== null,
    pause: pause === null ? null : pauseAnswer(pause),
  };
}

/** What has happened in a function since it was made. */
function totals(counts: Readonly<FunctionCounts>) {
  const { ended, requeued } = counts;
  return {
    submittedTotal: submittedIn(counts),
    startedTotal: counts.started,
    completedTotal: ended.completed,
    failedTotal: ended.failed,
    exceptionTotal: ended.exception,
    lostTotal: ended.lost,
    timedOutTotal: counts.timedOut,
    cancelledTotal: ended.cancelled,
    requeuedTotal: requeued.lost + requeued.timeout + requeued.retry,
    refusedTotal: counts.refused,
    coalescedTotal: counts.coalesced,
  };
}

/** How many jobs were submitted. */
export function submittedIn({ submitted }: Readonly<FunctionCounts>): number {
  return submitted.reduce((sum, count) => sum + count, 0);
}

/** How many jobs ended. */
export function endedIn(counts: Readonly<Record<JobOutcome, number>>): number {
  const { completed, failed, exception, cancelled, lost, abandoned, refused, damaged, expired } =
    counts;
  return completed + failed + exception + cancelled + lost + abandoned + refused + damaged +
    expired;
}

function oldestWaiting(router: Router, name: Uint8Array): number | null {
  const known = router.history?.oldestWaiting(name).filter((seconds) => seconds !== null) ?? [];
  return known.length === 0 ? null : Math.max(...known as number[]);
}

function percentiles(timings: FunctionTimings | null): Percentiles {
  if (timings === null) return NONE;
  return percentilesOf(timings.lastHour("waiting"), timings.lastHour("running"));
}

function percentilesOf(wait: LastHour, run: LastHour): Percentiles {
  return {
    waitP50: wait.p50,
    waitP95: wait.p95,
    waitP99: wait.p99,
    runP50: run.p50,
    runP95: run.p95,
    runP99: run.p99,
  };
}

/** Jobs that ended in each of the last 60 minutes, oldest first. */
export function endedByMinute(router: Router, { name }: FunctionQueue): number[] {
  const minutes = router.history?.timings(name)?.minutes();
  return minutes?.map(endedIn) ?? new Array(60).fill(0);
}

/** The last 60 minutes of a function, oldest first; none if nothing is known of them. */
export function minuteAnswers(router: Router, { name }: FunctionQueue): MinuteAnswer[] {
  const timings = router.history?.timings(name) ?? null;
  if (timings === null) return [];
  const waits = timings.byMinute("waiting");
  const runs = timings.byMinute("running");
  return timings.minutes().map((minute, index) => minuteAnswer(minute, waits[index], runs[index]));
}

function minuteAnswer(minute: MinutePoint, wait: LastHour, run: LastHour): MinuteAnswer {
  return {
    at: timeText(minute.at),
    submitted: minute.submitted,
    started: minute.started,
    completed: minute.completed,
    failed: minute.failed + minute.exception,
    lost: minute.lost + minute.cancelled + minute.abandoned + minute.refused + minute.damaged +
      minute.expired,
    ...percentilesOf(wait, run),
  };
}
