import { bytesOf, byteString, decodeName, encodeName, errorLine } from "../../../protocol/mod.ts";
import { jsonText } from "../../log/text.ts";
import { type Diagnosis, isHandle, whyFunction, whyJob } from "../../why.ts";
import type { Connection } from "../connection.ts";
import { functionMeant, jobMeant } from "./filters.ts";

/** `why NAME|HANDLE` (an addition of ours): a line for each reason, and a dot. */
export function why({ router }: Connection, words: string[]): string {
  if (words.length !== 2) {
    return errorLine("INVALID_ARGUMENTS", "why takes one function or handle");
  }
  const [, word] = words;
  const handle = jobMeant(router, word)?.handle ?? decodeName(bytesOf(word));
  const reasons = isHandle(router, handle)
    ? whyJob(router, handle)
    : whyFunction(router, functionMeant(router, word));
  return `${reasons.map(rowOf).join("")}.\n`;
}

/** Its code, its text, and its numbers as JSON, with tabs between them. */
function rowOf({ code, text, numbers }: Diagnosis): string {
  return `${byteString(encodeName(`${code}\t${text}\t${jsonText(numbers)}`))}\n`;
}
