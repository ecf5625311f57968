import type { Router } from "../../router/mod.ts";
import { FunctionCounts } from "../../router/model/counts.ts";

/** What all functions of a router have counted, also those that were dropped. */
export function countsOfAll({ functions }: Router): FunctionCounts {
  const sum = new FunctionCounts();
  sum.add(functions.dropped);
  for (const { counts } of functions.values()) sum.add(counts);
  return sum;
}
