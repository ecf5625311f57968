import { bytesOf, decodeName, errorLine } from "../../../protocol/mod.ts";
import { duration } from "../../../options/kinds.ts";
import type { Connection } from "../connection.ts";
import { answerTo, incomplete, invalid } from "./answers.ts";
import { CONNECTION_FILTERS, functionMeant } from "./filters.ts";

/** In the place of a duration: until somebody resumes it, so that the reason may begin with a number. */
const NO_END = "-";
const UNKNOWN_WORKER = errorLine("UNKNOWN_WORKER");

/** `pause NAME [DURATION] [REASON]` (an addition of ours); a duration such as `10m`, without a unit in seconds. */
export function pause(connection: Connection, [, word, ...words]: string[]): string {
  if (word === undefined) return incomplete("pause");
  const { router } = connection;
  const [first = ""] = words;
  const span = first === NO_END ? Infinity : duration(first, "s") * 1000;
  if (span === 0) return invalid("a pause of no time is none");
  const said = Number.isNaN(span) ? words : words.slice(1);
  const request = {
    duration: span < Infinity ? span : null,
    reason: decodeName(bytesOf(said.join(" "))),
  };
  return answerTo(router.operations.pause(functionMeant(router, word), request, connection));
}

/** `resume NAME` (an addition of ours). */
export function resume(connection: Connection, [, word, ...others]: string[]): string {
  if (word === undefined || others.length > 0) return incomplete("resume");
  const { router } = connection;
  return answerTo(router.operations.resume(functionMeant(router, word), connection));
}

/** `quiet worker PEER` (an addition of ours): by number, address or client id; it gets no more jobs. */
export function quiet(connection: Connection, words: string[]): string {
  return setQuiet(connection, words, true);
}

/** `unquiet worker PEER` (an addition of ours): it gets jobs again. */
export function unquiet(connection: Connection, words: string[]): string {
  return setQuiet(connection, words, false);
}

function setQuiet(connection: Connection, words: string[], isQuiet: boolean): string {
  if (words.length !== 3 || words[1].toLowerCase() !== "worker") return incomplete(words[0]);
  const { router } = connection;
  const isMeant = CONNECTION_FILTERS.connection(words[2], router);
  if (typeof isMeant === "string") return invalid(isMeant);
  let count = 0;
  for (const peer of router.connections.values()) {
    if (peer.abilities.length === 0 || !isMeant(peer)) continue;
    router.operations.quiet(peer, isQuiet, connection);
    count++;
  }
  return count === 0 ? UNKNOWN_WORKER : `OK ${count}\n`;
}
