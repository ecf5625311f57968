import { bytesOf, byteString, decodeName, encodeName, errorLine } from "../../../protocol/mod.ts";
import { jsonText } from "../../log/text.ts";
import { type Diagnosis, isHandle, whyFunction, whyJobAnywhere } from "../../why.ts";
import type { Connection } from "../connection.ts";
import { functionMeant, jobMeant } from "./filters.ts";
import { atOnceOrLater, type TextAnswer } from "./rows.ts";

/** `why NAME|HANDLE` (an addition of ours): a line for each reason, and a dot. */
export function why({ router }: Connection, words: string[]): TextAnswer {
  if (words.length !== 2) {
    return errorLine("INVALID_ARGUMENTS", "why takes one function or handle");
  }
  const [, word] = words;
  const handle = jobMeant(router, word)?.handle ?? decodeName(bytesOf(word));
  const rows = (reasons: Diagnosis[]) => `${reasons.map(rowOf).join("")}.\n`;
  if (!isHandle(router, handle)) return rows(whyFunction(router, functionMeant(router, word)));
  return atOnceOrLater((tell) => {
    const told = (reasons: Diagnosis[]) => tell(rows(reasons));
    whyJobAnywhere(router, handle, told, (why) => tell(errorLine(why.code, why.text)));
  });
}

/** Its code, its text, and its numbers as JSON, with tabs between them. */
function rowOf({ code, text, numbers }: Diagnosis): string {
  return `${byteString(encodeName(`${code}\t${text}\t${jsonText(numbers)}`))}\n`;
}
