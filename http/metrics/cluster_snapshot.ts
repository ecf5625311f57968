import { messageOf } from "../../router/log/log.ts";
import type { ByPriority, ClusterCounts, ClusterServer, HttpParts } from "../parts.ts";
import { label, OTHER, safeName } from "./labels.ts";

/** What a scrape shows of the cluster. */
export interface ClusterSnapshot {
  readonly rows: readonly ClusterRow[];
  readonly servers: readonly ClusterServer[];
}

/** The numbers of one function at all servers, or of all that have none of their own. */
export interface ClusterRow extends Omit<ClusterCounts, "functionName"> {
  readonly label: string;
}

/** Asks for it; null without a cluster, or while its queue cannot be reached. */
export async function clusterSnapshot(
  { server: { cluster }, options: { metricFunctions }, report }: HttpParts,
): Promise<ClusterSnapshot | null> {
  if (cluster === null || cluster.unreachable !== null) return null;
  try {
    const [counts, servers] = await Promise.all([cluster.counts(), cluster.servers()]);
    return { rows: rowsOf(counts, metricFunctions), servers };
  } catch (error) {
    report(messageOf(error));
    return null;
  }
}

/** They are gauges: other than with counters, it does no harm if a function loses its own. */
function rowsOf(counts: readonly ClusterCounts[], most: number): ClusterRow[] {
  const rows = counts.map(({ functionName, ...row }): ClusterRow => ({
    ...row,
    label: label("function", safeName(functionName)),
  })).sort((a, b) => a.label < b.label ? -1 : 1);
  const others = rows.splice(most);
  return others.length === 0 ? rows : [...rows, { ...others.reduce(sum), label: OTHER }];
}

function sum(one: ClusterRow, other: ClusterRow): ClusterRow {
  const both = (a: ByPriority, b: ByPriority): ByPriority => [
    a[0] + b[0],
    a[1] + b[1],
    a[2] + b[2],
  ];
  return {
    label: one.label,
    waiting: both(one.waiting, other.waiting),
    scheduled: both(one.scheduled, other.scheduled),
    claimed: both(one.claimed, other.claimed),
    workers: one.workers + other.workers,
    running: one.running + other.running,
  };
}
