import { FAMILIES } from "./families.ts";
import type { Family } from "./family.ts";
import type { Portions } from "../portions.ts";
import type { Snapshot } from "./snapshot.ts";
import { type MetricFormat, MetricWriter } from "./writer.ts";

/** The text of all metrics, in portions. */
export async function* rendered(
  snapshot: Snapshot,
  format: MetricFormat,
  portions: Portions,
): AsyncGenerator<string> {
  const out = new MetricWriter(format);
  const pieces = portions.portions(lines(snapshot, out), () => {});
  while (!(await pieces.next()).done) yield out.take();
  out.end();
  yield out.take();
}

/** Writes what each family says of all together, then of one function after the other. */
function* lines(snapshot: Snapshot, out: MetricWriter): Generator<void> {
  for (const { name, type, help, all, each } of FAMILIES.filter((one) => hasLines(one, snapshot))) {
    out.begin(name, type, help);
    all?.(snapshot, out);
    yield;
    if (each === undefined) continue;
    for (const row of snapshot.rows) {
      each(row, out);
      yield;
    }
  }
}

/** A family of which nothing is known is left out. */
function hasLines({ all }: Family, snapshot: Snapshot): boolean {
  if (all === undefined) return true;
  const out = new MetricWriter("prometheus");
  all(snapshot, out);
  return out.take() !== "";
}
