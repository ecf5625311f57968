import { bytesOf, byteString, decodeName, encodeName } from "../../../protocol/mod.ts";
import { jsonText } from "../../log/text.ts";
import { type Diagnosis, isHandle, whyFunction, whyJobAnywhere } from "../../why.ts";
import type { Router } from "../../router.ts";
import { isScheduleHandle, withSchedules } from "../../schedules.ts";
import { ofSchedule } from "../../why/schedule.ts";
import type { Connection } from "../connection.ts";
import { invalid, refusedWith } from "./answers.ts";
import { functionMeant, jobMeant } from "./filters.ts";
import { atOnceOrLater, type TextAnswer } from "./rows.ts";

/** `why NAME|HANDLE` (an addition of ours), of schedules too: a line for each reason, and a dot. */
export function why({ router }: Connection, words: string[]): TextAnswer {
  if (words.length !== 2) return invalid("why takes one function or handle");
  const [, word] = words;
  const handle = jobMeant(router, word)?.handle ?? decodeName(bytesOf(word));
  const rows = (reasons: Diagnosis[]) => `${reasons.map(rowOf).join("")}.\n`;
  const name = encodeName(handle);
  if (isScheduleHandle(name, 0, name.length)) return whySchedule(router, handle, rows);
  if (!isHandle(router, handle)) {
    const isKnown = router.functions.knows(name) || router.pauses.of(name) !== null;
    const isSchedule = !isKnown && router.schedules?.schedules?.get(handle);
    if (isSchedule) return whySchedule(router, handle, rows);
    return rows(whyFunction(router, functionMeant(router, word)));
  }
  return atOnceOrLater((tell) => {
    const told = (reasons: Diagnosis[]) => tell(rows(reasons));
    whyJobAnywhere(router, handle, told, (why) => tell(refusedWith(why)));
  });
}

function whySchedule(
  { schedules, clock }: Router,
  name: string,
  rows: (reasons: Diagnosis[]) => string,
): TextAnswer {
  return atOnceOrLater((tell) =>
    withSchedules(schedules, (known) => {
      tell(rows(ofSchedule(known?.get(name) ?? null, encodeName(name), clock.epoch())));
    })
  );
}

/** Its code, its text, and its numbers as JSON, with tabs between them. */
function rowOf({ code, text, numbers }: Diagnosis): string {
  return `${byteString(encodeName(`${code}\t${text}\t${jsonText(numbers)}`))}\n`;
}
