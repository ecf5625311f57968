import { errorLine, words } from "../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import { cancel, create, drop, maxQueue, shutdown } from "./changes.ts";
import { clients, gladiator, jobs, prioritystatus, show, status, workers } from "./listings.ts";

/**
 * Answers one text command. `words[0]` is the command itself.
 *
 * @returns the whole answer as a byte string, line ends included, or null for "unknown command".
 */
export type TextHandler = (connection: Connection, words: string[]) => string | null;

/** What each command does; commands are matched in any case. */
const HANDLERS: Record<string, TextHandler> = {
  // What is there
  workers,
  status,
  prioritystatus,
  show,
  jobs,
  clients,
  gladiator,
  // About the server
  version: ({ router }) => `OK ${router.options.version}\n`,
  getpid: ({ router }) => `OK ${router.options.pid}\n`,
  verbose: ({ router }) => `OK ${router.options.log.level}\n`,
  // Changes
  cancel,
  create,
  drop,
  maxqueue: maxQueue,
  shutdown,
};

const UNKNOWN_COMMAND = errorLine("UNKNOWN_COMMAND", "Unknown server command");

/** Answers a text line. */
export function dispatchLine(
  connection: Connection,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const line = words(bytes, start, end);
  const name = line[0].toLowerCase();
  const handler = Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
  connection.sendText(handler?.(connection, line) ?? UNKNOWN_COMMAND);
}
