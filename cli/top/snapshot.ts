import type { TextConnection } from "../../client/admin/text_connection.ts";
import { failures, type FunctionFact, functionFacts } from "../../client/admin/facts.ts";

/** How many jobs of a function wait, by priority. */
export interface Priorities {
  readonly high: number;
  readonly normal: number;
  readonly low: number;
}

/** A function at one moment. What a server does not tell is null. */
export interface FunctionRow {
  readonly name: string;
  readonly waiting: number;
  readonly priorities: Priorities | null;
  /** Jobs that wait for their time. */
  readonly scheduled: number | null;
  readonly running: number;
  readonly workers: number;
  /** Jobs a second that were done since the look before; null at the first too. */
  readonly done: number | null;
  /** Jobs a second that failed. */
  readonly failed: number | null;
  /** Jobs a second that came more than went. */
  readonly change: number | null;
}

/** What a server had at one moment. */
export interface Snapshot {
  /** Milliseconds of a clock that is never set. */
  readonly at: number;
  readonly functions: readonly FunctionRow[];
  /** What the server does not tell, in words; null if it tells all. */
  readonly untold: string | null;
  /** What the rates of the next one are counted from. */
  readonly facts: ReadonlyMap<string, FunctionFact>;
}

/** Asks a server what it has, and compares that with the look before. */
export async function takeSnapshot(
  server: TextConnection,
  earlier: Snapshot | null,
  now: () => number,
): Promise<Snapshot> {
  const { rows, untold } = await functionFacts(server);
  const at = now();
  const seconds = earlier === null ? 0 : (at - earlier.at) / 1000;
  return {
    at,
    functions: rows.map((fact) => rowOf(fact, earlier?.facts.get(fact.function), seconds)),
    untold,
    facts: new Map(rows.map((fact) => [fact.function, fact])),
  };
}

function rowOf(fact: FunctionFact, before: FunctionFact | undefined, seconds: number): FunctionRow {
  const rate = (count: (fact: FunctionFact) => number | undefined) => {
    const [now, then] = [count(fact), before && count(before)];
    return now === undefined || then === undefined || seconds <= 0 ? null : (now - then) / seconds;
  };
  // A function that was dropped and made anew counts from the beginning.
  const gain = (count: (fact: FunctionFact) => number | undefined) => {
    const found = rate(count);
    return found !== null && found < 0 ? null : found;
  };
  const { high, normal, low } = fact;
  const hasPriorities = high !== undefined && normal !== undefined && low !== undefined;
  return {
    name: fact.function,
    waiting: fact.waiting,
    priorities: hasPriorities ? { high, normal, low } : null,
    scheduled: fact.scheduled ?? null,
    running: fact.running,
    workers: fact.workers,
    done: gain(({ completed }) => completed),
    failed: gain(failures),
    change: rate(({ jobs }) => jobs),
  };
}
