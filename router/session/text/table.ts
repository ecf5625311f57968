/**
 * This folder has the text commands: the table of them here, and beside it their handlers. Only the
 * sessions may import it.
 *
 * @module
 */

import { errorLine, words } from "../../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import { cancel, create, drain, drop, maxQueue, purge, shutdown } from "./changes.ts";
import {
  clients,
  gladiator,
  jobs,
  prioritystatus,
  ready,
  show,
  status,
  workers,
} from "./listings.ts";
import { bury, dropDead, kick } from "./dead.ts";
import {
  listConnections,
  listDead,
  listFunctions,
  listJob,
  listJobs,
  listLimits,
  listPauses,
  type TextHandler,
} from "./tables.ts";
import { result } from "./results.ts";
import { forSchedules, listSchedules, pauseSchedule, runSchedule, set } from "./schedules.ts";
import { listServers } from "./servers.ts";
import { move, run } from "./due.ts";
import { pause, quiet, resume, unquiet } from "./pauses.ts";
import { why } from "./why.ts";

/** Commands that are answered at any time; they are matched in any case. */
const AT_ONCE: Record<string, TextHandler> = {
  // Who is there
  workers,
  clients,
  "list connections": listConnections,
  "list servers": listServers,
  quiet,
  unquiet,
  // About the server
  ready,
  version: ({ router }) => `OK ${router.options.version}\n`,
  getpid: ({ router }) => `OK ${router.options.pid}\n`,
  verbose: ({ router }) => `OK ${router.options.log.level}\n`,
  drain,
  shutdown,
};

/** Commands about jobs and functions: they wait until all stored jobs are back. */
const WHEN_LOADED: Record<string, TextHandler> = {
  // What is there
  status,
  prioritystatus,
  show,
  jobs,
  gladiator,
  "list dead": listDead,
  "list functions": listFunctions,
  "list job": listJob,
  "list jobs": listJobs,
  "list limits": listLimits,
  "list pauses": listPauses,
  "list schedules": listSchedules,
  result,
  why,
  // Changes
  bury,
  cancel,
  create,
  drop: (connection, words) =>
    words[1]?.toLowerCase() === "dead" ? dropDead(connection, words) : drop(connection, words),
  kick,
  purge,
  maxqueue: maxQueue,
  pause: forSchedules(pauseSchedule, pause),
  resume: forSchedules(pauseSchedule, resume),
  move,
  run: forSchedules(runSchedule, run),
  set,
};

const HANDLERS: Record<string, TextHandler> = { ...AT_ONCE, ...WHEN_LOADED };

const LIST = "list";
const UNKNOWN_COMMAND = errorLine("UNKNOWN_COMMAND", "Unknown server command");

/** Must the command in a line wait while stored jobs are read? Half of them would be no answer. */
export function mustWait(bytes: Uint8Array, start: number, end: number): boolean {
  return Object.hasOwn(WHEN_LOADED, commandIn(words(bytes, start, end)));
}

/** Answers a text line. */
export function dispatchLine(
  connection: Connection,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const { log } = connection.router;
  if (log.hasSteps) log.command(connection, bytes, start, end);
  const line = words(bytes, start, end);
  const name = commandIn(line);
  const handler = Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
  const answer = handler?.(connection, line) ?? UNKNOWN_COMMAND;
  if (typeof answer === "string") connection.sendText(answer);
  else if (typeof answer === "function") answer(connection.answerLater());
  else connection.sendRows(answer);
}

/** Its first word, or the first two of those that say what to list. */
function commandIn([name, what = ""]: string[]): string {
  const command = name.toLowerCase();
  return command === LIST ? `${LIST} ${what.toLowerCase()}` : command;
}
