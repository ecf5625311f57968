/**
 * What Gearman servers list, with types. Names are as the server writes them: geartrain escapes
 * control characters with percent signs, the others do not.
 *
 * @module
 */

import type { TextConnection } from "./text_connection.ts";
import { noGearmanServer } from "./errors.ts";

/** A function, of `status`. */
interface FunctionStatus {
  readonly function: string;
  /** Jobs that wait or run. */
  readonly jobs: number;
  readonly running: number;
  /** Workers that can do it. */
  readonly workers: number;
}

/** A function, of `prioritystatus`: how many of its jobs wait. */
export interface PriorityStatus {
  readonly function: string;
  readonly high: number;
  readonly normal: number;
  readonly low: number;
  readonly workers: number;
}

/** A connection, of `workers`. */
interface ConnectionStatus {
  readonly connection: number;
  readonly address: string;
  /** `-` if it has given itself none. */
  readonly clientId: string;
  /** What it can do; clients can do nothing. */
  readonly functions: readonly string[];
}

/** A job, of `show jobs`. */
interface ShownJob {
  readonly handle: string;
  /** How many workers were lost while they ran it. */
  readonly retries: number;
  /** Was it cancelled, or left by all clients? */
  readonly ignored: boolean;
  /** Is it a background job? */
  readonly background: boolean;
}

/** A job, of Perl's `jobs`. */
interface RunningJob {
  readonly function: string;
  readonly unique: string;
  /** Address of the worker that runs it. */
  readonly worker: string | null;
  /** Clients that wait for it. */
  readonly listeners: number;
}

/** A client, of Perl's `clients`. */
export interface ClientStatus {
  readonly address: string;
  /** What it waits for. */
  readonly jobs: readonly Omit<RunningJob, "listeners">[];
}

/** `status` */
export async function status(server: TextConnection): Promise<FunctionStatus[]> {
  return (await server.list("status")).map((line) => {
    const [name, jobs, running, workers] = columns(line, 4);
    return {
      function: name,
      jobs: count(jobs, line),
      running: count(running, line),
      workers: count(workers, line),
    };
  });
}

/** `prioritystatus` */
export async function priorityStatus(server: TextConnection): Promise<PriorityStatus[]> {
  return (await server.list("prioritystatus")).map((line) => {
    const [name, high, normal, low, workers] = columns(line, 5);
    return {
      function: name,
      high: count(high, line),
      normal: count(normal, line),
      low: count(low, line),
      workers: count(workers, line),
    };
  });
}

/** `workers`; the connection that asks is one of them. */
export async function workers(server: TextConnection): Promise<ConnectionStatus[]> {
  const rows = (await server.list("workers")).map((line) => {
    const found = /^(\d+) (\S*) (.*?) :(?: (.*))?$/s.exec(line);
    if (found === null) throw noGearmanServer(line);
    const [, connection, address, clientId, functions = ""] = found;
    return { connection: Number(connection), address, clientId, functions };
  });
  const areMany = rows.some(({ functions }) => functions.includes(" "));
  const withSpaces = areMany ? await namesWithSpaces(server) : [];
  return rows.map((row) => ({ ...row, functions: namesIn(row.functions, withSpaces) }));
}

/** The longest first. */
async function namesWithSpaces(server: TextConnection): Promise<string[]> {
  const names = (await status(server)).map((row) => row.function);
  return names.filter((name) => name.includes(" ")).sort((a, b) => b.length - a.length);
}

/**
 * The names in a list with spaces between them. Where a name with spaces of its own may begin, it is
 * taken for that.
 */
function namesIn(list: string, withSpaces: readonly string[]): string[] {
  const names: string[] = [];
  for (let rest = list; rest !== "";) {
    const known = withSpaces.find((name) => rest === name || rest.startsWith(`${name} `));
    const name = known ?? rest.split(" ", 1)[0];
    if (name !== "") names.push(name);
    rest = rest.slice(name.length + 1);
  }
  return names;
}

/** `show jobs` */
export async function showJobs(server: TextConnection): Promise<ShownJob[]> {
  return (await server.list("show jobs")).map((line) => {
    const [handle, retries, ignored, background] = columns(line, 4);
    return {
      handle,
      retries: count(retries, line),
      ignored: count(ignored, line) !== 0,
      background: count(background, line) !== 0,
    };
  });
}

/** `show unique jobs` */
export async function showUniqueJobs(
  server: TextConnection,
): Promise<{ readonly unique: string }[]> {
  return (await server.list("show unique jobs")).map((unique) => ({ unique }));
}

/** Perl's `jobs` */
export async function jobs(server: TextConnection): Promise<RunningJob[]> {
  return (await server.list("jobs")).map((line) => {
    const [name, unique, worker, listeners] = columns(line, 4);
    return {
      function: name,
      unique,
      worker: workerAddress(worker),
      listeners: count(listeners, line),
    };
  });
}

/** Perl's `clients` */
export async function clients(server: TextConnection): Promise<ClientStatus[]> {
  const found: { address: string; jobs: Omit<RunningJob, "listeners">[] }[] = [];
  for (const line of await server.list("clients")) {
    if (!line.startsWith("\t")) {
      found.push({ address: line, jobs: [] });
      continue;
    }
    const [, name, unique, worker] = columns(line, 4);
    if (found.length === 0) throw noGearmanServer(line);
    found[found.length - 1].jobs.push({ function: name, unique, worker: workerAddress(worker) });
  }
  return found;
}

function workerAddress(text: string): string | null {
  return text === "-" ? null : text;
}

/** What is between the tabs. A name may have some, on servers that do not escape them. */
function columns(line: string, wanted: number): string[] {
  const found = line.split("\t");
  const extra = found.length - wanted;
  if (extra < 0) throw noGearmanServer(line);
  return extra === 0 ? found : [found.slice(0, extra + 1).join("\t"), ...found.slice(extra + 1)];
}

function count(text: string, line: string): number {
  if (!/^\d+$/.test(text)) throw noGearmanServer(line);
  return Number(text);
}

/** Stands in a column for which geartrain has no value. */
const NOTHING = "-";

/** A row of a listing whose first line names its columns. */
export class NamedRow {
  readonly #names: readonly string[];
  readonly #cells: readonly string[];

  constructor(names: readonly string[], cells: readonly string[]) {
    this.#names = names;
    this.#cells = cells;
  }

  /** What stands in a column. */
  text(name: string): string {
    return this.from(name)[0];
  }

  /** A number that does. */
  count(name: string): number {
    const text = this.text(name);
    if (!/^-?\d+$/.test(text)) throw noGearmanServer(this.#cells.join("\t"));
    return Number(text);
  }

  /** The number, or null where there is nothing to tell. */
  countOrNull(name: string): number | null {
    return this.text(name) === NOTHING ? null : this.count(name);
  }

  /** The text, or null where there is nothing to tell. */
  textOrNull(name: string): string | null {
    return this.text(name) === NOTHING ? null : this.text(name);
  }

  /** A flag, 0 or 1. */
  flag(name: string): boolean {
    return this.count(name) !== 0;
  }

  /** What stands in a column and in all behind it. */
  from(name: string): string[] {
    const index = this.#names.indexOf(name);
    if (index < 0 || index >= this.#cells.length) throw noGearmanServer(this.#cells.join("\t"));
    return this.#cells.slice(index);
  }
}

/**
 * Asks geartrain for one of the listings that have named columns.
 *
 * @param key a column that it has.
 * @throws {CommandRefusedError} when the server is another one, which does not know the command.
 */
export async function namedRows(
  server: TextConnection,
  command: string,
  key: string,
): Promise<NamedRow[]> {
  const [head = "", ...lines] = await server.list(command);
  const names = head.split("\t");
  if (!names.includes(key)) throw noGearmanServer(head);
  return lines.map((line) => new NamedRow(names, line.split("\t")));
}
