/**
 * What a server has, as far as it tells: geartrain by its listings with named columns, others by the
 * commands that they know. What a server does not tell is left out.
 *
 * @module
 */
import type {
  ConnectionFact,
  FunctionFact,
  JobFact,
  JobSelection,
  PeerFact,
  QueueLimit,
  ServerFact,
  Told,
} from "./records.ts";
import type { TextConnection } from "./text_connection.ts";
import { CommandRefusedError } from "./errors.ts";
import { type NamedRow, namedRows } from "./listings.ts";
import { listed, plainWord, wordOf } from "./names.ts";
import {
  connectionsOfOthers,
  functionsOfOthers,
  jobOfOthers,
  jobsOfOthers,
} from "./other_servers.ts";

export type * from "./records.ts";

/** A function, if the server has it. */
export async function functionFact(
  server: TextConnection,
  name: string,
): Promise<FunctionFact | undefined> {
  const { rows } = await functionFacts(server, ` function=${wordOf(name)}`);
  return rows.find((row) => row.function === listed(name));
}

/** The functions, by name or in the server's order. */
export function functionFacts(server: TextConnection, filter = ""): Promise<Told<FunctionFact>> {
  return told<FunctionFact>(async () => {
    const rows = await namedRows(server, `list functions${filter}`, "function");
    return rows.map((row) => ({
      function: row.text("function"),
      ...counts(row, "jobs", "waiting", "high", "normal", "low", "scheduled", "running", "workers"),
      ...row.has("paused") && { paused: row.flag("paused") },
      ...counts(row, "completed", "failed", "exception", "cancelled", "lost", "abandoned"),
      ...counts(row, "refused"),
    }));
  }, () => functionsOfOthers(server));
}

/** How many jobs ended without a result though a worker had them; undefined if that is not told. */
export function failures({ failed, exception, lost }: FunctionFact): number | undefined {
  return failed === undefined ? undefined : failed + (exception ?? 0) + (lost ?? 0);
}

export async function limits(server: TextConnection): Promise<QueueLimit[]> {
  return (await namedRows(server, "list limits", "function")).map((row) => ({
    function: row.text("function"),
    high: row.count("max_high"),
    normal: row.count("max_normal"),
    low: row.count("max_low"),
  }));
}

/** The connections; the one that asks is one of them. */
export function connectionFacts(server: TextConnection): Promise<Told<ConnectionFact>> {
  return told<ConnectionFact>(async () => {
    return (await namedRows(server, "list connections", "connection")).map((row) => ({
      connection: peerIn(row.text("connection"))!,
      clientId: row.text("client_id"),
      running: row.count("running"),
      waitingFor: row.count("waiting_for"),
      sleeping: row.flag("sleeping"),
      ...row.has("quiet") && { quiet: row.flag("quiet") },
      functions: row.from("names").slice(0, row.count("functions")),
    }));
  }, () => connectionsOfOthers(server));
}

/** The servers that share a queue with the one that is asked, by name. */
export async function serverFacts(server: TextConnection): Promise<ServerFact[]> {
  return (await namedRows(server, "list servers", "server")).map((row) => ({
    server: row.text("server"),
    address: row.textOrNull("address"),
    version: row.text("version"),
    isThis: row.flag("this"),
    ...counts(row, "claimed", "workers", "silence"),
  }));
}

/** The jobs that are meant, oldest first. */
export async function jobFacts(
  server: TextConnection,
  selection: JobSelection,
): Promise<Told<JobFact>> {
  const { limit = Infinity } = selection;
  const { rows, untold } = await told<JobFact>(async () => {
    const filters = Object.entries(selection).map(([name, value]) =>
      `${name}=${wordOf(`${value}`)}`
    );
    return (await namedRows(server, ["list jobs", ...filters].join(" "), "handle")).map(jobIn);
  }, () => jobsOfOthers(server, selection));
  // A word with escapes may mean another name as well.
  const isMeant = (wanted: string | undefined, name: string | undefined) => {
    return wanted === undefined || listed(wanted) === name;
  };
  const meant = rows.filter((job) =>
    isMeant(selection.function, job.function) && isMeant(selection.unique, job.unique)
  );
  return { rows: meant.slice(0, limit), untold };
}

export function jobFact(server: TextConnection, handle: string): Promise<Told<JobFact>> {
  return told<JobFact>(
    async () =>
      (await namedRows(server, `list job ${plainWord("handle", handle)}`, "handle")).map(jobIn),
    () => jobOfOthers(server, handle),
  );
}

function jobIn(row: NamedRow): JobFact {
  return {
    handle: row.text("handle"),
    function: row.text("function"),
    unique: row.text("unique"),
    state: row.text("state"),
    priority: row.text("priority"),
    background: row.flag("background"),
    age: row.countOrNull("age"),
    due: row.countOrNull("due"),
    losses: row.count("losses"),
    ...row.has("failures") && { failures: row.count("failures") },
    ...counts(row, "numerator", "denominator"),
    bytes: row.countOrNull("bytes"),
    clients: row.count("clients"),
    submitter: peerIn(row.textOrNull("submitter")),
    worker: peerIn(row.textOrNull("worker")),
  };
}

/** What geartrain tells, or what another server does, which does not know the command. */
async function told<Fact>(
  all: () => Promise<Fact[]>,
  some: () => Promise<Told<Fact>>,
): Promise<Told<Fact>> {
  try {
    return { rows: await all(), untold: null };
  } catch (error) {
    if (error instanceof CommandRefusedError && error.isUnknownCommand) return await some();
    throw error;
  }
}

function counts<Name extends string>(row: NamedRow, ...names: Name[]): Record<Name, number> {
  const entries = names.map((name) => [name, row.count(name)] as const);
  return Object.fromEntries(entries) as Record<Name, number>;
}

/** Reads a peer such as `7@127.0.0.1:52604`. */
function peerIn(text: string | null): PeerFact | null {
  const [, connection, address] = /^(\d+)@(.*)$/s.exec(text ?? "") ?? [];
  return connection === undefined ? null : { connection: Number(connection), address };
}

/** Writes a peer in the same form. */
export function peerText({ connection, address }: PeerFact): string {
  return connection === undefined ? address : `${connection}@${address}`;
}
