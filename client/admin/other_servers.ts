/**
 * What servers other than geartrain tell, in the form of what geartrain does.
 *
 * @module
 */
import type { TextConnection } from "./text_connection.ts";
import { CommandRefusedError, UnsupportedError } from "./errors.ts";
import { isPerls, type ServerVersion } from "./names.ts";
import type { ConnectionFact, FunctionFact, JobFact, JobSelection, Told } from "./records.ts";
import * as listings from "./listings.ts";

/**
 * `status`, and `prioritystatus` where that is known.
 *
 * @param version of the server, if it is known: Perl's writes three lines to its log for each command
 * that it does not know.
 */
export async function functionsOfOthers(
  server: TextConnection,
  version?: ServerVersion,
): Promise<Told<FunctionFact>> {
  const functions = await listings.status(server);
  const isPerl = version !== undefined && isPerls(version);
  const priorities = isPerl ? null : await priorityStatus(server);
  const rows = functions.map(({ function: name, jobs, running, workers }) => {
    const { high, normal, low } = priorities?.get(name) ?? {};
    const waiting = Math.max(0, jobs - running);
    return { function: name, jobs, waiting, high, normal, low, running, workers };
  });
  const some = priorities === null ? ", nor priorities" : "";
  return { rows, untold: `scheduled jobs apart from waiting ones, nor how jobs ended${some}` };
}

/** By function; null on servers that do not know `prioritystatus`, such as Perl's. */
async function priorityStatus(server: TextConnection) {
  try {
    return new Map((await listings.priorityStatus(server)).map((row) => [row.function, row]));
  } catch (error) {
    if (error instanceof CommandRefusedError) return null;
    throw error;
  }
}

export async function connectionsOfOthers(server: TextConnection): Promise<Told<ConnectionFact>> {
  const rows = await listings.workers(server);
  return {
    rows: rows.map(({ connection, address, clientId, functions }) => ({
      connection: { connection, address },
      clientId,
      functions,
    })),
    untold: "the ports of connections, nor the jobs of each",
  };
}

export async function jobOfOthers(server: TextConnection, handle: string): Promise<Told<JobFact>> {
  const { rows, untold } = await jobsOfOthers(server, {});
  const found = rows.filter((job) => job.handle === handle);
  if (found.length > 0) return { rows: found, untold };
  if (rows.some((job) => job.handle === undefined)) {
    throw new UnsupportedError("this server does not tell the handles of jobs");
  }
  throw new UnsupportedError(`this server has no job ${JSON.stringify(handle)}`);
}

/** Perl's server tells what runs where, gearmand the handles. */
export async function jobsOfOthers(
  server: TextConnection,
  selection: JobSelection,
): Promise<Told<JobFact>> {
  const [rows, untold] = await perlsJobs(server).catch((error) => {
    if (error instanceof CommandRefusedError) return handlesOfJobs(server);
    throw error;
  });
  const { limit: _, ...wanted } = selection;
  const [unknown] = Object.keys(wanted).filter((name) => !(name in (rows[0] ?? wanted)));
  if (unknown !== undefined) {
    throw new UnsupportedError(`this server does not tell the ${unknown} of a job`);
  }
  return { rows: rows.filter((job) => isSelected(job, wanted)), untold };
}

async function perlsJobs(server: TextConnection): Promise<[JobFact[], string]> {
  const rows = (await listings.jobs(server)).map((job): JobFact => ({
    function: job.function,
    unique: job.unique,
    state: job.worker === null ? "waiting" : "running",
    clients: job.listeners,
    worker: job.worker === null ? null : { address: job.worker },
  }));
  return [rows, "handles, ages and submitters of jobs"];
}

async function handlesOfJobs(server: TextConnection): Promise<[JobFact[], string]> {
  const rows = (await listings.showJobs(server)).map((job): JobFact => {
    return { handle: job.handle, background: job.background, losses: job.retries };
  });
  return [rows, "more of a job than its handle, whether it is in the background, and its losses"];
}

function isSelected(job: JobFact, { state, worker, ...names }: JobSelection): boolean {
  return (state === undefined || state === job.state) &&
    (worker === undefined || isAt(job.worker, worker)) &&
    (names.function === undefined || names.function === job.function) &&
    (names.unique === undefined || names.unique === job.unique);
}

/** Is it at this address, given with or without a port? */
function isAt(worker: JobFact["worker"], address: string): boolean {
  return worker?.address === address || worker?.address.replace(/:\d+$/, "") === address;
}
