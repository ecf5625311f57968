import { errorLine } from "../../../protocol/mod.ts";
import { duration } from "../../../options/kinds.ts";
import type { Connection } from "../connection.ts";
import { answerTo, incomplete, invalid } from "./answers.ts";
import { ofJobMeant } from "./filters.ts";
import type { TextAnswer } from "./rows.ts";

const WRONG_TIME = invalid("A time is 10m from now on, or in seconds since the Unix epoch");

/** `move job HANDLE TIME` (an addition of ours): a job that waits for its time waits for another one. */
export function move(connection: Connection, words: string[]): TextAnswer {
  if (words.length !== 4 || words[1].toLowerCase() !== "job") return incomplete("move");
  const due = timeIn(words[3], connection.router.clock.epoch());
  return due === null ? WRONG_TIME : reschedule(connection, words[2], due);
}

/** `run job HANDLE` (an addition of ours): one that waits for its time is due now. */
export function run(connection: Connection, words: string[]): TextAnswer {
  if (words.length !== 3 || words[1].toLowerCase() !== "job") return incomplete("run");
  return reschedule(connection, words[2], connection.router.clock.epoch());
}

function reschedule(connection: Connection, handle: string, due: number): TextAnswer {
  const { router } = connection;
  return ofJobMeant(router, handle, (job, tell) => {
    if (job === null) return tell(errorLine("UNKNOWN_JOB"));
    tell(answerTo(router.operations.reschedule(job, due, connection)));
  });
}

/**
 * In milliseconds since the Unix epoch; null for what is no time. A number alone is in seconds since then, as
 * in SUBMIT_JOB_EPOCH; with a unit, or a plus before it, it is from now on.
 */
function timeIn(word: string, now: number): number | null {
  const isAbsolute = /^\d+(\.\d+)?$/.test(word);
  const time = isAbsolute ? Number(word) * 1000 : now + duration(word, "s") * 1000;
  return Number.isFinite(time) ? time : null;
}
