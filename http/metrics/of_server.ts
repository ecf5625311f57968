import { runtimeText } from "../../transport/process_usage.ts";
import type { StoreFacts } from "../parts.ts";
import { type Family, one } from "./family.ts";
import { label } from "./labels.ts";
import { DELAY_BOUNDS } from "./loop_delay.ts";
import { ROLES } from "./snapshot.ts";

function ofStore(numberOf: (store: StoreFacts) => number | null): NonNullable<Family["all"]> {
  return one(({ server: { store } }) => store === null ? null : numberOf(store));
}

/** What belongs to the server as a whole. */
export const OF_SERVER: readonly Family[] = [
  {
    name: "gearman_build_info",
    type: "gauge",
    help: "Always 1; version, commit and runtime are labels.",
    labels: ["version", "commit", "runtime"],
    all: ({ server: { version, commit } }, out) =>
      out.sample(
        1,
        [label("version", version), label("commit", commit), label("runtime", runtimeText())]
          .join(),
      ),
  },
  {
    name: "gearman_ready",
    type: "gauge",
    help:
      "1 if the server serves, 0 while it reads stored jobs, drains, stops, or has lost its store.",
    all: one(({ router }) => router.facts.notReady() === null ? 1 : 0),
  },
  {
    name: "gearman_functions",
    type: "gauge",
    help: "Functions that the server knows.",
    all: one(({ router }) => router.functions.size),
  },
  {
    name: "gearman_functions_folded",
    type: "gauge",
    help:
      'Functions without metrics of their own, together function="other": see --http-metric-functions.',
    all: one(({ folded }) => folded),
  },
  {
    name: "gearman_functions_without_workers",
    type: "gauge",
    help: "Functions with waiting jobs that no worker can do.",
    all: one(({ withoutWorkers }) => withoutWorkers),
  },
  {
    name: "gearman_results_kept",
    type: "gauge",
    help: "Results of background jobs that are kept for whoever asks.",
    all: one(({ router }) => router.results.size),
  },
  {
    name: "gearman_results_kept_bytes",
    type: "gauge",
    help: "What they take in memory: 512 bytes each, and what their workers sent.",
    all: one(({ router }) => router.results.bytes),
  },
  {
    name: "gearman_results_dropped_total",
    type: "counter",
    help: "Results that went before their time, as they took more than --max-result-memory.",
    all: one(({ router }) => router.results.dropped),
  },
  {
    name: "gearman_timings_forgotten_total",
    type: "counter",
    help: "Functions whose histograms gave way to those of others, and begin anew.",
    all: one(({ router }) => router.history?.functionsForgotten ?? null),
  },
  {
    name: "gearman_requests_refused_total",
    type: "counter",
    help: "Requests that were answered with an ERROR, by cause; those of programs too.",
    labels: ["cause"],
    all: ({ router }, out) => {
      for (const [cause, count] of Object.entries(router.counts.refused)) {
        out.sample(count, label("cause", cause));
      }
    },
  },
  {
    name: "gearman_connections",
    type: "gauge",
    help: "Open connections by role: worker (can do a function), client (has submitted), other.",
    labels: ["role"],
    all: ({ roles }, out) => {
      for (const role of ROLES) out.sample(roles[role], label("role", role));
    },
  },
  {
    name: "gearman_connections_opened_total",
    type: "counter",
    help: "Connections that were opened.",
    all: one(({ router }) => router.counts.connections),
  },
  {
    name: "gearman_workers_sleeping",
    type: "gauge",
    help: "Workers that sleep until they are woken.",
    all: one(({ sleeping }) => sleeping),
  },
  {
    name: "gearman_packets_received_total",
    type: "counter",
    help: "Packets that came in.",
    all: one(({ router }) => router.counts.packetsIn),
  },
  {
    name: "gearman_packets_sent_total",
    type: "counter",
    help: "Packets for peers: those that have left, and those that wait to be read.",
    all: one(({ router }) => router.counts.packetsOut),
  },
  {
    name: "gearman_received_bytes_total",
    type: "counter",
    help: "Bytes that came in, those of text commands too.",
    all: one(({ router }) => router.counts.bytesIn),
  },
  {
    name: "gearman_sent_bytes_total",
    type: "counter",
    help: "Bytes that have left, those of text commands too.",
    all: one(({ router }) => router.counts.bytesOut),
  },
  {
    name: "gearman_unsent_bytes",
    type: "gauge",
    help: "Output that peers have not read; less than some KiB of one peer does not count.",
    all: one(({ server }) => server.unsentBytes),
  },
  {
    name: "gearman_job_memory_bytes",
    type: "gauge",
    help: "Memory that live jobs take.",
    all: one(({ router }) => router.jobs.memory),
  },
  {
    name: "gearman_event_loop_delay_seconds",
    type: "histogram",
    help: "How late the event loop was, ten times a second.",
    all: ({ loopDelay }, out) => out.histogram(loopDelay, DELAY_BOUNDS),
  },
];

/** What belongs to its store. */
export const OF_STORE: readonly Family[] = [
  {
    name: "gearman_store_commits_total",
    type: "counter",
    help: "Batches that were written to the store; no store, no line.",
    all: ofStore((store) => store.commits),
  },
  {
    name: "gearman_store_commit_seconds_total",
    type: "counter",
    help: "Seconds that writing batches took.",
    all: ofStore((store) => store.commitSeconds),
  },
  {
    name: "gearman_store_last_commit_seconds",
    type: "gauge",
    help: "Seconds that the last batch took.",
    all: ofStore((store) => store.lastCommitSeconds),
  },
  {
    name: "gearman_store_jobs_written_total",
    type: "counter",
    help: "Jobs in those batches; by gearman_store_commits_total it is their mean size.",
    all: ofStore((store) => store.jobs),
  },
  {
    name: "gearman_store_errors_total",
    type: "counter",
    help: "Batches that could not be written.",
    all: ofStore((store) => store.errors),
  },
  {
    name: "gearman_store_file_bytes",
    type: "gauge",
    help: "Bytes of the files of the store, looked at every second.",
    all: ofStore((store) => store.bytes),
  },
];

/** As other programs call them. */
export const OF_PROCESS: readonly Family[] = [
  {
    name: "process_cpu_seconds_total",
    type: "counter",
    help: "Processor time of the server, in seconds.",
    all: one(({ process }) => process.cpuSeconds),
  },
  {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Memory of the server.",
    all: one(({ process }) => process.residentBytes),
  },
  {
    name: "process_heap_bytes",
    type: "gauge",
    help: "Memory of its objects.",
    all: one(({ process }) => process.heapBytes),
  },
  {
    name: "process_start_time_seconds",
    type: "gauge",
    help: "When the server started, in seconds since 1970.",
    all: one(({ process }) => process.startSeconds),
  },
  {
    name: "process_open_fds",
    type: "gauge",
    help: "Open files and sockets; on Deno it is not known.",
    all: one(({ process }) => process.openDescriptors),
  },
  {
    name: "process_max_fds",
    type: "gauge",
    help: "How many there may be; on Deno it is not known.",
    all: one(({ process }) => process.maxDescriptors),
  },
];
