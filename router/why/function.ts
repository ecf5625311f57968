import { encodeName } from "../../protocol/mod.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import type { Job } from "../model/job.ts";
import { PRIORITIES, PRIORITY_NAMES } from "../model/job_state.ts";
import type { Pause } from "../model/pause.ts";
import { factsOfPeer, type Peer } from "../model/peer.ts";
import type { Router } from "../router.ts";
import { type Diagnosis, inSeconds, reason, startOf } from "./diagnosis.ts";
import { ofWaitingElsewhere, waitingElsewhere } from "./elsewhere.ts";
import { duration, peerNumbers, peerWords, quoted, some, timeOfDay } from "./words.ts";

/** Why no worker gets a waiting job of the function. */
export function* ofWaiting(router: Router, func: FunctionQueue): Generator<Diagnosis> {
  if (func.pause !== null) yield ofPause(router, func.pause, func.waiting);
  else if (func.closed !== 0) yield ofLimited(router, func);
  else if (func.workers === 0) yield ofNoWorker(router, func);
  else yield* ofWorkers(router, func);
}

/** The same, and what else keeps jobs of the function from being run, or from being taken in. */
export function* ofFunction(router: Router, func: FunctionQueue): Generator<Diagnosis> {
  const { waiting, storing } = func;
  const scheduled = func.scheduled[0] + func.scheduled[1] + func.scheduled[2];
  yield* ofWaitingElsewhere(func);
  if (waiting === 0 && waitingElsewhere(func) === 0) {
    const running = some(func.running, "job runs", "jobs run");
    yield reason(
      "nothing_waits",
      `No job of ${quoted(func.name)} waits for a worker; ${running}.`,
      {
        running: func.running,
      },
    );
    if (func.pause !== null) yield ofPause(router, func.pause, waiting);
  } else if (waiting > 0) yield* ofWaiting(router, func);
  if (storing > 0) {
    yield reason(
      "storing",
      `${some(storing, "job waits", "jobs wait")} for the disk, to be written or read.`,
      { storing },
    );
  }
  if (scheduled > 0) {
    yield reason("scheduled", `${some(scheduled, "job waits", "jobs wait")} for the due time.`, {
      scheduled,
    });
  }
  yield* ofLimit(func);
}

/** That a function is paused, which need not exist. */
export function ofPause(router: Router, pause: Pause, waiting: number): Diagnosis {
  const { name, since, until, by, reason: said } = pause;
  const now = router.clock.epoch();
  const left = until === null ? 0 : Math.max(0, until - now);
  const end = until === null
    ? "until somebody resumes it"
    : `for ${duration(left)} more, until ${timeOfDay(until)}`;
  const why = said === "" ? "" : ` (${said})`;
  return reason(
    "paused",
    `${quoted(name)} is paused${why} by ${by} since ${
      timeOfDay(since)
    }, ${end}: no worker gets its ` +
      `jobs; ${some(waiting, "job of it waits", "jobs of it wait")}.`,
    {
      waiting,
      by,
      since: Math.round(since),
      ...until === null ? {} : { until: Math.round(until) },
      ...said === "" ? {} : { reason: said },
    },
  );
}

/** Why a job may not start whose key has come to a limit; nothing if it may. */
export function ofKey(router: Router, job: Job): Diagnosis[] {
  const { rule, name } = job.func;
  const lanes = router.starts.lanesOf(job.func);
  const lane = lanes === null || rule === null || rule.key === null ? null : lanes.find(job);
  if (lane === null || lane.room > 0) return [];
  const { waiting, running } = lane;
  const key = `${quoted(encodeName(lane.name))} of ${quoted(name)}`;
  const until = router.starts.closedUntil(lane, rule);
  const left = until === null ? 0 : Math.max(0, until - router.clock.now());
  const text = until === null
    ? `As many jobs with the key ${key} run as may at once: ${running}`
    : `No more jobs with the key ${key} may start: the next one may in ${duration(left)}`;
  const waits = some(waiting, "job of it waits", "jobs of it wait");
  return [
    reason("key_limited", `${text}; ${waits}.`, { key: lane.name, waiting, running }),
  ];
}

function ofLimited(router: Router, func: FunctionQueue): Diagnosis {
  const { waiting, running, name, rule } = func;
  const waits = some(waiting, "job of it waits", "jobs of it wait");
  if (rule?.key) {
    const text = `Each key of ${quoted(name)} that has waiting jobs has come to a limit`;
    return reason("limited", `${text}; ${waits}.`, { waiting, running });
  }
  const until = router.starts.closedUntil(func, rule);
  if (until !== null) {
    const { count, period } = func.rule!.rate!;
    const left = Math.max(0, until - router.clock.now());
    return reason(
      "limited",
      `No more than ${count} jobs of ${quoted(name)} start in ${
        duration(period)
      }: the next one may in ${duration(left)}; ${waits}.`,
      { waiting, running, nextStartSeconds: inSeconds(left) },
    );
  }
  return reason(
    "limited",
    `As many jobs of ${quoted(name)} run as may at once: ${running}; ${waits}.`,
    { waiting, running },
  );
}

function ofNoWorker(router: Router, func: FunctionQueue): Diagnosis {
  const { waiting, name } = func;
  const ages = router.history?.oldestWaiting(name).filter((age) => age !== null) ?? [];
  const oldest = ages.length === 0 ? null : Math.max(...ages);
  const since = oldest === null ? "" : `, for ${duration(oldest * 1000)} now`;
  return reason(
    "no_worker",
    `${some(waiting, "job waits", "jobs wait")}, and no connected worker can do ${
      quoted(name)
    }${since}.`,
    { waiting, workers: 0, ...oldest === null ? {} : { oldestSeconds: inSeconds(oldest * 1000) } },
  );
}

/** The workers of a function, by what they do. */
interface WorkersByState {
  readonly busy: Peer[];
  /** They were woken and have not asked for a job since. */
  readonly woken: Peer[];
  readonly asleep: Peer[];
  /** They get no more jobs, as somebody has ordered. */
  readonly quiet: Peer[];
  /** They neither run a job nor sleep. */
  readonly awake: Peer[];
}

function workersOf(router: Router, func: FunctionQueue): WorkersByState {
  const found: WorkersByState = { busy: [], woken: [], asleep: [], quiet: [], awake: [] };
  for (const peer of router.connections.values()) {
    if (peer.abilityOf(func) === undefined) continue;
    if (peer.isQuiet) found.quiet.push(peer);
    else if (peer.jobs > 0) found.busy.push(peer);
    else if (peer.wakeUps > 0) found.woken.push(peer);
    else if (peer.isSleeping) found.asleep.push(peer);
    else found.awake.push(peer);
  }
  return found;
}

function* ofWorkers(router: Router, func: FunctionQueue): Generator<Diagnosis> {
  const { busy, woken, asleep, quiet, awake } = workersOf(router, func);
  if (busy.length > 0) yield ofBusy(router, func, busy);
  if (woken.length > 0) yield ofWoken(woken);
  if (quiet.length > 0) yield ofQuiet(quiet);
  if (asleep.length > 0) {
    const { wakeup } = router.options;
    const sleep = some(
      asleep.length,
      "worker that can do it sleeps",
      "workers that can do it sleep",
    );
    yield wakeup === 0
      ? reason("nobody_is_woken", `${sleep}, and the server wakes nobody: wakeup is 0.`, {
        sleeping: asleep.length,
      })
      : reason("workers_sleep", `${sleep}, and will be woken in turn.`, {
        sleeping: asleep.length,
      });
  }
  if (awake.length > 0) {
    const several = "workers neither run a job nor sleep, and do not ask for one";
    yield reason(
      "workers_do_not_ask",
      `${
        some(
          awake.length,
          "worker neither runs a job nor sleeps, and does not ask for one",
          several,
        )
      }: ${peerWords(factsOfPeer(awake[0]))}${awake.length > 1 ? " and others" : ""}.`,
      { workers: awake.length, ...peerNumbers(factsOfPeer(awake[0])) },
    );
  }
}

function ofBusy(router: Router, func: FunctionQueue, busy: readonly Peer[]): Diagnosis {
  const { waiting, workers } = func;
  const who = busy.length < workers
    ? `${busy.length} of ${workers} workers that can do ${quoted(func.name)} run`
    : workers === 1
    ? `The one worker that can do ${quoted(func.name)} runs`
    : `All ${workers} workers that can do ${quoted(func.name)} run`;
  const numbers = { waiting, workers, busy: busy.length };
  const { oldest, since } = oldestRun(router, busy);
  const code = busy.length < workers ? "workers_busy" : "all_workers_busy";
  if (since === null) {
    const example = `for example ${oldest.handle}, by ${peerWords(factsOfPeer(oldest.worker!))}`;
    return reason(code, `${who} other jobs; ${example}.`, {
      ...numbers,
      handle: oldest.handle,
      ...peerNumbers(factsOfPeer(oldest.worker!)),
    });
  }
  const runs = router.clock.epoch() - since;
  return reason(
    code,
    `${who} other jobs, the oldest for ${duration(runs)}: ${oldest.handle} of ${
      quoted(oldest.func.name)
    }, by ${peerWords(factsOfPeer(oldest.worker!))}.`,
    {
      ...numbers,
      handle: oldest.handle,
      runningSeconds: inSeconds(runs),
      ...peerNumbers(factsOfPeer(oldest.worker!)),
    },
  );
}

/** Of the jobs that workers run, the one that began first; if no history knows, the oldest one. */
function oldestRun(
  router: Router,
  workers: readonly Peer[],
): { oldest: Job; since: number | null } {
  let oldest: Job | null = null;
  let since: number | null = null;
  for (const { firstJob } of workers) {
    for (let job = firstJob; job !== null; job = job.next) {
      const begun = startOf(router, job);
      const isOlder = begun === null || since === null
        ? oldest === null || job.number < oldest.number
        : begun < since;
      if (!isOlder) continue;
      oldest = job;
      since = begun;
    }
  }
  return { oldest: oldest!, since };
}

function ofWoken(woken: readonly Peer[]): Diagnosis {
  const times = woken.reduce((sum, { wakeUps }) => sum + wakeUps, 0);
  const first = factsOfPeer(woken.reduce((a, b) => a.wakeUps >= b.wakeUps ? a : b));
  return reason(
    "workers_do_not_look",
    `${some(woken.length, "worker has slept, was woken", "workers have slept, were woken")} ${
      some(times, "time", "times")
    }, and did not ask for a job since: ${peerWords(first)}${
      woken.length > 1 ? " and others" : ""
    }.`,
    { workers: woken.length, wakeUps: times, ...peerNumbers(first) },
  );
}

function ofQuiet(quiet: readonly Peer[]): Diagnosis {
  const first = factsOfPeer(quiet[0]);
  return reason(
    "workers_quiet",
    `${some(quiet.length, "worker that can do it is", "workers that can do it are")} quiet, and ${
      quiet.length === 1 ? "gets" : "get"
    } no more jobs until somebody orders ` +
      `otherwise: ${peerWords(first)}${quiet.length > 1 ? " and others" : ""}.`,
    { workers: quiet.length, ...peerNumbers(first) },
  );
}

function* ofLimit(func: FunctionQueue): Generator<Diagnosis> {
  for (const priority of PRIORITIES) {
    if (!func.isFullFor(priority)) continue;
    const limit = func.maxQueue[priority];
    yield reason(
      "queue_full",
      `No more jobs of ${PRIORITY_NAMES[priority]} priority are taken in: ${func.live} live, and ` +
        `the limit (maxqueue) is ${limit}.`,
      { priority: PRIORITY_NAMES[priority], jobs: func.live, limit },
    );
  }
}
