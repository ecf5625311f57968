import { CommandRefusedError, noGearmanServer, UnsupportedError } from "./errors.ts";
import { plainWord, wordOf } from "./names.ts";
import type { Reason } from "./records.ts";
import type { TextConnection } from "./text_connection.ts";

/** Asks why the jobs of a function, or the job with a handle, do not run. */
export async function why(server: TextConnection, name: string): Promise<Reason[]> {
  const word = plainWord("function or handle", wordOf(name));
  try {
    return (await server.list(`why ${word}`)).map(reasonIn);
  } catch (error) {
    if (!(error instanceof CommandRefusedError) || error.code !== "UNKNOWN_COMMAND") throw error;
    throw new UnsupportedError("this server does not tell why: geartrain alone does");
  }
}

function reasonIn(line: string): Reason {
  const [code, text, json, ...others] = line.split("\t");
  try {
    const numbers: unknown = JSON.parse(json);
    if (others.length === 0 && typeof numbers === "object" && numbers !== null) {
      return { code, text, numbers: numbers as Reason["numbers"] };
    }
  } catch {
    // It is no answer to this question.
  }
  throw noGearmanServer(line);
}
