import type { FunctionRow, Snapshot } from "./snapshot.ts";
import type { MetricType, MetricWriter } from "./writer.ts";

/** One family of metrics: what it is, and where its numbers come from. */
export interface Family {
  readonly name: string;
  readonly type: MetricType;
  /** What it is, in one line. */
  readonly help: string;
  /** Its labels, but for `function`, which all have that belong to functions, and `le`. */
  readonly labels?: readonly string[];
  /** Writes what does not belong to a function. */
  readonly all?: (snapshot: Snapshot, out: MetricWriter) => void;
  /** Writes what belongs to one function. */
  readonly each?: (row: FunctionRow, out: MetricWriter) => void;
}

/** A number of the server. */
export function one(numberOf: (snapshot: Snapshot) => number | null): NonNullable<Family["all"]> {
  return (snapshot, out) => {
    const value = numberOf(snapshot);
    if (value !== null) out.sample(value);
  };
}
