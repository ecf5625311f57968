import { errorLine } from "../../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import {
  type Filter,
  functionMeant,
  jobMeant,
  ofFunction,
  ofJobMeant,
  withUnique,
} from "./filters.ts";
import { FUNCTION_NOT_FOUND, incomplete } from "./answers.ts";
import { cancelSchedule, dropSchedule, isAboutSchedule } from "./schedules.ts";
import type { SharedJobFilter } from "../../../store/shared_queue.ts";
import type { MaxQueue } from "../../model/function_queue.ts";
import type { Job } from "../../model/job.ts";
import { JobState } from "../../model/job_state.ts";
import type { Refusal } from "../../policy.ts";
import { atOnceOrLater, type TextAnswer } from "./rows.ts";

/** What the C server answers to its own commands; libraries also accept a bare LF. */
const OK_CRLF = "OK\r\n";
const OK_LF = "OK\n";

/** `cancel job HANDLE` (C); `cancel unique UNIQUE [NAME]`, `cancel function NAME` (ours). */
export function cancel(connection: Connection, words: string[]): TextAnswer {
  if (words.length < 3) return null;
  const what = words[1].toLowerCase();
  if (what === "unique" && words.length < 5) return cancelUnique(connection, words);
  if (what === "job" && words.length === 3) return cancelJob(connection, words[2]);
  if (isFunctionCommand(words)) return endJobsOf(connection, words, () => true);
  return errorLine("UNKNOWN_ERROR");
}

function cancelJob(connection: Connection, handle: string): TextAnswer {
  const { router } = connection;
  if (handle.startsWith("S:") && jobMeant(router, handle) === undefined) {
    return cancelSchedule(connection, handle);
  }
  const { everywhere } = router;
  return ofJobMeant(router, handle, (job, tell, fail) => {
    const told = (refusal: Refusal | null) =>
      tell(refusal === null ? OK_CRLF : errorLine(refusal.code));
    if (job === null) tell(errorLine("UNKNOWN_JOB"));
    else everywhere.cancel(job, connection, told, fail);
  });
}

function cancelUnique(connection: Connection, words: string[]): TextAnswer {
  const { router } = connection;
  const [, , unique, name] = words;
  const isMeant = withUnique(unique, router);
  const isOfFunction = name === undefined ? () => true : ofFunction(name, router);
  const passes = (job: Job) => isMeant(job) && isOfFunction(job);
  const answer = (count: number) => count === 0 ? errorLine("UNKNOWN_JOB") : `OK ${count}\n`;
  const filter: SharedJobFilter = name === undefined
    ? {}
    : { functionName: functionMeant(router, name) };
  return endJobs(connection, words, passes, answer, filter);
}

/** `purge function NAME` (ours): drops what waits for a worker, or for its time. */
export function purge(connection: Connection, words: string[]): TextAnswer {
  if (!isFunctionCommand(words)) return incomplete("purge");
  return endJobsOf(connection, words, ({ state }) => state !== JobState.RUNNING);
}

/** Ends the jobs of the function that a command names which pass a filter; says how many. */
function endJobsOf(connection: Connection, words: string[], passes: Filter<Job>): TextAnswer {
  const { router } = connection;
  const name = functionMeant(router, words[2]);
  const func = router.functions.find(name, 0, name.length);
  if (func === undefined) return FUNCTION_NOT_FOUND;
  const isMeant = (job: Job) => job.func === func && passes(job);
  return endJobs(connection, words, isMeant, (count) => `OK ${count}\n`, { functionName: name });
}

/** Few jobs at once, many in turns, with the answer when the last has ended and that is stored. */
function endJobs(
  connection: Connection,
  words: string[],
  passes: Filter<Job>,
  answer: (count: number) => string,
  filter: SharedJobFilter,
): TextAnswer {
  const { everywhere } = connection.router;
  return atOnceOrLater((tell) => {
    const done = (count: number) => tell(answer(count));
    everywhere.cancelAll(passes, connection, words.join(" "), done, filter);
  });
}

/** `create function NAME` (C). */
export function create(connection: Connection, words: string[]): string {
  if (!isFunctionCommand(words)) return incomplete("create");
  const { router } = connection;
  const refusal = router.operations.create(functionMeant(router, words[2]));
  return refusal === null ? OK_CRLF : refused(connection, words, refusal);
}

/** `drop function NAME` (C): only a function without workers and jobs. */
export function drop(connection: Connection, words: string[]): TextAnswer {
  if (isAboutSchedule(words)) return dropSchedule(connection, words);
  if (!isFunctionCommand(words)) return incomplete("drop");
  const { router } = connection;
  return atOnceOrLater((tell) => {
    const told = (refusal: Refusal | null) =>
      tell(refusal === null ? OK_CRLF : `ERR ${refusal.text}\r\n`);
    router.everywhere.dropFunction(functionMeant(router, words[2]), connection, told, told);
  });
}

/**
 * `maxqueue NAME [ALL | HIGH NORMAL [LOW]]` (C, with Perl's LF): no size resets, one is for all
 * priorities. Zero, negative or no number means no limit.
 */
export function maxQueue(connection: Connection, words: string[]): string {
  const [, name, ...sizes] = words;
  if (name === undefined || sizes.length > 3) return incomplete("maxqueue");
  const { router } = connection;
  const maxQueue = limits(sizes.map(limit));
  const refusal = router.operations.limit(functionMeant(router, name), maxQueue, connection);
  return refusal === null ? OK_LF : refused(connection, words, refusal);
}

/** What a command gets that is refused, with a line in the log. */
function refused(connection: Connection, words: string[], refusal: Refusal): string {
  const { log, counts } = connection.router;
  log.requestRefused(connection, words.join(" "), refusal.text);
  counts.refuse(refusal);
  return errorLine(refusal.code, refusal.text);
}

function limits(sizes: number[]): MaxQueue {
  const [first = 0, second, third = 0] = sizes;
  return second === undefined ? [first, first, first] : [first, second, third];
}

function limit(word: string): number {
  const size = parseInt(word, 10);
  return size > 0 ? Math.min(size, Number.MAX_SAFE_INTEGER) : 0;
}

/** `shutdown [graceful]` (Perl): refused unless the server was started so that it is allowed. */
export function shutdown({ router }: Connection, words: string[]): string {
  const how = words.slice(1).join(" ").toLowerCase();
  if (how !== "" && how !== "graceful") {
    return errorLine("UNKNOWN_ARGS", "Unknown arguments to server command");
  }
  if (!router.options.allowShutdown) return errorLine("NOT_ALLOWED", "Shutdown is not allowed");
  router.options.onShutdown(how === "graceful");
  return OK_LF;
}

/** `drain`, `drain off`: no new jobs are taken, or they are again; allowed where `shutdown` is. */
export function drain(connection: Connection, [, how = "on", ...others]: string[]): string {
  const { options, operations } = connection.router;
  const isOff = how.toLowerCase() === "off";
  if (others.length > 0 || !(isOff || how.toLowerCase() === "on")) {
    return errorLine("UNKNOWN_ARGS", "Unknown arguments to server command");
  }
  if (!options.allowShutdown) return errorLine("NOT_ALLOWED", "Shutdown is not allowed");
  operations.drain(!isOff, connection);
  return OK_LF;
}

function isFunctionCommand(words: string[]): boolean {
  return words.length === 3 && words[1].toLowerCase() === "function";
}
