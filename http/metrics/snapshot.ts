import type { FunctionFacts } from "../../router/facts.ts";
import type { FunctionTimings } from "../../router/history/timings.ts";
import { Histogram } from "../../router/history/histogram.ts";
import { TargetCounts } from "../../router/history/targets.ts";
import { FunctionCounts } from "../../router/model/counts.ts";
import { type ProcessUsage, processUsage } from "../../transport/process_usage.ts";
import type { HttpParts } from "../parts.ts";
import { type ClusterSnapshot, clusterSnapshot } from "./cluster_snapshot.ts";
import { type FunctionLabels, OTHER } from "./labels.ts";
import type { LoopDelay } from "./loop_delay.ts";
import type { Portions } from "../portions.ts";

/** Seconds for which the oldest waiting jobs wait: high, normal, low priority. */
export type Oldest = readonly [number | null, number | null, number | null];

/** What was timed of a function, or of several; the targets are null without any. */
export interface Timings extends Pick<FunctionTimings, "waiting" | "running" | "total"> {
  readonly waitTarget: Readonly<TargetCounts> | null;
  readonly runTarget: Readonly<TargetCounts> | null;
}

/** The numbers of one function, or of all that have none of their own. */
export interface FunctionRow
  extends Pick<FunctionFacts, "jobs" | "waiting" | "running" | "workers" | "dead" | "counts"> {
  readonly label: string;
  readonly delayed: number;
  /** How many functions are paused: this one, or some of those together. */
  readonly paused: number;
  readonly oldest: Oldest;
  /** Null if nothing was. */
  readonly timings: Timings | null;
}

/** What connections are there for. */
export const ROLES = ["worker", "client", "other"] as const;

/** All that one scrape shows. */
export interface Snapshot extends HttpParts {
  readonly rows: readonly FunctionRow[];
  /** Functions that are put together. */
  readonly folded: number;
  /** Functions with waiting jobs that no worker can do. */
  readonly withoutWorkers: number;
  /** How many connections there are of each role. */
  readonly roles: Readonly<Record<typeof ROLES[number], number>>;
  /** Workers that sleep until they are woken. */
  readonly sleeping: number;
  readonly process: ProcessUsage;
  readonly loopDelay: LoopDelay;
  /** Null if there is none, or it cannot be asked. */
  readonly cluster: ClusterSnapshot | null;
}

/** Looks at all there is, in portions. */
export async function takeSnapshot(
  parts: HttpParts,
  labels: FunctionLabels,
  loopDelay: LoopDelay,
  portions: Portions,
): Promise<Snapshot> {
  const functions = await functionsOf(parts, labels, portions);
  const connections = await connectionsOf(parts, portions);
  const cluster = await clusterSnapshot(parts);
  const process = await processUsage();
  return { ...parts, ...functions, ...connections, process, loopDelay, cluster };
}

async function functionsOf(
  { router }: HttpParts,
  labels: FunctionLabels,
  portions: Portions,
): Promise<Pick<Snapshot, "rows" | "folded" | "withoutWorkers">> {
  const { history } = router;
  const timings = new Map<object, FunctionTimings>();
  for (const one of history?.allTimings() ?? []) timings.set(one.func.counts, one);
  const rows: FunctionRow[] = [];
  const rest = new Rest();
  let withoutWorkers = 0;
  await portions.each(router.facts.functions(), (facts) => {
    if (facts === null) return;
    // What other servers have is theirs to tell: whoever sums up counts it once.
    const { waiting, workers } = facts.here ?? facts;
    if (waiting > 0 && workers === 0) withoutWorkers++;
    const row = rowOf(facts, {
      label: labels.of(facts),
      oldest: waiting > 0 ? history?.oldestWaiting(facts.name) ?? NONE : NONE,
      timings: timings.get(facts.counts) ?? null,
    });
    if (row.label === OTHER) rest.add(row);
    else rows.push(row);
  });
  labels.counted(rows.length);
  // What was dropped has been counted: it is nobody's now, and no counter falls.
  rest.counts.add(router.functions.dropped);
  if (rest.folded > 0 || rest.hasCounted) rows.push(rest);
  return { rows, folded: rest.folded, withoutWorkers };
}

const NONE: Oldest = [null, null, null];

function rowOf(
  facts: FunctionFacts,
  more: { label: string; oldest: Oldest; timings: FunctionTimings | null },
): FunctionRow {
  const { jobs, waiting, running, workers, scheduled } = facts.here ?? facts;
  const { dead } = facts;
  const [high, normal, low] = scheduled;
  return {
    jobs,
    waiting,
    running,
    workers,
    paused: facts.pause === null ? 0 : 1,
    dead,
    counts: facts.counts,
    delayed: high + normal + low,
    label: more.label,
    oldest: more.oldest,
    timings: more.timings === null ? null : timingsOf(more.timings),
  };
}

function timingsOf(timings: FunctionTimings): Timings {
  const { waiting, running, total, target, waitTarget, runTarget } = timings;
  return {
    waiting,
    running,
    total,
    waitTarget: target?.wait === undefined ? null : waitTarget,
    runTarget: target?.run === undefined ? null : runTarget,
  };
}

/** All functions together that have no metrics of their own. */
class Rest implements FunctionRow {
  readonly label = OTHER;
  folded = 0;
  jobs = 0;
  waiting = 0;
  running = 0;
  workers = 0;
  dead = 0;
  delayed = 0;
  paused = 0;
  readonly counts = new FunctionCounts();
  oldest: Oldest = NONE;
  timings: {
    waiting: Histogram;
    running: Histogram;
    total: Histogram;
    waitTarget: TargetCounts | null;
    runTarget: TargetCounts | null;
  } | null = null;

  add(row: FunctionRow): void {
    this.folded++;
    this.jobs += row.jobs;
    this.waiting += row.waiting;
    this.running += row.running;
    this.workers += row.workers;
    this.dead += row.dead;
    this.delayed += row.delayed;
    this.paused += row.paused;
    this.counts.add(row.counts);
    const [high, normal, low] = this.oldest;
    const [otherHigh, otherNormal, otherLow] = row.oldest;
    this.oldest = [older(high, otherHigh), older(normal, otherNormal), older(low, otherLow)];
    if (row.timings !== null) this.#addTimings(row.timings);
  }

  #addTimings(timings: Timings): void {
    const sums = this.timings ??= {
      waiting: new Histogram(),
      running: new Histogram(),
      total: new Histogram(),
      waitTarget: null,
      runTarget: null,
    };
    for (const timed of ["waiting", "running", "total"] as const) {
      const { buckets, milliseconds, count } = timings[timed];
      buckets.forEach((some, bucket) => sums[timed].buckets[bucket] += some);
      sums[timed].milliseconds += milliseconds;
      sums[timed].count += count;
    }
    for (const target of ["waitTarget", "runTarget"] as const) {
      const counts = timings[target];
      if (counts === null) continue;
      const sum = sums[target] ??= new TargetCounts();
      sum.total += counts.total;
      sum.good += counts.good;
    }
  }

  get hasCounted(): boolean {
    return this.counts.submitted.some((count) => count > 0) || this.counts.restored > 0;
  }
}

function older(one: number | null, other: number | null): number | null {
  return one === null || other === null ? one ?? other : Math.max(one, other);
}

async function connectionsOf(
  { router }: HttpParts,
  portions: Portions,
): Promise<Pick<Snapshot, "roles" | "sleeping">> {
  const roles = { worker: 0, client: 0, other: 0 };
  let sleeping = 0;
  await portions.each(router.connections.values(), (peer) => {
    roles[peer.abilities.length > 0 ? "worker" : peer.hasSubmitted ? "client" : "other"]++;
    if (peer.isSleeping) sleeping++;
  });
  return { roles, sleeping };
}
