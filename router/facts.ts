/**
 * What a router has at one moment, as plain values for whoever shows it: the text commands here, and
 * programs. Names are bytes, as peers chose them.
 *
 * @module
 */
import type { Peer } from "./model/peer.ts";
import type { FunctionQueue, MaxQueue } from "./model/function_queue.ts";
import type { Job, JobProgress } from "./model/job.ts";
import type { FunctionCounts } from "./model/counts.ts";
import { JobState, type JobStateIndex, JobStorage } from "./model/job_state.ts";
import { factsOfPeer, type PeerFacts } from "./model/peer_facts.ts";
import type { Router } from "./router.ts";

/** What the states of live jobs are called. */
export const JOB_STATES = ["scheduled", "waiting", "running", "storing", "kept"] as const;

/** The state of a live job in a word. */
export type JobStateName = typeof JOB_STATES[number];

/** What is known of a function. */
export interface FunctionFacts {
  readonly name: Uint8Array;
  /** All its live jobs. */
  readonly jobs: number;
  /** Jobs that wait for a worker. */
  readonly waiting: number;
  /** Waiting jobs by priority: high, normal, low. */
  readonly priorities: readonly [number, number, number];
  /** Jobs that wait for their due time. */
  readonly scheduled: number;
  readonly running: number;
  readonly workers: number;
  readonly maxQueue: MaxQueue;
  /** What has happened to its jobs since it was made. */
  readonly counts: Readonly<FunctionCounts>;
}

/** What is known of a live job. */
export interface JobFacts {
  readonly handle: string;
  readonly function: Uint8Array;
  readonly unique: Uint8Array;
  readonly state: JobStateName;
  readonly priority: "high" | "normal" | "low";
  readonly background: boolean;
  /** Milliseconds since its submit; null for one that was stored before this router began. */
  readonly age: number | null;
  /** When it is due, in milliseconds since the Unix epoch; null if it does not wait for that. */
  readonly due: number | null;
  /** How many workers have lost it. */
  readonly losses: number;
  /** What its worker said with WORK_STATUS; null before that. */
  readonly progress: JobProgress | null;
  /** Size of its payload in bytes; null if the payload is in the store only. */
  readonly bytes: number | null;
  /** How many clients wait for it. */
  readonly clients: number;
  /** Null if a program submitted it, or it was stored before this router began. */
  readonly submitter: PeerFacts | null;
  readonly worker: PeerFacts | null;
}

/** What is known of a connection. */
export interface ConnectionFacts extends PeerFacts {
  /** How many jobs it runs. */
  readonly running: number;
  /** How many jobs it waits for. */
  readonly waitingFor: number;
  /** Does it sleep until it is woken for a job? */
  readonly isSleeping: boolean;
  /** What it can do, in the order it said so. */
  readonly functions: readonly Uint8Array[];
}

/** The facts about a function. */
export function factsOfFunction(func: FunctionQueue): FunctionFacts {
  const { name, live, running, workers, maxQueue, counts, queues } = func;
  const scheduled = func.scheduled.reduce((sum, count) => sum + count, 0);
  return {
    name,
    jobs: live,
    waiting: live - running - scheduled,
    priorities: [queues[0].length, queues[1].length, queues[2].length],
    scheduled,
    running,
    workers,
    maxQueue,
    counts,
  };
}

/** The facts about a live job. */
export function factsOfJob(job: Job, router: Router): JobFacts {
  const { state, worker, uniqueStart, uniqueEnd, payloadStart, payloadEnd } = job;
  return {
    handle: job.handle,
    function: job.func.name,
    unique: job.body.subarray(uniqueStart, uniqueEnd),
    state: stateName(state),
    priority: job.priority,
    background: job.background,
    age: router.submitTimes.ageOf(job.number),
    due: state === JobState.SCHEDULED ? job.timer!.due : null,
    losses: job.losses,
    progress: job.progress,
    bytes: job.storage === JobStorage.OUTSIDE ? null : payloadEnd - payloadStart,
    clients: job.subscriberCount,
    submitter: router.peers.submitterOf(job),
    worker: worker === null ? null : factsOfPeer(worker),
  };
}

/** The state of a live job in a word. */
export function stateName(state: JobStateIndex): JobStateName {
  switch (state) {
    case JobState.SCHEDULED:
      return "scheduled";
    case JobState.RUNNING:
      return "running";
    case JobState.STORING:
      return "storing";
    case JobState.KEPT:
      return "kept";
    default:
      return "waiting";
  }
}

/** The facts about an open connection. */
export function factsOfConnection(connection: Peer): ConnectionFacts {
  return {
    ...factsOfPeer(connection),
    running: connection.jobs,
    waitingFor: connection.subscriptions,
    isSleeping: connection.isSleeping,
    functions: connection.abilities.map(({ func }) => func.name),
  };
}
