import {
  type ConnectionFact,
  connectionFacts,
  type FunctionFact,
  functionFacts,
  type JobFact,
  jobFact,
  jobFacts,
  type JobSelection,
  type Told,
} from "../../client/admin/facts.ts";
import { CommandRefusedError } from "../../client/admin/errors.ts";
import { showUniqueJobs } from "../../client/admin/listings.ts";
import { type ServerVersion, serverVersion } from "../../client/admin/names.ts";
import {
  connectionsOfOthers,
  functionsOfOthers,
  jobsOfOthers,
} from "../../client/admin/other_servers.ts";
import { deadJobs } from "../../client/admin/dead.ts";
import type { DeadJobFact, Reason, ScheduleFact } from "../../client/admin/records.ts";
import { scheduleFacts } from "../../client/admin/schedules.ts";
import type { TextConnection } from "../../client/admin/text_connection.ts";
import { why } from "../../client/admin/why.ts";
import type { Clock } from "../../router/mod.ts";
import type { WatchedServer } from "./watched_server.ts";

/** What a server was like at a moment. */
export interface Seen {
  /** In milliseconds since the Unix epoch. */
  readonly at: number;
  readonly version: ServerVersion;
  readonly functions: Told<FunctionFact>;
  readonly connections: Told<ConnectionFact>;
}

/** Who is asked, and by which clock. */
export interface Watch {
  readonly server: WatchedServer;
  readonly clock: Clock;
}

/** Jobs as they were at a moment. */
export interface SeenJobs {
  readonly at: number;
  readonly rows: readonly JobFact[];
}

/** Looks at all functions and connections. */
export function lookAt({ server, clock }: Watch): Promise<Seen> {
  return server.ask("all", async (connection) => {
    // Another one may have taken its place; geartrain alone is asked for what others refuse.
    const version = await serverVersion(connection);
    const isOther = version.geartrain === null;
    const functions = isOther
      ? await functionsOfOthers(connection, version)
      : await functionFacts(connection);
    const connections = await (isOther ? connectionsOfOthers : connectionFacts)(connection);
    return { at: clock.epoch(), version, functions, connections };
  });
}

/** The jobs that are meant, no more than so many. */
export async function jobsOf(
  watch: Watch,
  { version }: Seen,
  selection: JobSelection,
): Promise<SeenJobs> {
  if (version.geartrain !== null) {
    const key = `jobs ${JSON.stringify(selection)}`;
    return await seenJobs(watch, key, (connection) => jobFacts(connection, selection));
  }
  // They tell all of them or none; what is meant is chosen here.
  const { limit, ...wanted } = selection;
  const key = `jobs ${JSON.stringify(wanted)}`;
  const { at, rows } = await seenJobs(watch, key, (connection) => jobsOfOthers(connection, wanted));
  return { at, rows: rows.slice(0, limit) };
}

/** The live job with a handle, or none. */
export async function jobOf(watch: Watch, seen: Seen, handle: string): Promise<SeenJobs> {
  if (seen.version.geartrain === null) {
    const { at, rows } = await jobsOf(watch, seen, {});
    return { at, rows: rows.filter((job) => job.handle === handle) };
  }
  try {
    return await seenJobs(watch, `job ${handle}`, (connection) => jobFact(connection, handle));
  } catch (error) {
    const isUnknown = error instanceof CommandRefusedError && error.code === "UNKNOWN_JOB";
    if (isUnknown) return { at: watch.clock.epoch(), rows: [] };
    throw error;
  }
}

function seenJobs(
  { server, clock }: Watch,
  key: string,
  question: (connection: TextConnection) => Promise<Told<JobFact>>,
): Promise<SeenJobs> {
  return server.ask(key, async (connection) => {
    const { rows } = await question(connection);
    return { at: clock.epoch(), rows };
  });
}

/** The uniques of all jobs, as gearmand tells them. */
export function uniquesOf({ server }: Watch): Promise<readonly { unique: string }[]> {
  return server.ask("uniques", showUniqueJobs);
}

/** The dead jobs of all functions or of one, no more than so many, as geartrain tells them. */
export function deadOf(
  { server }: Watch,
  func: string | undefined,
  limit: number,
): Promise<readonly DeadJobFact[]> {
  return server.ask(`dead ${func ?? ""}`, (connection) => deadJobs(connection, func, limit));
}

/** The schedules, as geartrain tells them. */
export function schedulesOf({ server }: Watch): Promise<readonly ScheduleFact[]> {
  return server.ask("schedules", scheduleFacts);
}

/** Why jobs do not run, as geartrain tells it. */
export function whyOf({ server }: Watch, nameOrHandle: string): Promise<Reason[]> {
  return server.ask(`why ${nameOrHandle}`, (connection) => why(connection, nameOrHandle));
}
