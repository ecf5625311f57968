import type { GivenBack, SharedJobChange } from "../../shared_queue.ts";
import type { Rows } from "../driver.ts";
import type { Life } from "../members/life.ts";
import { arrayText, Bytes } from "../values.ts";
import type { Call } from "./lane.ts";

const TEXT = "select out_func, out_priority, released, ready from @s.write_jobs($1, $2, $3, " +
  "$4::bigint[], $5::smallint[], $6::int[], $7::int[], $8::int[], $9::int[], $10::int[], " +
  "$11::boolean[], $12::float8[], $13::boolean[])";

/** Jobs of a queue that belong to nobody any more. */
export interface Released {
  readonly func: number;
  readonly priority: number;
  readonly count: number;
  /** How many of them are ready. */
  readonly ready: number;
}

/** The call that writes what has changed of jobs, and gives back those that have a due time. */
export function writeCall(
  life: Life,
  changes: readonly (SharedJobChange | GivenBack)[],
): Call<readonly Released[]> {
  const bytes = new Bytes();
  const parameters = [
    arrayText(changes.map(({ number }) => number)),
    arrayText(changes.map(({ priority }) => priority)),
    arrayText(changes.map(({ losses }) => losses)),
    arrayText(changes.map(({ failures }) => failures)),
    arrayText(changes.map(({ error, runs }) => bytes.add(error, runs))),
    arrayText(changes.map(({ error }) => error.length)),
    arrayText(changes.map(({ runs }) => runs.length)),
    arrayText(changes.map((change) => "due" in change)),
    arrayText(changes.map((change) => "due" in change ? change.due : 0)),
    arrayText(changes.map((change) => "isLast" in change && change.isLast)),
  ];
  const errors = bytes.all();
  return {
    life,
    repeats: true,
    statement: ({ id }, number) => [TEXT, [id, number, errors, ...parameters]],
    read: releasedIn,
    afterDeath: () => [],
  };
}

/** What the functions of the schema say of jobs that are nobody's any more. */
export function releasedIn(rows: Rows): Released[] {
  return rows.map(([func, priority, count, ready]) => {
    return { func, priority, count: Number(count), ready: Number(ready ?? count) };
  });
}
