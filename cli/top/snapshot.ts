import type { TextConnection } from "../text_protocol/connection.ts";
import { Refusal } from "../text_protocol/errors.ts";
import { priorityStatus, status } from "../text_protocol/listings.ts";

/** How many jobs of a function wait, by priority. */
export interface Priorities {
  readonly high: number;
  readonly normal: number;
  readonly low: number;
}

/** A function at one moment. */
export interface FunctionRow {
  readonly name: string;
  readonly waiting: number;
  /** Null where the server does not tell. */
  readonly priorities: Priorities | null;
  readonly running: number;
  readonly workers: number;
  /** Jobs a second that came more than went, since the look before; null at the first. */
  readonly change: number | null;
}

/** What a server had at one moment. */
export interface Snapshot {
  /** Milliseconds of a clock that is never set. */
  readonly at: number;
  readonly functions: readonly FunctionRow[];
}

/** Asks a server what it has, and compares that with the look before. */
export async function takeSnapshot(
  server: TextConnection,
  earlier: Snapshot | null,
  now: () => number,
): Promise<Snapshot> {
  const functions = await status(server);
  const at = now();
  const priorities = await prioritiesByFunction(server);
  const before = new Map(
    earlier?.functions.map(({ name, waiting, running }) => {
      return [name, waiting + running];
    }),
  );
  const change = (name: string, jobs: number) => {
    const jobsBefore = before.get(name);
    if (earlier === null || jobsBefore === undefined || at <= earlier.at) return null;
    return (jobs - jobsBefore) * 1000 / (at - earlier.at);
  };
  return {
    at,
    functions: functions.map(({ function: name, jobs, running, workers }) => ({
      name,
      waiting: Math.max(0, jobs - running),
      priorities: priorities?.get(name) ?? null,
      running,
      workers,
      change: change(name, jobs),
    })),
  };
}

/** Null on servers that know no `prioritystatus`, such as Perl's. */
async function prioritiesByFunction(
  server: TextConnection,
): Promise<Map<string, Priorities> | null> {
  try {
    return new Map((await priorityStatus(server)).map((row) => [row.function, row]));
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
