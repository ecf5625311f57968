/**
 * The dead jobs, and what is ordered about them.
 *
 * @module
 */
import { namedRows } from "./listings.ts";
import { functionWord, plainWord } from "./names.ts";
import type { DeadJobFact } from "./records.ts";
import type { TextConnection } from "./text_connection.ts";

/** The dead jobs, or those of a function; of each function, the one that died first comes first. */
export async function deadJobs(
  server: TextConnection,
  func?: string,
  limit?: number,
): Promise<DeadJobFact[]> {
  const words = ["list dead"];
  if (func !== undefined) words.push(`function=${await functionWord(server, func)}`);
  if (limit !== undefined) words.push(`limit=${limit}`);
  return (await namedRows(server, words.join(" "), "handle")).map((row) => ({
    handle: row.text("handle"),
    function: row.text("function"),
    unique: row.text("unique"),
    died: row.count("died"),
    losses: row.count("losses"),
    failures: row.count("failures"),
    bytes: row.count("bytes"),
    cause: row.textOrNull("cause"),
    worker: row.textOrNull("worker"),
    text: row.textOrNull("text"),
  }));
}

/** A live background job is dead from now on. */
export function bury(server: TextConnection, handle: string): Promise<string> {
  return server.ask(`bury ${plainWord("handle", handle)}`);
}

/** Dead jobs of a function live again, at most so many; returns how many. */
export async function kick(server: TextConnection, func: string, most?: number): Promise<number> {
  const words = ["kick", await functionWord(server, func), ...most === undefined ? [] : [most]];
  return jobsOf(await server.ask(words.join(" ")));
}

/** A dead job lives again. */
export function kickJob(server: TextConnection, handle: string): Promise<string> {
  return server.ask(`kick job ${plainWord("handle", handle)}`);
}

/** Dead jobs of a function are gone, or those that died longer ago, in milliseconds; returns how many. */
export async function dropDead(
  server: TextConnection,
  func: string,
  olderThan?: number,
): Promise<number> {
  const older = olderThan === undefined ? "" : ` older ${olderThan}ms`;
  return jobsOf(await server.ask(`drop dead ${await functionWord(server, func)}${older}`));
}

/** A dead job is gone. */
export function dropDeadJob(server: TextConnection, handle: string): Promise<string> {
  return server.ask(`drop dead job ${plainWord("handle", handle)}`);
}

function jobsOf(line: string): number {
  return Number(line.replace(/^OK /, ""));
}
