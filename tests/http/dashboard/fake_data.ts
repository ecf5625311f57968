/**
 * What the made-up server of the dashboard's tests has.
 *
 * @module
 */
import type { DeadJobAnswer, DeadRunAnswer } from "../../../http/api/dead_types.ts";
import type {
  ConnectionAnswer,
  FunctionAnswer,
  JobAnswer,
  MinuteAnswer,
  PeerAnswer,
  ServerAnswer,
} from "../../../http/api/types.ts";

/** When its first snapshot is taken. */
export const START = Date.UTC(2026, 2, 2, 14, 31, 7);

/** So many seconds before the start, as the API writes it. */
export function ago(seconds: number): string {
  return new Date(START - seconds * 1000).toISOString();
}

/** A function, idle unless it is said otherwise. */
export function fakeFunction(name: string, more: Partial<FunctionAnswer> = {}): FunctionAnswer {
  const waiting = more.waiting ?? 0;
  const [waitingHigh, waitingLow] = [more.waitingHigh ?? 0, more.waitingLow ?? 0];
  const running = more.running ?? 0;
  return {
    name,
    jobs: waiting + running + (more.scheduled ?? 0),
    waiting,
    waitingHigh,
    waitingNormal: waiting - waitingHigh - waitingLow,
    waitingLow,
    scheduled: 0,
    running,
    workers: 2,
    dead: 0,
    oldestWaitingSeconds: waiting > 0 ? 0.4 : null,
    maxQueueHigh: 0,
    maxQueueNormal: 0,
    maxQueueLow: 0,
    submittedTotal: 4_200,
    startedTotal: 4_190,
    completedTotal: 4_180,
    failedTotal: 0,
    exceptionTotal: 0,
    lostTotal: 0,
    timedOutTotal: 0,
    cancelledTotal: 0,
    requeuedTotal: 0,
    refusedTotal: 0,
    coalescedTotal: 0,
    submittedPerMinute: 60,
    endedPerMinute: 60,
    waitP50: 0.012,
    waitP95: 0.21,
    waitP99: 0.9,
    runP50: 0.31,
    runP95: 1.2,
    runP99: 4.7,
    paused: false,
    pause: null,
    ...more,
  };
}

/** A curve that rises and falls, the same each time. */
function wave(minute: number, seed: number): number {
  return 1 + 0.45 * Math.sin(minute / 7 + seed) + 0.2 * Math.sin(minute / 2.3 + seed * 3);
}

/** The sixty minutes of a function. */
export function fakeMinutes(func: FunctionAnswer): MinuteAnswer[] {
  const seed = func.name.length;
  return Array.from({ length: 60 }, (_, minute) => {
    const height = wave(minute, seed);
    const ended = Math.round(func.endedPerMinute * height);
    const failed = func.failedTotal === 0 ? 0 : Math.round(ended * 0.04 * wave(minute, seed + 2));
    const part = (value: number | null) => value === null ? null : value * height;
    return {
      at: ago((60 - minute) * 60),
      submitted: Math.round(func.submittedPerMinute * wave(minute + 1, seed)),
      started: ended,
      completed: ended - failed,
      failed,
      lost: 0,
      waitP50: part(func.waitP50),
      waitP95: part(func.waitP95),
      waitP99: part(func.waitP99),
      runP50: part(func.runP50),
      runP95: part(func.runP95),
      runP99: part(func.runP99),
    };
  });
}

/** A worker, asleep unless it is said otherwise. */
export function fakeWorker(
  id: number,
  clientId: string,
  functions: readonly string[],
  more: Partial<ConnectionAnswer> = {},
): ConnectionAnswer {
  const isRunning = (more.running?.length ?? 0) > 0;
  return {
    id,
    clientId,
    address: `10.0.3.${10 + id}:${50_000 + id}`,
    role: "worker",
    functions,
    running: [],
    runningSince: null,
    waitingFor: 0,
    quiet: false,
    sleeping: !isRunning,
    jobsDone: 1_200 + id,
    lastPacketSeconds: 0.8,
    connectedSeconds: 86_000,
    ...more,
  };
}

/** A job that waits, unless it is said otherwise. */
export function fakeJob(number: number, func: string, more: Partial<JobAnswer> = {}): JobAnswer {
  return {
    handle: `H:web-1:${number}`,
    function: func,
    unique: `order-${number}`,
    state: "waiting",
    priority: "normal",
    background: true,
    submitted: ago(number % 40),
    ageSeconds: number % 40,
    due: null,
    losses: 0,
    failures: 0,
    numerator: null,
    denominator: null,
    payloadBytes: 48,
    clients: 0,
    submitter: CLIENT,
    worker: null,
    server: null,
    runs: [],
    warning: null,
    data: null,
    ...more,
  };
}

/** A job that died after two runs, unless it is said otherwise. */
export function fakeDead(
  number: number,
  func: string,
  more: Partial<DeadJobAnswer> = {},
): DeadJobAnswer {
  const run = (seconds: number, cause: DeadRunAnswer["cause"], text: string): DeadRunAnswer => ({
    started: ago(seconds + 2),
    ended: ago(seconds),
    worker: "mailer-2 (4@10.0.3.14:50004)",
    cause,
    text,
    afterDeath: false,
  });
  return {
    handle: `H:web-1:${number}`,
    function: func,
    unique: `order-${number}`,
    died: ago(600),
    failures: 1,
    losses: 1,
    payloadBytes: 48,
    runs: [run(660, "lost", ""), run(600, "exception", `550 no such user ${number}`)],
    ...more,
  };
}

/** Who submits most jobs. */
export const CLIENT: PeerAnswer = { id: 71, clientId: "shop-web-1", address: "10.0.2.7:41922" };

/** A worker as jobs name it. */
export function peerOf({ id, clientId, address }: ConnectionAnswer): PeerAnswer {
  return { id, clientId, address };
}

/** The server. */
export const SERVER: ServerAnswer = {
  version: "0.1.0",
  commit: "89316efb2a7d",
  uptimeSeconds: 187_245,
  pid: 4711,
  ready: true,
  notReady: null,
  connections: 0,
  workers: 0,
  sleeping: 0,
  functions: 0,
  jobs: 0,
  waiting: 0,
  scheduled: 0,
  running: 0,
  jobMemoryBytes: 3_400_000,
  memoryBytes: 96_000_000,
  eventLoopDelaySeconds: 0.0011,
  store: { kind: "sqlite", fileBytes: 41_287_680, commitSeconds: 0.0016, errors: 0 },
  cluster: null,
  readOnly: false,
  payloads: true,
  draining: false,
  warnings: [],
};
