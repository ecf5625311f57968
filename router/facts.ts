import { shownDue } from "./flow/dedupe.ts";
import type { DeadJob, DeadJobs } from "./flow/dead_jobs.ts";
import { type JobRun, runsIn } from "./model/job_runs.ts";
import { factsOfPeer, type Peer, type PeerFacts } from "./model/peer.ts";
import type { FunctionElsewhere, FunctionQueue, MaxQueue } from "./model/function_queue.ts";
import type { Job, JobProgress } from "./model/job.ts";
import type { FunctionCounts } from "./model/counts.ts";
import { JobState, type JobStateIndex, JobStorage } from "./model/job_state.ts";
import type { Pause } from "./model/pause.ts";
import type { ProtocolError } from "../protocol/mod.ts";
import type { PeerAddress } from "./model/link.ts";
import type { SharedJobFilter } from "../store/shared_queue.ts";
import type { Clock } from "./clock.ts";
import type { Cluster } from "./cluster.ts";
import type { Everywhere, Wait } from "./everywhere.ts";
import { JobElsewhere } from "./flow/job_elsewhere.ts";
import type { Durability } from "./durability.ts";
import type { FunctionLimit, FunctionTable } from "./flow/function_table.ts";
import type { Intake } from "./flow/intake.ts";
import type { JobTable } from "./flow/job_table.ts";
import type { Pauses } from "./flow/pauses.ts";
import type { Peers } from "./flow/peers.ts";
import type { NumberTimes } from "./flow/number_times.ts";
import type { Timers } from "./flow/timers.ts";

/** What the states of live jobs are called. */
export const JOB_STATES = ["scheduled", "waiting", "running", "storing", "kept"] as const;

/** The state of a live job in a word. */
export type JobStateName = typeof JOB_STATES[number];

/** What is known of a function. */
export interface FunctionFacts {
  readonly name: Uint8Array;
  /** All its live jobs: those that servers share, and those that this one has for itself. */
  readonly jobs: number;
  /** Jobs that wait for a worker. */
  readonly waiting: number;
  /** Waiting jobs by priority: high, normal, low. */
  readonly priorities: readonly [number, number, number];
  /** Jobs that wait for their due time, by priority likewise. */
  readonly scheduled: readonly [number, number, number];
  readonly running: number;
  readonly workers: number;
  /** Its dead jobs: they do not live, and no worker gets them. */
  readonly dead: number;
  readonly maxQueue: MaxQueue;
  /** Why no worker gets its jobs, by whose order and until when; null if it is not paused. */
  readonly pause: Pause | null;
  /** What has happened to its jobs here since it was made. */
  readonly counts: Readonly<FunctionCounts>;
  /** Those of the numbers above that are of this router; null if all are, as it shares no jobs. */
  readonly here: FunctionHere | null;
}

/** What is known of a dead job. */
export interface DeadFacts {
  readonly handle: string;
  readonly function: Uint8Array;
  readonly unique: Uint8Array;
  /** When it died, in milliseconds since the Unix epoch. */
  readonly diedAt: number;
  readonly losses: number;
  readonly failures: number;
  /** Length of its payload. */
  readonly bytes: number;
  /** Its last 20 runs that were written down, oldest first. */
  readonly runs: readonly JobRun[];
}

/** Those of the numbers of a function that are of one router. */
export type FunctionHere = Pick<
  FunctionFacts,
  "jobs" | "waiting" | "priorities" | "scheduled" | "running" | "workers"
>;

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
  /** How many of its runs have failed. */
  readonly failures: number;
  /** What its worker said with WORK_STATUS; null before that. */
  readonly progress: JobProgress | null;
  /** Size of its payload in bytes; null if the payload is in the store only. */
  readonly bytes: number | null;
  /** How many clients wait for it. */
  readonly clients: number;
  /** Null if a program submitted it, or it was stored before this router began. */
  readonly submitter: PeerFacts | null;
  readonly worker: PeerFacts | null;
  /** Name of the other server that has it; null if this one has it, or none. */
  readonly server: string | null;
}

/** What is known of a connection. */
export interface ConnectionFacts extends PeerFacts {
  readonly address: PeerAddress;
  /** How many jobs it runs. */
  readonly running: number;
  /** How many jobs it waits for. */
  readonly waitingFor: number;
  /** Does it sleep until it is woken for a job? */
  readonly isSleeping: boolean;
  /** Does it get no more jobs, as somebody has ordered? */
  readonly isQuiet: boolean;
  /** How many jobs it has done as a worker. */
  readonly jobsDone: number;
  /** How long ago it connected, in milliseconds. */
  readonly age: number;
  /** How long ago it sent something, in milliseconds, to a second or a hundredth; null before that. */
  readonly silence: number | null;
  /** What it can do, in the order it said so. */
  readonly functions: readonly Uint8Array[];
}

/** What is known of all of them together. */
export interface Totals {
  readonly connections: number;
  /** Connections that can do some function. */
  readonly workers: number;
  /** Workers that sleep until they are woken. */
  readonly sleeping: number;
  readonly functions: number;
  /** All live jobs. */
  readonly jobs: number;
  /** Jobs that wait for a worker. */
  readonly waiting: number;
  /** Jobs that wait for their due time. */
  readonly scheduled: number;
  readonly running: number;
  /** Memory that live jobs take, in bytes. */
  readonly jobMemory: number;
  readonly timers: number;
}

/** What {@linkcode Facts} are taken from. */
export interface FactsParts {
  readonly dead: DeadJobs;
  readonly functions: FunctionTable;
  readonly pauses: Pauses;
  readonly jobs: JobTable;
  readonly peers: Peers;
  readonly connections: ReadonlyMap<number, Peer>;
  readonly submitTimes: NumberTimes;
  readonly arrivals: NumberTimes;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly durability: Durability | null;
  readonly cluster: Cluster | null;
  readonly everywhere: Everywhere;
  readonly intake: Pick<Intake, "room">;
  readonly isLoading: boolean;
  readonly hasStopBegun: boolean;
}

/**
 * What a router has at this moment, as plain values for whoever shows it; names are bytes, as peers
 * chose them. There may be a million of each: they are made one after the other, when they are asked
 * for, so that whoever lists them can let others have their turn between two. Others may come and go
 * meanwhile; each that stays comes once. Where a filter is given, `null` stands for one that was looked
 * at and does not pass.
 */
export class Facts {
  readonly #parts: FactsParts;

  /** @internal Made by the router. */
  constructor(parts: FactsParts) {
    this.#parts = parts;
  }

  /** The functions by name. */
  functions(passes?: (func: FunctionQueue) => boolean): Generator<FunctionFacts | null> {
    return each(this.#parts.functions.values(), passes, factsOfFunction);
  }

  /** The limits by the names of their functions, which need not exist. */
  limits(passes?: (limit: FunctionLimit) => boolean): Generator<FunctionLimit | null> {
    return each(this.#parts.functions.limits(), passes, (limit) => limit);
  }

  /** The pauses by the names of their functions, which need not exist. */
  pauses(passes?: (pause: Pause) => boolean): Generator<Pause | null> {
    return each(this.#parts.pauses.values(), passes, (pause) => pause);
  }

  /** The dead jobs of those functions that pass; of each function, the one that died first comes first. */
  *deadJobs(passes?: (func: FunctionQueue) => boolean): Generator<DeadFacts | null> {
    for (const dead of this.#parts.dead.all()) {
      yield passes === undefined || passes(dead.job.func) ? this.deadJob(dead) : null;
    }
  }

  /** A dead job. */
  deadJob({ job, diedAt, payloadLength: bytes }: DeadJob): DeadFacts {
    const { handle, func, losses, failures, body, uniqueStart, uniqueEnd, trouble } = job;
    return {
      handle,
      function: func.name,
      unique: body.subarray(uniqueStart, uniqueEnd),
      diedAt,
      losses,
      failures,
      bytes,
      runs: runsIn(trouble!.runs),
    };
  }

  /**
   * The live jobs of all servers that share jobs, oldest first, but for those that come later; a
   * {@linkcode Wait} says that the next ones are not there yet.
   *
   * @param filter which jobs of the shared queue are looked at.
   */
  *allJobs(
    passes?: (job: Job) => boolean,
    filter?: SharedJobFilter,
  ): Generator<JobFacts | null | Wait> {
    for (const job of this.#parts.everywhere.jobs(passes, 0, filter)) {
      yield job === null || typeof job === "function" ? job : this.job(job);
    }
  }

  /** A live job. */
  job(job: Job): JobFacts {
    const { submitTimes, peers } = this.#parts;
    const seen = job instanceof JobElsewhere ? job.seen : null;
    const { state, worker, uniqueStart, uniqueEnd, payloadStart, payloadEnd } = job;
    return {
      handle: job.handle,
      function: job.func.name,
      unique: job.body.subarray(uniqueStart, uniqueEnd),
      state: stateName(state),
      priority: job.priority,
      background: job.background,
      age: seen === null ? submitTimes.ageOf(job.number) : seen.age,
      due: state === JobState.SCHEDULED ? shownDue(job.timer!.due) : null,
      losses: job.losses,
      failures: job.failures,
      progress: job.progress,
      bytes: seen !== null
        ? seen.payloadLength
        : job.storage === JobStorage.OUTSIDE
        ? null
        : payloadEnd - payloadStart,
      clients: job.subscriberCount,
      submitter: peers.submitterOf(job),
      worker: worker === null ? null : factsOfPeer(worker),
      server: seen === null ? null : seen.server,
    };
  }

  /** The open connections, in the order they came, but for those that come later. */
  connections(passes?: (connection: Peer) => boolean): Generator<ConnectionFacts | null> {
    return each(this.#parts.peers.now(), passes, (peer) => this.connection(peer));
  }

  /** An open connection. */
  connection(peer: Peer): ConnectionFacts {
    const { clock, arrivals } = this.#parts;
    return {
      ...factsOfPeer(peer),
      address: peer.peer,
      running: peer.jobs,
      waitingFor: peer.subscriptions,
      isSleeping: peer.isSleeping,
      isQuiet: peer.isQuiet,
      jobsDone: peer.jobsDone,
      age: clock.now() - peer.connectedAt,
      silence: arrivals.ageOf(peer.lastByte),
      functions: peer.abilities.map(({ func }) => func.name),
    };
  }

  /** A function. */
  function(func: FunctionQueue): FunctionFacts {
    return factsOfFunction(func);
  }

  /** Sums over all of them. It looks at each function and each connection. */
  totals(): Totals {
    const { functions, jobs, connections, timers } = this.#parts;
    let [workers, sleeping, running, scheduled] = [0, 0, 0, 0];
    for (const { abilities, isSleeping } of connections.values()) {
      workers += abilities.length > 0 ? 1 : 0;
      sleeping += isSleeping ? 1 : 0;
    }
    for (const func of functions.values()) {
      running += func.running;
      scheduled += sumOf(func.scheduled);
    }
    return {
      connections: connections.size,
      workers,
      sleeping,
      functions: functions.size,
      jobs: jobs.size,
      waiting: jobs.size - running - scheduled,
      scheduled,
      running,
      jobMemory: jobs.memory,
      timers: timers.size,
    };
  }

  /** Why the router does not serve; null if it does. */
  notReady(): ProtocolError | null {
    const { hasStopBegun, isLoading, durability, cluster, intake } = this.#parts;
    const text = hasStopBegun
      ? "The server is stopping"
      : isLoading
      ? cluster === null ? "Stored jobs are being read" : "The shared queue is not open yet"
      : durability?.isLost
      ? "The store was deleted, replaced or cut: the log says more"
      : intake.room.isDraining
      ? "The server was told to take no new jobs"
      : cluster?.notReady ?? null;
    return text === null ? null : { code: "NOT_READY", text };
  }
}

function* each<Item, Fact>(
  items: Iterable<Item>,
  passes: ((item: Item) => boolean) | undefined,
  factsOf: (item: Item) => Fact,
): Generator<Fact | null> {
  for (const item of items) yield passes === undefined || passes(item) ? factsOf(item) : null;
}

function factsOfFunction(func: FunctionQueue): FunctionFacts {
  const { name, live, running, workers, dead, maxQueue, pause, counts, queues, scheduled } = func;
  const { elsewhere } = func;
  const here: FunctionHere = {
    jobs: live,
    waiting: live - running - sumOf(scheduled),
    priorities: [queues[0].length, queues[1].length, queues[2].length],
    scheduled: [scheduled[0], scheduled[1], scheduled[2]],
    running,
    workers,
  };
  const others = { dead, maxQueue, pause, counts };
  if (elsewhere === null) return { name, ...here, ...others, here: null };
  return { name, ...together(here, elsewhere), ...others, here };
}

function together(here: FunctionHere, elsewhere: FunctionElsewhere): FunctionHere {
  const { live, waiting, scheduled, running, workers } = elsewhere;
  return {
    jobs: here.jobs + live,
    waiting: here.waiting + live - running - sumOf(scheduled),
    priorities: sumOfEach(here.priorities, waiting),
    scheduled: sumOfEach(here.scheduled, scheduled),
    running: here.running + running,
    workers: here.workers + workers,
  };
}

type ByPriority = readonly [number, number, number];

function sumOfEach(a: ByPriority, b: ByPriority): ByPriority {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

/** A number for each priority, summed up. */
export function sumOf([high, normal, low]: readonly [number, number, number]): number {
  return high + normal + low;
}

const STATE_NAMES: ReadonlyMap<JobStateIndex, JobStateName> = new Map([
  [JobState.SCHEDULED, "scheduled"],
  [JobState.RUNNING, "running"],
  [JobState.STORING, "storing"],
  [JobState.KEPT, "kept"],
]);

/** The state of a live job in a word. */
export function stateName(state: JobStateIndex): JobStateName {
  return STATE_NAMES.get(state) ?? "waiting";
}
