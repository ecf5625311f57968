import { bytesOf, byteString, escapeName } from "../../../protocol/mod.ts";
import type { KeptResult } from "../../flow/kept_results.ts";
import type { Connection } from "../connection.ts";
import { invalid, NOTHING, refusedWith } from "./answers.ts";
import type { TextAnswer } from "./rows.ts";

const COLUMNS = "function\tended\tuntil\tbytes\tresult\n";
/** So many bytes become base64 in one piece: a multiple of 3, so that the pieces are one text. */
const PIECE = 24 * 1024;

/** `result HANDLE`: what the worker of a background job sent, in base64, as long as it is kept. */
export function result({ router }: Connection, words: string[]): TextAnswer {
  if (words.length !== 2) return invalid("result takes one handle");
  const found = router.results.ask(bytesOf(words[1]));
  return "code" in found ? refusedWith(found) : rowOf(found);
}

function* rowOf(found: KeptResult): Generator<string> {
  const { endedAt, until, data } = found;
  yield COLUMNS;
  yield `${escapeName(found.function)}\t${Math.round(endedAt)}\t${Math.round(until)}\t`;
  yield `${data.length}\t`;
  for (let start = 0; start < data.length; start += PIECE) {
    yield btoa(byteString(data, start, Math.min(data.length, start + PIECE)));
  }
  yield data.length === 0 ? `${NOTHING}\n.\n` : "\n.\n";
}
