import { SleeperList } from "./ability.ts";
import type { Job, JobHome } from "./job.ts";
import { FunctionCounts } from "./counts.ts";
import type { FunctionRule } from "./function_rule.ts";
import { JobQueue } from "./job_queue.ts";
import type { Pause } from "./pause.ts";
import type { Timer } from "./timer.ts";

/** Limit of live jobs by priority (high, normal, low); 0 is no limit. */
export type MaxQueue = readonly [high: number, normal: number, low: number];

/** No limit at all. */
export const NO_MAX_QUEUE: MaxQueue = [0, 0, 0];

/** Reasons why no worker gets the jobs of a function, as bits of {@linkcode FunctionQueue.closed}. */
export const Closed = { PAUSED: 1, LIMITED: 2 } as const;

/** What there is of a function beyond one router, as of a second ago. */
export interface FunctionElsewhere {
  /** Background jobs that live. */
  live: number;
  /** Those of them that could be taken now, by priority. */
  readonly waiting: [number, number, number];
  /** Those that wait for their due time, by priority. */
  readonly scheduled: [number, number, number];
  /** Jobs that workers of other servers run. */
  readonly running: number;
  /** Workers of other servers. */
  readonly workers: number;
}

/**
 * One function: its waiting jobs by priority, its workers, and its counts. The counts are kept, not
 * counted, so that a look at the server costs nothing per job.
 */
export class FunctionQueue {
  /** @internal Small number, used again when a function is dropped. */
  readonly id: number;
  /** Its name: bytes that never change. */
  readonly name: Uint8Array;
  /** @internal Hash of the name. */
  readonly hash: number;
  /** @internal What its jobs ask when a program looks at them. */
  readonly jobs: JobHome;
  /** @internal Next function in the same bucket of the function table. */
  nextInBucket: FunctionQueue | null = null;

  /** @internal Waiting jobs, by priority. */
  queues: readonly [JobQueue, JobQueue, JobQueue] = [
    new JobQueue(),
    new JobQueue(),
    new JobQueue(),
  ];
  /** @internal Do they stand in lanes, as each value of a key has limits, or clients take turns? */
  hasLanes = false;
  /** Jobs that wait for their due time, by priority. */
  readonly scheduled: [number, number, number] = [0, 0, 0];
  /** Jobs that could be taken now. */
  waiting = 0;
  /** Jobs that workers run. */
  running = 0;
  /** @internal Jobs that wait until they, or those that came before them, are stored. */
  storing = 0;
  /** Jobs that live: waiting, scheduled and running. */
  live = 0;
  /** Jobs that are dead: they do not live, and no worker gets them. */
  dead = 0;
  /** What those take of the bytes that they may take together. */
  deadBytes = 0;
  /** @internal Why no worker gets its jobs at the moment: bits of {@linkcode Closed}, 0 if nothing speaks against it. */
  closed = 0;
  /** What a policy says of its jobs; null if nothing. */
  rule: FunctionRule | null = null;
  /** Why it is paused; null if it is not. */
  pause: Pause | null = null;
  /** @internal How many more of its jobs may start now, by the limits of its rule. */
  room = Infinity;
  /** What there is of it beyond this router, if servers share jobs; null if nothing. */
  elsewhere: FunctionElsewhere | null = null;
  /** How many connections can do it. */
  workers = 0;
  /** How many jobs may live. */
  maxQueue: MaxQueue = NO_MAX_QUEUE;
  /** What has happened to its jobs since it was made. */
  readonly counts: FunctionCounts = new FunctionCounts();

  /**
   * @internal When a connection last got its first job and that was one of this function: counted over
   * all functions, 0 for never. Connections that take one job only thus take turns.
   */
  lastFirstJob = 0;
  /** @internal Workers that were woken for it in this round and have not looked for work since. */
  woken = 0;
  /** @internal Goes on when those that were woken have had their time to look. */
  wakeUpRound = 0;
  /** @internal Since when it has had neither jobs nor workers, in milliseconds of the clock; see `idleTimer`. */
  idleSince = 0;
  /** @internal Looks whether it is to be forgotten; null if its rule never said so. */
  idleTimer: Timer | null = null;
  /** @internal Whom to wake for a job. */
  readonly sleepers: SleeperList = new SleeperList();
  /** @internal Wakes more of them while jobs wait. */
  wakeUpTimer: Timer | null = null;

  /** @internal Made by the function table. */
  constructor(id: number, name: Uint8Array, hash: number, jobs: JobHome) {
    this.jobs = jobs;
    this.id = id;
    this.name = name;
    this.hash = hash;
  }

  /** Is there a job that a worker may take now? */
  get hasWork(): boolean {
    return this.waiting > 0 && this.closed === 0;
  }

  /** Is one more job of this priority too many? */
  isFullFor(priority: number): boolean {
    const limit = this.maxQueue[priority];
    return limit > 0 && this.live + (this.elsewhere?.live ?? 0) >= limit;
  }

  /** Waiting jobs, for tests and listings. */
  *waitingJobs(): Generator<Job> {
    for (const queue of this.queues) yield* queue;
  }
}
