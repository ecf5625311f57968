import { errorLine } from "../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import type { MaxQueue } from "../function_queue.ts";
import { functionMeant, jobMeant } from "../meant.ts";
import { MAX_FUNCTION_LENGTH } from "../submission.ts";

/** What the C server answers to its own commands; libraries also accept a bare LF. */
const OK_CRLF = "OK\r\n";
const OK_LF = "OK\n";

/** `cancel job HANDLE` (C). */
export function cancel(connection: Connection, words: string[]): string | null {
  if (words.length < 3) return null;
  if (words[1].toLowerCase() !== "job" || words.length > 3) return errorLine("UNKNOWN_ERROR");
  const { router } = connection;
  const job = jobMeant(router, words[2]);
  if (job === undefined) return errorLine("UNKNOWN_JOB");
  router.durability?.mustFollow(connection);
  router.cancel(job);
  return OK_CRLF;
}

/** `create function NAME` (C). */
export function create({ router }: Connection, words: string[]): string {
  if (!isFunctionCommand(words)) return incomplete("create");
  const name = functionMeant(router, words[2]);
  router.functions.findOrAdd(name, 0, name.length);
  return OK_CRLF;
}

/** `drop function NAME` (C): only a function without workers and jobs. */
export function drop(connection: Connection, words: string[]): string {
  if (!isFunctionCommand(words)) return incomplete("drop");
  const { router } = connection;
  const name = functionMeant(router, words[2]);
  const func = router.functions.find(name, 0, name.length);
  if (func === undefined) return "ERR function not found\r\n";
  router.durability?.mustFollow(connection);
  if (router.dropFunction(func)) return OK_CRLF;
  return "ERR there are still connected workers or executing clients\r\n";
}

/**
 * `maxqueue NAME [ALL | HIGH NORMAL [LOW]]` (C, with Perl's LF): no size resets, one is for all
 * priorities. Zero, negative or no number means no limit.
 */
export function maxQueue(connection: Connection, words: string[]): string {
  const [, name, ...sizes] = words;
  if (name === undefined || sizes.length > 3) return incomplete("maxqueue");
  const { router } = connection;
  const func = functionMeant(router, name);
  if (func.length > MAX_FUNCTION_LENGTH) {
    return errorLine("ARGUMENT_TOO_LARGE", "Function name too large");
  }
  if (!router.functions.hasRoomForLimit(func)) {
    router.log.limitRefused(connection);
    return errorLine("QUEUE_ERROR", "Too many limits of functions that do not exist");
  }
  const maxQueue = limits(sizes.map(limit));
  router.durability?.mustFollow(connection);
  router.setMaxQueue(func, maxQueue);
  router.log.limited(connection, func, maxQueue);
  return OK_LF;
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

function isFunctionCommand(words: string[]): boolean {
  return words.length === 3 && words[1].toLowerCase() === "function";
}

function incomplete(command: string): string {
  const text = `An incomplete set of arguments was sent to this command ${command}`;
  return errorLine("INVALID_ARGUMENTS", text);
}
