import type { Cluster, Fail, Tell } from "./cluster.ts";
import type { Durability } from "./durability.ts";
import type { DeadJob, DeadJobs } from "./flow/dead_jobs.ts";
import type { Endings } from "./flow/endings.ts";
import type { Intake } from "./flow/intake.ts";
import type { JobTable } from "./flow/job_table.ts";
import type { Timers } from "./flow/timers.ts";
import type { RouterLog } from "./log/router_log.ts";
import type { FunctionQueue } from "./model/function_queue.ts";
import type { Job } from "./model/job.ts";
import { JobStorage } from "./model/job_state.ts";
import { nameOfPeer, type Peer } from "./model/peer.ts";
import { Timer } from "./model/timer.ts";
import { UNKNOWN_JOB } from "./operations.ts";
import type { Refusal } from "./policy.ts";

/** Of many dead jobs so many are dealt with in one turn. */
const IN_A_TURN = 1024;

/** Who waits for a foreground job has to hear how it ends. */
const FOREGROUND_JOB: Refusal = {
  code: "FOREGROUND_JOB",
  text: "only a background job can be buried",
};
const DEAD_ALREADY: Refusal = { code: "DEAD_ALREADY", text: "the job is dead already" };
const BEING_STORED: Refusal = { code: "BEING_STORED", text: "the job is just being stored" };
const FULL: Refusal = {
  code: "DEAD_SET_FULL",
  text: "the function has as many dead jobs as it may have",
};
/** Nobody joins a dead job: another one may have its unique by now. */
const UNIQUE_IN_USE: Refusal = { code: "UNIQUE_IN_USE", text: "a live job has its unique" };

export interface DeadOrdersParts {
  readonly jobs: JobTable;
  readonly intake: Intake;
  readonly endings: Endings;
  readonly dead: DeadJobs;
  readonly timers: Timers;
  readonly log: RouterLog;
  readonly durability: Durability | null;
  readonly cluster: Cluster | null;
}

/**
 * What may be ordered about dead jobs; like `Operations`, which has the other orders. Orders about many
 * are carried out in turns, and then say about how many they were.
 */
export class DeadOrders {
  readonly #parts: DeadOrdersParts;

  /** @internal Made by the router. */
  constructor(parts: DeadOrdersParts) {
    this.#parts = parts;
  }

  /**
   * A background job is dead from now on. Clients that wait for it get WORK_FAIL, and a result of its
   * worker comes too late.
   */
  bury(given: Job, by: Peer | null, who = "the program"): Refusal | null {
    const { jobs, endings, dead } = this.#parts;
    const job = jobs.own(given);
    if (job === undefined) return UNKNOWN_JOB;
    if (!job.background) return FOREGROUND_JOB;
    if (dead.get(job.number) !== null) return DEAD_ALREADY;
    if (job.storage === JobStorage.WRITING) return BEING_STORED;
    if (job.func.rule?.dead?.full === "block" && dead.isFull(job.func)) return FULL;
    this.#answerFollows(by);
    endings.bury(job, by === null ? who : nameOfPeer(by));
    return null;
  }

  /** A dead job lives again, at the end of its queue, with as many runs as a new one may have. */
  kick(number: number, by: Peer | null, tell: Tell<Refusal | null>): void {
    const { dead, intake, log, cluster } = this.#parts;
    const found = dead.get(number);
    if (found === null) return tell(UNKNOWN_JOB);
    const kicked = (isAlive: boolean) => {
      if (!isAlive) return tell(UNIQUE_IN_USE);
      this.#answerFollows(by);
      log.kicked(by, 1, found.job.func.name);
      tell(null);
    };
    if (cluster === null) return kicked(intake.revive(found));
    this.#kickShared(cluster, [found], (count) => kicked(count > 0), tell);
  }

  /** Those live again, at whatever server, that can. */
  #kickShared(
    cluster: Cluster,
    wanted: readonly DeadJob[],
    done: (count: number) => void,
    fail: Fail,
  ): void {
    if (wanted.length === 0) return done(0);
    const { rule, counts } = wanted[0].job.func;
    const numbers = wanted.map(({ job: { number } }) => number);
    cluster.kick(numbers, rule?.ttl ?? 0, (kicked) => {
      for (const number of kicked) this.#parts.dead.leaveNumber(number);
      counts.kicked += kicked.length;
      // They wait in the queue, for whatever server.
      counts.left += kicked.length;
      done(kicked.length);
    }, fail);
  }

  /** A dead job is gone for good. */
  drop(number: number, by: Peer | null): Refusal | null {
    const { dead, log } = this.#parts;
    const found = dead.get(number);
    if (found === null) return UNKNOWN_JOB;
    this.#answerFollows(by);
    dead.drop(found);
    log.deadEnded(by, 1, found.job.func.name);
    return null;
  }

  /**
   * The dead jobs of a function live again, at most so many: those that died first. Those whose unique a
   * live job has stay dead.
   *
   * @param done called with how many live again.
   */
  kickAll(func: FunctionQueue, most: number, by: Peer | null, done: (count: number) => void): void {
    const { intake, log, cluster } = this.#parts;
    let count = 0;
    if (cluster !== null) {
      const ended = (count: number) => {
        if (count > 0) log.kicked(by, count, func.name);
        done(count);
      };
      return this.#kickPage(cluster, [...this.#parts.dead.of(func)], most, 0, ended);
    }
    this.#each(func, () => count < most, (job) => void (intake.revive(job) && count++), () => {
      this.#answerFollows(by);
      if (count > 0) log.kicked(by, count, func.name);
      done(count);
    });
  }

  /** If the shared queue cannot be asked any more, those count that live again by then. */
  #kickPage(
    cluster: Cluster,
    left: readonly DeadJob[],
    most: number,
    count: number,
    done: (count: number) => void,
  ): void {
    const page = left.slice(0, Math.min(most - count, IN_A_TURN));
    if (page.length === 0) return done(count);
    const kicked = (more: number) =>
      this.#kickPage(cluster, left.slice(page.length), most, count + more, done);
    this.#kickShared(cluster, page, kicked, () => done(count));
  }

  /**
   * The dead jobs of a function are gone for good.
   *
   * @param before only those that died before this, in milliseconds since the Unix epoch.
   * @param done called with how many are gone.
   */
  dropAll(
    func: FunctionQueue,
    before: number,
    by: Peer | null,
    done: (count: number) => void,
  ): void {
    const { dead, log } = this.#parts;
    let count = 0;
    this.#each(func, ({ diedAt }) => diedAt < before, (job) => {
      dead.drop(job);
      count++;
    }, () => {
      this.#answerFollows(by);
      if (count > 0) log.deadEnded(by, count, func.name);
      done(count);
    });
  }

  /** Those that are there now, in the order in which they died, as long as they pass. */
  #each(
    func: FunctionQueue,
    passes: (dead: DeadJob) => boolean,
    deal: (dead: DeadJob) => void,
    done: () => void,
  ): void {
    const { dead, timers } = this.#parts;
    const left = [...dead.of(func)][Symbol.iterator]();
    const timer = new Timer(() => {
      for (let count = 0; count < IN_A_TURN; count++) {
        const { value, done: isOver } = left.next();
        if (isOver || !passes(value)) return done();
        // It may be gone since.
        if (dead.get(value.job.number) === value) deal(value);
      }
      timers.setDelay(timer, 0);
    });
    timer.fire();
  }

  #answerFollows(by: Peer | null): void {
    if (by !== null) this.#parts.durability?.mustFollow(by);
  }
}
