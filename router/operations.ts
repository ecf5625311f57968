import { ERRORS, MAX_FUNCTION_LENGTH } from "../protocol/mod.ts";
import type { Clock } from "./clock.ts";
import type { Cluster } from "./cluster.ts";
import type { Durability } from "./durability.ts";
import type { Dedupe } from "./flow/dedupe.ts";
import type { Endings } from "./flow/endings.ts";
import type { Intake } from "./flow/intake.ts";
import type { DeadJobs } from "./flow/dead_jobs.ts";
import { type Expiry, ttlOf } from "./flow/expiry.ts";
import type { FunctionTable } from "./flow/function_table.ts";
import type { Handout } from "./flow/handout.ts";
import type { IdleFunctions } from "./flow/idle_functions.ts";
import { JobElsewhere } from "./flow/job_elsewhere.ts";
import type { JobTable } from "./flow/job_table.ts";
import type { Pauses } from "./flow/pauses.ts";
import type { StartLimits } from "./flow/start_limits.ts";
import type { Timers } from "./flow/timers.ts";
import type { WaitingJobs } from "./flow/waiting.ts";
import type { WakeUps } from "./flow/wake_ups.ts";
import type { RouterLog } from "./log/router_log.ts";
import { type MaxQueue, NO_MAX_QUEUE } from "./model/function_queue.ts";
import type { Job } from "./model/job.ts";
import { JobState, JobStorage, type PriorityIndex } from "./model/job_state.ts";
import type { Pause } from "./model/pause.ts";
import { nameOfPeer, type Peer } from "./model/peer.ts";
import { Timer } from "./model/timer.ts";
import type { Policy, Refusal } from "./policy.ts";

/** Of many jobs that are to end so many end in one turn at most, and so many are looked at. */
const ENDED_IN_A_TURN = 1024;
const LOOKED_AT_IN_A_TURN = 16 * 1024;
/** So many functions get their rules in one turn. */
const RULED_IN_A_TURN = 4096;

/** There is no such live job. */
export const UNKNOWN_JOB: Refusal = { code: "UNKNOWN_JOB", text: "" };
/** It does not wait for a time. */
export const NOT_SCHEDULED: Refusal = {
  code: "NOT_SCHEDULED",
  text: "the job does not wait for its time",
};
/** It waits for its time in the queue that servers share, where that is not changed. */
export const NOT_HERE: Refusal = {
  code: "NOT_HERE",
  text: "the job is in the queue that servers share, where its time cannot be changed",
};
/** The function is not paused. */
export const NOT_PAUSED: Refusal = { code: "NOT_PAUSED", text: "the function is not paused" };
/** The reason of a pause may have so many characters. */
const MOST_OF_REASON = 200;
const REASON_TOO_LARGE: Refusal = {
  code: "ARGUMENT_TOO_LARGE",
  text: `a reason has at most ${MOST_OF_REASON} characters`,
};
const UNKNOWN_FUNCTION: Refusal = { code: "UNKNOWN_FUNCTION", text: "function not found" };
/** Why a function is not dropped. */
export const FUNCTION_IN_USE: Refusal = {
  code: "FUNCTION_IN_USE",
  text: "there are still connected workers or executing clients",
};
const HAS_DEAD_JOBS: Refusal = { code: "FUNCTION_IN_USE", text: "there are still dead jobs" };

export interface OperationsParts {
  readonly clock: Clock;
  readonly functions: FunctionTable;
  readonly jobs: JobTable;
  readonly intake: Intake;
  readonly waiting: WaitingJobs;
  readonly pauses: Pauses;
  readonly handout: Handout;
  readonly idle: IdleFunctions;
  readonly expiry: Expiry;
  readonly dedupe: Dedupe;
  readonly endings: Endings;
  readonly wakeUps: WakeUps;
  readonly timers: Timers;
  readonly log: RouterLog;
  readonly policy: Policy;
  readonly starts: StartLimits;
  readonly dead: DeadJobs;
  readonly durability: Durability | null;
  readonly cluster: Cluster | null;
}

/**
 * What an operator or a program may order: each order is carried out, or refused with a reason. `by` is
 * the peer that gave it, which is told no sooner than that is stored; null for the program itself.
 */
export class Operations {
  readonly #parts: OperationsParts;

  /** @internal Made by the router. */
  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  /** Ends a job: its clients get WORK_FAIL, and a result of its worker comes too late. */
  cancel(given: Job, by: Peer | null): Refusal | null {
    const job = this.#parts.jobs.own(given);
    if (job === undefined) return UNKNOWN_JOB;
    this.#answerFollows(by);
    this.#parts.log.cancelled(job, by);
    return this.#end(job, "cancelled");
  }

  /** The program has done the job: nobody is told. */
  complete(job: Job): Refusal | null {
    return this.#end(job, "completed");
  }

  #end(given: Job, outcome: "cancelled" | "completed"): Refusal | null {
    const job = this.#parts.jobs.own(given);
    if (job === undefined) return UNKNOWN_JOB;
    this.#parts.endings.drop(job, outcome);
    return null;
  }

  /**
   * Ends those of the live jobs that pass a filter, as {@linkcode cancel} does. A million of them would
   * stop all else for seconds, so it is done in turns; jobs that are submitted meanwhile stay.
   *
   * @param order what was ordered, for the log: one line for all of them.
   * @param done called with the number of those that have ended, if it takes more than one turn.
   * @returns that number, if it takes one turn; else null.
   */
  cancelAll(
    passes: (job: Job) => boolean,
    by: Peer | null,
    order: string,
    done: (count: number) => void,
  ): number | null {
    const { jobs, timers, log } = this.#parts;
    const left = jobs.snapshot()[Symbol.iterator]();
    let count = 0;
    const ended = () => {
      this.#answerFollows(by);
      log.ended(by, count, order);
      return count;
    };
    const isOver = () => {
      const most = count + ENDED_IN_A_TURN;
      for (let looks = 0; looks < LOOKED_AT_IN_A_TURN && count < most; looks++) {
        const { value: job, done } = left.next();
        if (done) return true;
        if (passes(job) && this.#end(job, "cancelled") === null) count++;
      }
      return false;
    };
    if (isOver()) return ended();
    const timer = new Timer(() => {
      if (isOver()) done(ended());
      else timers.setDelay(timer, 0);
    });
    timers.setDelay(timer, 0);
    return null;
  }

  /**
   * Moves a waiting job to the end of the queue of another priority. What it is worth is not
   * forgotten: a worker that loses it puts it back there. One that is being stored, or waits for its
   * time, takes its place in that queue when it is stored, or due; one that runs stays as it is.
   */
  reprioritize(given: Job, priority: PriorityIndex): Refusal | null {
    const { jobs, waiting, durability } = this.#parts;
    const job = jobs.own(given);
    if (job === undefined) return UNKNOWN_JOB;
    const { state } = job;
    if (state === JobState.STORING) job.priorityIndex = priority;
    else if (state === JobState.QUEUED || state === JobState.SCHEDULED) {
      waiting.reprioritize(job, priority);
    } else return null;
    if (job.storage !== JobStorage.MEMORY) durability!.changed(job, null);
    return null;
  }

  /**
   * A job that waits for its time is to wait for another one, in milliseconds since the Unix epoch; it
   * stands at the end of its queue if that has come.
   */
  reschedule(given: Job, due: number, by: Peer | null): Refusal | null {
    const { jobs, waiting, expiry, dedupe, durability, log } = this.#parts;
    const job = jobs.own(given);
    if (job === undefined) return given instanceof JobElsewhere ? NOT_HERE : UNKNOWN_JOB;
    if (job.due === null || dedupe.waitsBehind(job)) return NOT_SCHEDULED;
    this.#answerFollows(by);
    log.moved(job, due, by);
    if (job.state === JobState.STORING) job.timer!.due = due;
    else waiting.reschedule(job, due);
    const ttl = ttlOf(job);
    if (ttl > 0) expiry.moved(job, ttl);
    if (job.storage !== JobStorage.MEMORY) durability!.changed(job, due);
    return null;
  }

  /**
   * Pauses a function, whether it exists yet or not, or says anew why and until when: its jobs are taken
   * in, but no worker gets them.
   *
   * @param request `duration` in milliseconds, null for no end.
   * @param who who orders it, if it is no peer.
   */
  pause(
    name: Uint8Array,
    { duration, reason }: { readonly duration: number | null; readonly reason: string },
    by: Peer | null,
    who = "the program",
  ): Refusal | null {
    const { pauses, clock, log } = this.#parts;
    if (name.length > MAX_FUNCTION_LENGTH) return ERRORS.functionTooLarge;
    if (reason.length > MOST_OF_REASON) return REASON_TOO_LARGE;
    if (!pauses.hasRoomFor(name)) return ERRORS.tooManyPauses;
    this.#answerFollows(by);
    const since = clock.epoch();
    const pause: Pause = {
      name: name.slice(),
      since,
      until: duration === null ? null : since + duration,
      by: by === null ? who : nameOfPeer(by),
      reason,
    };
    pauses.set(pause);
    log.paused(pause, by);
    return null;
  }

  /** Workers get the jobs of a paused function again, and are woken if there are some. */
  resume(name: Uint8Array, by: Peer | null): Refusal | null {
    const { pauses, log } = this.#parts;
    if (pauses.of(name) === null) return NOT_PAUSED;
    this.#answerFollows(by);
    pauses.end(name);
    log.resumed(name, by);
    return null;
  }

  /** A worker gets no more jobs, and is not woken; what it runs it may finish. Or it gets jobs again. */
  quiet(worker: Peer, isQuiet: boolean, by: Peer | null): void {
    if (worker.isQuiet === isQuiet) return;
    const { handout, log } = this.#parts;
    if (isQuiet) handout.quiet(worker);
    else handout.unquiet(worker);
    log.quieted(worker, isQuiet, by);
  }

  /** Makes a function, if there is none of this name. */
  create(name: Uint8Array): Refusal | null {
    const { functions } = this.#parts;
    if (name.length > MAX_FUNCTION_LENGTH) return ERRORS.functionTooLarge;
    if (!functions.hasRoom && functions.find(name, 0, name.length) === undefined) {
      return ERRORS.tooManyFunctions;
    }
    functions.findOrAdd(name, 0, name.length);
    return null;
  }

  /** Forgets a function that has no workers and no live jobs, its limit, and its pause. */
  drop(name: Uint8Array, by: Peer | null): Refusal | null {
    const { functions, wakeUps, idle, pauses, durability, cluster, starts } = this.#parts;
    const refusal = this.dropRefusal(name);
    if (refusal !== null) return refusal;
    const func = functions.find(name, 0, name.length)!;
    this.#answerFollows(by);
    wakeUps.forget(func);
    idle.stop(func);
    pauses.end(func.name);
    starts.forget(func);
    functions.remove(func);
    // Where servers share jobs it went with the function.
    if (cluster === null) durability?.maxQueueSet(func.name, NO_MAX_QUEUE);
    return null;
  }

  /** @internal Why a function cannot be dropped, as far as this router knows. */
  dropRefusal(name: Uint8Array): Refusal | null {
    const func = this.#parts.functions.find(name, 0, name.length);
    if (func === undefined) return UNKNOWN_FUNCTION;
    if (func.workers > 0 || func.live > 0) return FUNCTION_IN_USE;
    return func.dead > 0 ? HAS_DEAD_JOBS : null;
  }

  /**
   * Limits the live jobs of a function, whether it exists yet or not; stored if jobs are. Peers may set
   * so many limits of functions that do not exist.
   */
  limit(name: Uint8Array, maxQueue: MaxQueue, by: Peer | null): Refusal | null {
    const { functions, durability, log } = this.#parts;
    if (by !== null) {
      if (name.length > MAX_FUNCTION_LENGTH) return ERRORS.functionTooLarge;
      if (!functions.hasRoomForLimit(name)) return ERRORS.tooManyLimits;
    }
    this.#answerFollows(by);
    functions.setMaxQueue(name, maxQueue);
    durability?.maxQueueSet(name, maxQueue);
    if (by !== null) log.limited(by, name, maxQueue);
    return null;
  }

  /**
   * Takes no new job from now on, and says that it is not ready; or takes jobs again. What is there goes
   * on: it is worked off, and submits join it.
   */
  drain(isDraining: boolean, by: Peer | null): void {
    const { intake, log } = this.#parts;
    if (intake.room.isDraining === isDraining) return;
    intake.room.drain(isDraining);
    log.drained(isDraining, by);
  }

  /**
   * The policy says something else of functions from now on: those that are there ask it again, in turns
   * if they are thousands.
   */
  applyRules(): void {
    const { functions, timers, policy, idle, starts, dead } = this.#parts;
    const left = functions.values()[Symbol.iterator]();
    const timer = new Timer(() => {
      for (let count = 0; count < RULED_IN_A_TURN; count++) {
        const { value: func, done } = left.next();
        if (done) return;
        starts.rule(func, policy.ruleOf(func.name));
        idle.ruled(func);
        dead.ruled(func);
      }
      timers.setDelay(timer, 0);
    });
    timer.fire();
  }

  #answerFollows(by: Peer | null): void {
    if (by !== null) this.#parts.durability?.mustFollow(by);
  }
}
