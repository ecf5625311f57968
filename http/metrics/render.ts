import { FAMILIES } from "./families.ts";
import type { Family } from "./family.ts";
import type { Portions } from "./portions.ts";
import type { Snapshot } from "./snapshot.ts";
import { type MetricFormat, MetricWriter } from "./writer.ts";

/** The text of all metrics, in portions. */
export async function* rendered(
  snapshot: Snapshot,
  format: MetricFormat,
  portions: Portions,
): AsyncGenerator<string> {
  const out = new MetricWriter(format);
  for (const { name, type, help, all, each } of FAMILIES.filter((one) => hasLines(one, snapshot))) {
    out.begin(name, type, help);
    all?.(snapshot, out);
    if (each === undefined) continue;
    for (const row of snapshot.rows) {
      each(row, out);
      if (!portions.isOver) continue;
      yield out.take();
      await portions.next();
    }
  }
  out.end();
  yield out.take();
}

/** A family of which nothing is known is left out. */
function hasLines({ all }: Family, snapshot: Snapshot): boolean {
  if (all === undefined) return true;
  const out = new MetricWriter("prometheus");
  all(snapshot, out);
  return out.take() !== "";
}
