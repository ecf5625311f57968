import type { Family } from "./family.ts";
import { OF_CLUSTER, OF_SHARED_STORE } from "./of_cluster.ts";
import { KNOWN, OF_FUNCTIONS } from "./of_functions.ts";
import { OF_SCHEDULES } from "./of_schedules.ts";
import { OF_PROCESS, OF_SERVER, OF_STORE } from "./of_server.ts";

/** Every metric, in the order of the answer. The documentation is compared with this. */
export const FAMILIES: readonly Family[] = [
  ...KNOWN,
  ...OF_FUNCTIONS,
  ...OF_SERVER,
  ...OF_SCHEDULES,
  ...OF_STORE,
  ...OF_SHARED_STORE,
  ...OF_CLUSTER,
  ...OF_PROCESS,
];

/** All labels of the samples of a family. */
export function labelsOf({ type, each, labels = [] }: Family): string[] {
  return [
    ...(each === undefined ? [] : ["function"]),
    ...labels,
    ...(type === "histogram" ? ["le"] : []),
  ];
}
