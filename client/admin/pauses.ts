/**
 * What holds jobs back, or lets them go: pauses of functions, quiet workers, due times.
 *
 * @module
 */
import { namedRows } from "./listings.ts";
import { functionWord, plainWord, wordOf } from "./names.ts";
import type { PauseFact } from "./records.ts";
import type { TextConnection } from "./text_connection.ts";

/** The functions that are paused, by name; they need not exist. */
export async function pauses(server: TextConnection): Promise<PauseFact[]> {
  return (await namedRows(server, "list pauses", "function")).map((row) => ({
    function: row.text("function"),
    since: row.count("since"),
    until: row.countOrNull("until"),
    by: row.text("by"),
    reason: row.textOrNull("reason") ?? "",
  }));
}

/** Pauses a function, for so many milliseconds or until it is resumed. */
export async function pause(
  server: TextConnection,
  func: string,
  { duration = Infinity, reason = "" }: { readonly duration?: number; readonly reason?: string },
): Promise<string> {
  const name = await functionWord(server, func);
  const span = duration === Infinity ? "-" : `${duration}ms`;
  // Whoever reads a listing of it sees one line.
  const words = reason.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return await server.ask(["pause", name, span, ...words === "" ? [] : [words]].join(" "));
}

/** Lets workers have the jobs of a function again. */
export async function resume(server: TextConnection, func: string): Promise<string> {
  return await server.ask(`resume ${await functionWord(server, func)}`);
}

/** Lets workers have no more jobs, or have some again; they are meant by number, address or client id. */
export async function quiet(
  server: TextConnection,
  worker: string,
  isQuiet: boolean,
): Promise<number> {
  const word = plainWord("worker", wordOf(worker));
  const line = await server.ask(`${isQuiet ? "quiet" : "unquiet"} worker ${word}`);
  return Number(line.replace(/^OK /, ""));
}

/** A job that waits for its time waits for another one, in milliseconds since the Unix epoch. */
export function moveJob(server: TextConnection, handle: string, due: number): Promise<string> {
  return server.ask(`move job ${plainWord("handle", handle)} ${due / 1000}`);
}

/** A job that waits for its time is due now. */
export function runJob(server: TextConnection, handle: string): Promise<string> {
  return server.ask(`run job ${plainWord("handle", handle)}`);
}
