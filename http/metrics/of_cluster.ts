import { PRIORITIES, PRIORITY_NAMES } from "../../router/model/job_state.ts";
import type { ClusterServer } from "../parts.ts";
import type { ClusterRow } from "./cluster_snapshot.ts";
import type { Family } from "./family.ts";
import { label } from "./labels.ts";
import type { Snapshot } from "./snapshot.ts";

type All = NonNullable<Family["all"]>;

/** All servers of a cluster say the same of it: a label names it, so that none is counted twice. */
function clusterOf({ server }: Snapshot): string {
  return label("cluster", server.cluster!.name);
}

/** Numbers of each function. */
function ofFunctions(
  write: (row: ClusterRow, sample: (value: number, labels?: string) => void) => void,
): All {
  return (snapshot, out) => {
    if (snapshot.cluster === null) return;
    const cluster = clusterOf(snapshot);
    for (const row of snapshot.cluster.rows) {
      const labels = `${cluster},${row.label}`;
      write(row, (value, more = "") => out.sample(value, labels + more));
    }
  };
}

/**
 * A number of each server. One that has just been started anew is there twice until all know that it
 * ended before.
 *
 * @param both what is said of two of the same name and address.
 */
function ofServers(
  numberOf: (server: ClusterServer) => number,
  both: (one: number, other: number) => number,
): All {
  return (snapshot, out) => {
    if (snapshot.cluster === null) return;
    const cluster = clusterOf(snapshot);
    const numbers = new Map<string, number>();
    for (const server of snapshot.cluster.servers) {
      const { name, address } = server;
      const labels = `${cluster},${label("server", name)},${label("address", address)}`;
      const other = numbers.get(labels);
      const number = numberOf(server);
      numbers.set(labels, other === undefined ? number : both(number, other));
    }
    for (const [labels, number] of numbers) out.sample(number, labels);
  };
}

/** A number of the engine. */
function ofEngine(name: string): All {
  return (snapshot, out) => {
    const value = factOf(snapshot, name);
    if (value !== undefined) out.sample(value, clusterOf(snapshot));
  };
}

function factOf({ server: { cluster } }: Snapshot, name: string): number | undefined {
  if (cluster === null || cluster.name === "") return undefined;
  return cluster.health.find((fact) => fact.name === name)?.value;
}

const STATES = ["waiting", "scheduled", "claimed"] as const;

/** What a server tells of its cluster; the same at each of them. */
export const OF_CLUSTER: readonly Family[] = [
  {
    name: "geartrain_cluster_jobs",
    type: "gauge",
    help: "Live background jobs of all servers: waiting, scheduled, or claimed by a server.",
    labels: ["cluster", "function", "state", "priority"],
    all: ofFunctions((row, sample) => {
      for (const state of STATES) {
        for (const priority of PRIORITIES) {
          const count = row[state][priority];
          // The sum of what waits has a line in any case.
          if (count === 0 && !(state === "waiting" && priority === 1)) continue;
          sample(count, `,state="${state}",priority="${PRIORITY_NAMES[priority]}"`);
        }
      }
    }),
  },
  {
    name: "geartrain_cluster_jobs_running",
    type: "gauge",
    help: "Jobs that workers run, at all servers.",
    labels: ["cluster", "function"],
    all: ofFunctions((row, sample) => sample(row.running)),
  },
  {
    name: "geartrain_cluster_workers",
    type: "gauge",
    help: "Connections that can do the function, at all servers.",
    labels: ["cluster", "function"],
    all: ofFunctions((row, sample) => sample(row.workers)),
  },
  {
    name: "geartrain_cluster_servers",
    type: "gauge",
    help: "Servers of the cluster that are not known to be dead.",
    labels: ["cluster"],
    all: (snapshot, out) => {
      if (snapshot.cluster === null) return;
      out.sample(snapshot.cluster.servers.length, clusterOf(snapshot));
    },
  },
  {
    name: "geartrain_cluster_server_claimed",
    type: "gauge",
    help: "Jobs that a server has claimed.",
    labels: ["cluster", "server", "address"],
    all: ofServers(({ claimed }) => claimed, (one, other) => one + other),
  },
  {
    name: "geartrain_cluster_server_silence_seconds",
    type: "gauge",
    help: "How long ago a server was seen alive last.",
    labels: ["cluster", "server", "address"],
    all: ofServers(({ silence }) => silence / 1000, Math.min),
  },
  {
    name: "geartrain_cluster_engine_oldest_transaction_seconds",
    type: "gauge",
    help: "Age of the oldest transaction that keeps ended jobs from being cleared away.",
    labels: ["cluster"],
    all: ofEngine("oldest_transaction_seconds"),
  },
  {
    name: "geartrain_cluster_engine_dead_rows",
    type: "gauge",
    help: "Rows of ended jobs that have not been cleared away.",
    labels: ["cluster"],
    all: ofEngine("dead_rows"),
  },
  {
    name: "geartrain_cluster_engine_bytes",
    type: "gauge",
    help: "Bytes of the table of jobs and its indexes.",
    labels: ["cluster"],
    all: ofEngine("job_table_bytes"),
  },
  {
    name: "geartrain_cluster_engine_connections",
    type: "gauge",
    help: "Connections to the engine, those of other programs too.",
    labels: ["cluster"],
    all: ofEngine("connections"),
  },
];

/** What a server tells of its own way to the queue of the cluster. */
export const OF_SHARED_STORE: readonly Family[] = [
  {
    name: "gearman_store_reachable",
    type: "gauge",
    help: "1 if the server reaches the queue that it shares with others, 0 if not.",
    all: ({ server: { cluster } }, out) => {
      if (cluster !== null) out.sample(cluster.unreachable === null ? 1 : 0);
    },
  },
  {
    name: "gearman_store_beat_seconds",
    type: "gauge",
    help: "How long the last beat took by which the server tells the others that it lives.",
    all: (snapshot, out) => {
      const milliseconds = factOf(snapshot, "beat_milliseconds");
      if (milliseconds !== undefined) out.sample(milliseconds / 1000);
    },
  },
  {
    name: "gearman_store_troubles",
    type: "gauge",
    help: "What is wrong with the engine below the shared queue; /readyz and the log say what.",
    all: ({ server: { cluster } }, out) => {
      if (cluster !== null) out.sample(cluster.health.filter(({ trouble }) => trouble).length);
    },
  },
];
