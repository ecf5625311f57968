/**
 * What a server is told to do, and answers in one line that begins with `OK`.
 *
 * @module
 */
import { ClosedEarlyError, UnsupportedError } from "./errors.ts";
import type { JobSelection } from "./facts.ts";
import { functionWord, plainWord, serverVersion, uniqueWord } from "./names.ts";
import type { TextConnection } from "./text_connection.ts";

export function cancelJob(server: TextConnection, handle: string): Promise<string> {
  return server.ask(`cancel job ${plainWord("handle", handle)}`);
}

/** Cancels the jobs of a function, those with a unique, or those with both; returns how many. */
export async function cancelJobs(
  server: TextConnection,
  { function: func, unique }: Pick<JobSelection, "function" | "unique">,
): Promise<number> {
  const { geartrain } = await serverVersion(server);
  if (geartrain === null) {
    throw new UnsupportedError("this server cancels a job by its handle only");
  }
  const funcWord = func === undefined ? [] : [await functionWord(server, func)];
  const words = unique === undefined
    ? ["function", ...funcWord]
    : ["unique", await uniqueWord(server, unique), ...funcWord];
  return jobsOf(await server.ask(["cancel", ...words].join(" ")));
}

/** Ends the jobs of a function that no worker runs; returns how many. */
export async function purge(server: TextConnection, func: string): Promise<number> {
  return jobsOf(await server.ask(`purge function ${await functionWord(server, func)}`));
}

/** Limits the live jobs of a function: one size for all priorities, or high, normal and low. */
export async function setMaxQueue(
  server: TextConnection,
  func: string,
  sizes: readonly (number | string)[],
): Promise<string> {
  return await server.ask(["maxqueue", await functionWord(server, func), ...sizes].join(" "));
}

export async function changeFunction(
  server: TextConnection,
  change: "create" | "drop",
  func: string,
): Promise<string> {
  return await server.ask(`${change} function ${await functionWord(server, func)}`);
}

/** Tells the server to take no new jobs, or to take them again. */
export async function drain(server: TextConnection, isOn: boolean): Promise<string> {
  return await server.ask(isOn ? "drain" : "drain off");
}

/** Stops the server. Perl's is gone before it has answered. */
export async function shutdown(server: TextConnection, isGraceful: boolean): Promise<string> {
  try {
    return await server.ask(isGraceful ? "shutdown graceful" : "shutdown");
  } catch (error) {
    if (error instanceof ClosedEarlyError) return "OK";
    throw error;
  }
}

/** What the server answers to `getpid` or `verbose`. */
export async function valueOf(
  server: TextConnection,
  name: "getpid" | "verbose",
): Promise<string> {
  return (await server.ask(name)).replace(/^OK /, "");
}

/** The number of jobs in an answer such as `OK 3`. */
function jobsOf(line: string): number {
  return Number(line.replace(/^OK /, ""));
}
