/**
 * What is wrong with a server, in words. Nothing is said of one that is well.
 *
 * @module
 */
import type { ToldFunction, ToldServer, ToldSnapshot } from "../../api/told.ts";
import type { Past } from "./rates.ts";
import { encodedName } from "./text.ts";
import { clockTime, count, counted, duration } from "./units.ts";

/** How long a job waits until somebody is told, in seconds: without a worker, and with some. */
const LONELY_WAIT = 5;
const LONG_WAIT = 300;
/** How long an error that was logged is news, in milliseconds. */
const NEWS = 600_000;
const LATE_LOOP = 0.25;
/** How many jobs tell that most of them fail. */
const ENOUGH_ENDED = 5;

/** Something that is wrong. */
export interface Trouble {
  readonly code: string;
  readonly level: "bad" | "warning";
  /** The function that it is about. */
  readonly func: ToldFunction | null;
  readonly text: string;
}

/** All that is wrong, the worst first. */
export function troublesOf(snapshot: ToldSnapshot, past: Past): Trouble[] {
  const at = Date.parse(snapshot.at);
  const found = [
    ...serverTroubles(snapshot.server, at),
    ...snapshot.functions.flatMap((func) => functionTroubles(func, past, at)),
  ];
  return found.sort((a, b) => Number(b.level === "bad") - Number(a.level === "bad"));
}

function serverTroubles(server: ToldServer, at: number): Trouble[] {
  const found: Trouble[] = [];
  const add = (code: string, level: Trouble["level"], text: string) =>
    found.push({ code, level, func: null, text });
  if (server.draining) {
    const rest = server.running === 0
      ? "nothing runs any more"
      : `${counted(server.running, "job")} still ${server.running === 1 ? "runs" : "run"}`;
    add("draining", "warning", `The server drains: it refuses new jobs; ${rest}.`);
  } else if (server.ready === false) {
    add(
      "not-ready",
      "bad",
      `The server is not ready: ${server.notReady ?? "it does not say why"}.`,
    );
  }
  const error = server.warnings?.find(({ level }) => level === "error");
  if (error !== undefined && at - Date.parse(error.at) < NEWS) {
    add("error", "bad", `Logged at ${clockTime(Date.parse(error.at), at)}: ${error.text}`);
  }
  const { eventLoopDelaySeconds: delay = 0 } = server;
  if (delay >= LATE_LOOP) {
    const late = duration(delay);
    add(
      "late",
      "warning",
      `The server is ${late} late with everything: its event loop is overloaded.`,
    );
  }
  return found;
}

function functionTroubles(func: ToldFunction, past: Past, at: number): Trouble[] {
  const found: Trouble[] = [];
  const add = (code: string, level: Trouble["level"], text: string) =>
    found.push({ code, level, func, text });
  const { oldestWaitingSeconds: oldest = null } = func;
  const since = oldest === null ? "" : `, since ${clockTime(at - oldest * 1000, at)}`;
  const waiting = `${counted(func.waiting, "job")} ${func.waiting === 1 ? "waits" : "wait"}`;
  if (func.paused) {
    add("paused", "warning", `it is paused; ${waiting}.`);
  } else if (func.waiting > 0 && func.workers === 0) {
    if (oldest === null || oldest >= LONELY_WAIT) {
      add("no-worker", "bad", `${waiting}, no worker can do it${since}.`);
    }
  } else if (oldest !== null && oldest >= LONG_WAIT) {
    add("long-wait", "warning", `${waiting}, the oldest for ${duration(oldest)}; ${busy(func)}.`);
  }
  const refused = refusedSubmits(func);
  if (refused !== null) add("full", "bad", refused);
  const { ended, failed } = past.lastMinute(encodedName(func.name, func.nameBase64));
  if (ended >= ENOUGH_ENDED && failed * 2 >= ended) {
    add(
      "failing",
      "bad",
      `${count(failed)} of the ${count(ended)} jobs that ended in the last minute failed.`,
    );
  }
  return found;
}

function busy({ running, workers }: ToldFunction): string {
  const all = counted(workers, "worker");
  if (running >= workers) {
    return workers === 1 ? "its one worker runs a job" : `all ${all} run jobs`;
  }
  return `${count(workers - running)} of ${all} ${
    workers - running === 1 ? "runs" : "run"
  } no job of it`;
}

/** Which submits are refused, as there are so many live jobs: those of all priorities count. */
function refusedSubmits(func: ToldFunction): string | null {
  const limits = [
    ["high", func.maxQueueHigh],
    ["normal", func.maxQueueNormal],
    ["low", func.maxQueueLow],
  ] as const;
  const full = limits.filter(([, most = 0]) => most > 0 && func.jobs >= most)
    .map(([priority]) => priority);
  if (full.length === 0) return null;
  const which = full.length === limits.length ? "" : ` of ${full.join(" and ")} priority`;
  return `it has ${counted(func.jobs, "job")}: further ones${which} are refused.`;
}
