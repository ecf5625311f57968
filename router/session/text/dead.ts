import { bytesOf, errorLine } from "../../../protocol/mod.ts";
import { duration } from "../../../options/kinds.ts";
import type { FunctionQueue } from "../../model/function_queue.ts";
import type { Router } from "../../router.ts";
import type { Connection } from "../connection.ts";
import { answerTo, FUNCTION_NOT_FOUND, invalid } from "./answers.ts";
import { functionMeant, ofJobMeant } from "./filters.ts";
import { atOnceOrLater, type TextAnswer } from "./rows.ts";

const OK = "OK\r\n";

/** `bury HANDLE`: a live job is dead from now on. */
export function bury(connection: Connection, words: string[]): TextAnswer {
  if (words.length !== 2) return invalid("bury takes one handle");
  const { router } = connection;
  return ofJobMeant(router, words[1], (job, tell, fail) => {
    if (job === null) return tell(errorLine("UNKNOWN_JOB"));
    router.everywhere.bury(job, connection, (refusal) => tell(answerTo(refusal, OK)), fail);
  });
}

/** `kick FUNCTION [N]`, `kick job HANDLE`: dead jobs live again. */
export function kick(connection: Connection, words: string[]): TextAnswer {
  const [, name, most = "all"] = words;
  const { router } = connection;
  const isCount = /^\d{1,15}$/.test(most);
  if (words.length === 3 && !isCount && name.toLowerCase() === "job") {
    return atOnceOrLater((tell) =>
      router.deadOrders.kick(
        numberIn(router, most),
        connection,
        (refusal) => tell(answerTo(refusal, OK)),
      )
    );
  }
  if (name === undefined || words.length > 3 || words.length === 3 && !isCount) {
    return invalid("kick takes a function and perhaps a number, or job and a handle");
  }
  return ofFunction(
    router,
    name,
    (func, done) =>
      router.deadOrders.kickAll(func, isCount ? Number(most) : Infinity, connection, done),
  );
}

/** `drop dead FUNCTION [older DURATION]`, `drop dead job HANDLE`: dead jobs are gone for good. */
export function dropDead(connection: Connection, words: string[]): TextAnswer {
  const [, , name, older, time] = words;
  const { router } = connection;
  if (words.length === 4 && name.toLowerCase() === "job") {
    return answerTo(router.deadOrders.drop(numberIn(router, older), connection), OK);
  }
  const age = time === undefined ? 0 : duration(time, "s") * 1000;
  const isRight = words.length === 3 || words.length === 5 && older.toLowerCase() === "older";
  if (!isRight || !(age >= 0)) {
    return invalid("drop dead takes a function and perhaps older and a time such as 7d");
  }
  // With no time, those that die in this moment are meant as well.
  const before = time === undefined ? Infinity : router.clock.epoch() - age;
  return ofFunction(
    router,
    name,
    (func, done) => router.deadOrders.dropAll(func, before, connection, done),
  );
}

/** Answers with how many jobs of a function an order was about. */
function ofFunction(
  router: Router,
  word: string,
  order: (func: FunctionQueue, done: (count: number) => void) => void,
): TextAnswer {
  const name = functionMeant(router, word);
  const func = router.functions.find(name, 0, name.length);
  if (func === undefined) return FUNCTION_NOT_FOUND;
  return atOnceOrLater((tell) => order(func, (count) => tell(`OK ${count}\n`)));
}

function numberIn(router: Router, handle: string): number {
  const bytes = bytesOf(handle);
  return router.jobs.numberOf(bytes, 0, bytes.length);
}
