import { BOUNDS } from "../../router/history/histogram.ts";
import { SUBMIT_MODES } from "../../router/model/counts.ts";
import { PRIORITIES, PRIORITY_NAMES } from "../../router/model/job_state.ts";
import { type Family, one } from "./family.ts";
import { label } from "./labels.ts";
import type { FunctionRow, Timings } from "./snapshot.ts";

type Each = NonNullable<Family["each"]>;

/** A number of each function. */
function ofEach(numberOf: (row: FunctionRow) => number): Each {
  return (row, out) => out.sample(numberOf(row), row.label);
}

/** Numbers by a further label; what never was more than 0 has no line. */
function byName(
  name: string,
  numbersOf: (row: FunctionRow) => Readonly<Record<string, number>>,
): Each {
  return (row, out) => {
    const numbers = numbersOf(row);
    for (const key in numbers) {
      if (numbers[key] > 0) out.sample(numbers[key], `${row.label},${name}="${key}"`);
    }
  };
}

function timed(which: "waiting" | "running" | "total"): Each {
  return ({ timings, label }, out) => {
    if (timings !== null && timings[which].count > 0) {
      out.histogram(timings[which], BOUNDS, label);
    }
  };
}

function target(which: "waitTarget" | "runTarget", number: "total" | "good"): Each {
  return ({ timings, label }, out) => {
    const counts: Timings[typeof which] = timings?.[which] ?? null;
    if (counts !== null) out.sample(counts[number], label);
  };
}

const submitted: Each = ({ counts, label }, out) => {
  for (const mode of SUBMIT_MODES) {
    for (const priority of PRIORITIES) {
      const count = counts.submittedAs(mode, priority);
      const shown = mode === "epoch" ? "delayed" : mode;
      if (count > 0) {
        out.sample(count, `${label},mode="${shown}",priority="${PRIORITY_NAMES[priority]}"`);
      }
    }
  }
};

const oldest: Each = ({ oldest, label }, out) => {
  for (const priority of PRIORITIES) {
    const age = oldest[priority];
    if (age !== null) out.sample(age, `${label},priority="${PRIORITY_NAMES[priority]}"`);
  }
};

/** Names that exporters for other Gearman servers have given; dashboards and alerts know them. */
export const KNOWN: readonly Family[] = [
  { name: "gearman_up", type: "gauge", help: "Always 1: the server answers.", all: one(() => 1) },
  {
    name: "gearman_version_info",
    type: "gauge",
    help: "Always 1; the version of the server is a label.",
    labels: ["version"],
    all: ({ server }, out) => out.sample(1, label("version", server.version)),
  },
  {
    name: "gearman_jobs",
    type: "gauge",
    help: "Jobs that wait, run, or wait for their due time.",
    each: ofEach((row) => row.jobs),
  },
  {
    name: "gearman_jobs_running",
    type: "gauge",
    help: "Jobs that workers run.",
    each: ofEach((row) => row.running),
  },
  {
    name: "gearman_jobs_waiting",
    type: "gauge",
    help: "Jobs that wait for a worker, without those that wait for their due time.",
    each: ofEach((row) => row.waiting),
  },
  {
    name: "gearman_workers",
    type: "gauge",
    help: "Connections that can do the function.",
    each: ofEach((row) => row.workers),
  },
];

/** What else belongs to functions. */
export const OF_FUNCTIONS: readonly Family[] = [
  {
    name: "gearman_jobs_delayed",
    type: "gauge",
    help: "Jobs that wait for their due time.",
    each: ofEach((row) => row.delayed),
  },
  {
    name: "gearman_function_paused",
    type: "gauge",
    help: "1 while the function is paused; no line while it is not.",
    each: (row, out) => {
      if (row.paused > 0) out.sample(row.paused, row.label);
    },
  },
  {
    name: "gearman_oldest_waiting_seconds",
    type: "gauge",
    help: "How long the next job of a queue has waited; no line without a waiting job.",
    labels: ["priority"],
    each: oldest,
  },
  {
    name: "gearman_jobs_submitted_total",
    type: "counter",
    help: "New jobs by mode (foreground, background, delayed, reduce) and priority.",
    labels: ["mode", "priority"],
    each: submitted,
  },
  {
    name: "gearman_jobs_restored_total",
    type: "counter",
    help: "Jobs that were in the store when the server started.",
    each: ofEach((row) => row.counts.restored),
  },
  {
    name: "gearman_jobs_dead",
    type: "gauge",
    help: "Dead jobs, which no worker gets until somebody brings them back.",
    each: ofEach((row) => row.dead),
  },
  {
    name: "gearman_dead_jobs_kicked_total",
    type: "counter",
    help: "Dead jobs that were brought back.",
    each: ofEach((row) => row.counts.kicked),
  },
  {
    name: "gearman_dead_jobs_offered_total",
    type: "counter",
    help: "Dead jobs of another function that workers of this one, its `.dead`, may have.",
    each: ofEach((row) => row.counts.offered),
  },
  {
    name: "gearman_dead_jobs_dropped_total",
    type: "counter",
    help: "Dead jobs that had to go, as there were too many or they were dead too long.",
    each: ofEach((row) => row.counts.deadDropped),
  },
  {
    name: "gearman_jobs_coalesced_total",
    type: "counter",
    help: "Submits that joined a live job with the same unique.",
    each: ofEach((row) => row.counts.coalesced),
  },
  {
    name: "gearman_jobs_replaced_total",
    type: "counter",
    help: "Submits that gave a waiting job another payload; they are counted as coalesced, too.",
    each: ofEach((row) => row.counts.replaced),
  },
  {
    name: "gearman_jobs_dropped_total",
    type: "counter",
    help: "Submits that came in the window of a job with their unique, and were dropped.",
    each: ofEach((row) => row.counts.dropped),
  },
  {
    name: "gearman_jobs_refused_total",
    type: "counter",
    help: "Submits that were refused, by function; gearman_requests_refused_total has the causes.",
    each: ofEach((row) => row.counts.refused),
  },
  {
    name: "gearman_jobs_started_total",
    type: "counter",
    help: "Runs: how often a worker got a job.",
    each: ofEach((row) => row.counts.started),
  },
  {
    name: "gearman_jobs_ended_total",
    type: "counter",
    help: "Jobs that ended, by outcome; completed and failed have a line in any case.",
    labels: ["outcome"],
    each: ({ counts: { ended }, label }, out) => {
      for (const outcome in ended) {
        const count = ended[outcome as keyof typeof ended] as number;
        if (count > 0 || outcome === "completed" || outcome === "failed") {
          out.sample(count, `${label},outcome="${outcome}"`);
        }
      }
    },
  },
  {
    name: "gearman_jobs_requeued_total",
    type: "counter",
    help: "Jobs that wait again after a run, by cause: lost (its worker), timeout, retry.",
    labels: ["cause"],
    each: byName("cause", (row) => row.counts.requeued),
  },
  {
    name: "gearman_jobs_timed_out_total",
    type: "counter",
    help: "Runs that took longer than the timeout of their worker.",
    each: ofEach((row) => row.counts.timedOut),
  },
  {
    name: "gearman_leases_over_total",
    type: "counter",
    help: "Runs that ended as nothing had come from their worker for the time of their lease.",
    each: ofEach((row) => row.counts.leasesOver),
  },
  {
    name: "gearman_wake_ups_total",
    type: "counter",
    help: "NOOPs that were sent to sleeping workers.",
    each: ofEach((row) => row.counts.wakeUps),
  },
  {
    name: "gearman_job_waiting_seconds",
    type: "histogram",
    help: "How long jobs waited for a worker, since their submit, due time or last run.",
    each: timed("waiting"),
  },
  {
    name: "gearman_job_running_seconds",
    type: "histogram",
    help: "How long runs took, without those whose worker has vanished or whose job was cancelled.",
    each: timed("running"),
  },
  {
    name: "gearman_job_total_seconds",
    type: "histogram",
    help: "How long it was from the submit or due time of a job to its result or failure.",
    each: timed("total"),
  },
  {
    name: "gearman_slo_wait_total",
    type: "counter",
    help: "Jobs of functions with a target that a worker got.",
    each: target("waitTarget", "total"),
  },
  {
    name: "gearman_slo_wait_good_total",
    type: "counter",
    help: "Those of them that had not waited longer than the target.",
    each: target("waitTarget", "good"),
  },
  {
    name: "gearman_slo_run_total",
    type: "counter",
    help: "Runs of functions with a target that ended.",
    each: target("runTarget", "total"),
  },
  {
    name: "gearman_slo_run_good_total",
    type: "counter",
    help: "Those of them that had not taken longer than the target.",
    each: target("runTarget", "good"),
  },
];
