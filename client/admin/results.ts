/**
 * Results of background jobs that a server keeps.
 *
 * @module
 */
import { noGearmanServer } from "./errors.ts";
import { namedRows } from "./listings.ts";
import { plainWord } from "./names.ts";
import type { ResultFact } from "./records.ts";
import type { TextConnection } from "./text_connection.ts";

/** The result of the background job with a handle. */
export async function resultOf(server: TextConnection, handle: string): Promise<ResultFact> {
  const [row] = await namedRows(server, `result ${plainWord("handle", handle)}`, "result");
  if (row === undefined) throw noGearmanServer("");
  return {
    function: row.text("function"),
    ended: row.count("ended"),
    until: row.count("until"),
    data: bytesIn(row.textOrNull("result") ?? ""),
  };
}

function bytesIn(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    throw noGearmanServer(base64);
  }
}
