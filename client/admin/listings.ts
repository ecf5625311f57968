/**
 * What Gearman servers list, with types. Names are as the server writes them: geartrain escapes
 * control characters with percent signs, the others do not.
 *
 * @module
 */

import type { TextConnection } from "./text_connection.ts";
import { noGearmanServer } from "./errors.ts";

/** Reads what stands in a column; the whole line is for the error. */
type Reader = (text: string, line: string) => unknown;

/** A row of a listing whose columns are read like this. */
type RowOf<Columns extends Readonly<Record<string, Reader>>> = {
  readonly [Name in keyof Columns]: ReturnType<Columns[Name]>;
};

/** Asks for a listing that has these columns, with tabs between them. */
function listing<Columns extends Readonly<Record<string, Reader>>>(
  command: string,
  columns: Columns,
): (server: TextConnection) => Promise<RowOf<Columns>[]> {
  const readers = Object.entries(columns);
  const rowIn = (line: string) => {
    const cells = cellsOf(line, readers.length);
    const row = readers.map(([name, read], index) => [name, read(cells[index], line)] as const);
    return Object.fromEntries(row) as RowOf<Columns>;
  };
  return async (server) => (await server.list(command)).map(rowIn);
}

/** Functions; `jobs` are those that wait or run, `workers` those that can do it. */
export const status = listing("status", {
  function: name,
  jobs: count,
  running: count,
  workers: count,
});

/** Functions, and how many of their jobs wait. */
export const priorityStatus = listing("prioritystatus", {
  function: name,
  high: count,
  normal: count,
  low: count,
  workers: count,
});

/**
 * Jobs by their handles; `retries` says how many workers were lost while they ran the job, `ignored`
 * whether it was cancelled or left by all clients.
 */
export const showJobs = listing("show jobs", {
  handle: name,
  retries: count,
  ignored: flag,
  background: flag,
});

/** Jobs by their uniques. */
export const showUniqueJobs = listing("show unique jobs", { unique: name });

/** Jobs as Perl's server lists them, with the number of clients that wait for each. */
export const jobs = listing("jobs", {
  function: name,
  unique: name,
  worker: workerAddress,
  listeners: count,
});

/** A connection, of `workers`. */
interface ConnectionStatus {
  readonly connection: number;
  readonly address: string;
  /** `-` if the peer has not given itself an id. */
  readonly clientId: string;
  /** The functions that it can do; a client can do none. */
  readonly functions: readonly string[];
}

/** A client, of Perl's `clients`, and the jobs that it waits for. */
export interface ClientStatus {
  readonly address: string;
  readonly jobs: readonly WaitedJob[];
}

interface WaitedJob {
  readonly function: string;
  readonly unique: string;
  /** Address of the worker that runs it. */
  readonly worker: string | null;
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

/** Names of functions that have spaces, the longest first. */
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

/** Clients as Perl's server lists them. */
export async function clients(server: TextConnection): Promise<ClientStatus[]> {
  const found: { address: string; jobs: WaitedJob[] }[] = [];
  for (const line of await server.list("clients")) {
    if (!line.startsWith("\t")) {
      found.push({ address: line, jobs: [] });
      continue;
    }
    const [, name, unique, worker] = cellsOf(line, 4);
    if (found.length === 0) throw noGearmanServer(line);
    found[found.length - 1].jobs.push({ function: name, unique, worker: workerAddress(worker) });
  }
  return found;
}

/** The text of each column. A name may hold tabs, on servers that do not escape them. */
function cellsOf(line: string, wanted: number): string[] {
  const found = line.split("\t");
  const extra = found.length - wanted;
  if (extra < 0) throw noGearmanServer(line);
  return extra === 0 ? found : [found.slice(0, extra + 1).join("\t"), ...found.slice(extra + 1)];
}

function name(text: string): string {
  return text;
}

function count(text: string, line: string): number {
  if (!/^\d+$/.test(text)) throw noGearmanServer(line);
  return Number(text);
}

function flag(text: string, line: string): boolean {
  return count(text, line) !== 0;
}

function workerAddress(text: string): string | null {
  return text === NOTHING ? null : text;
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

  /** Is there such a column? Older servers have fewer. */
  has(name: string): boolean {
    return this.#names.includes(name);
  }

  text(name: string): string {
    return this.from(name)[0];
  }

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

  flag(name: string): boolean {
    return this.count(name) !== 0;
  }

  /** The texts of a column and of all behind it. */
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
