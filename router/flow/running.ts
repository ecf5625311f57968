import type { Clock } from "../clock.ts";
import type { Peer } from "../model/peer.ts";
import type { FunctionRule } from "../model/function_rule.ts";
import type { Job } from "../model/job.ts";
import { keepsRuns } from "../model/job_runs.ts";
import { JobState } from "../model/job_state.ts";
import { type RunLimit, RunLimits } from "./run_limits.ts";
import type { StartLimits } from "./start_limits.ts";
import type { Timers } from "./timers.ts";

/** The jobs that workers have, each in the list of its worker, and those that were taken from them. */
export class RunningJobs {
  /**
   * Jobs that wait again as they came to a limit of their run, and the number of the connection that had them: its
   * result still counts until the next run begins. A number, as a connection that is gone must not
   * stay in memory for them.
   */
  readonly late: Map<Job, number> = new Map();
  /** When those began whose runs are written down, in milliseconds since the Unix epoch. */
  readonly #started = new Map<Job, number>();
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #limits: RunLimits;
  readonly #starts: StartLimits;

  /** @param isOver called when a run has come to one of its limits. */
  constructor(
    clock: Clock,
    timers: Timers,
    starts: StartLimits,
    isOver: (job: Job, limit: RunLimit) => void,
  ) {
    this.#starts = starts;
    this.#clock = clock;
    this.#timers = timers;
    this.#limits = new RunLimits(clock, timers, (job, limit) => {
      this.late.set(job, job.worker!.id);
      isOver(job, limit);
    });
  }

  /** A worker has the job from now on. */
  add(job: Job, worker: Peer): void {
    if (this.late.size > 0) this.late.delete(job);
    job.state = JobState.RUNNING;
    job.func.running++;
    job.func.counts.started++;
    job.worker = worker;
    job.next = worker.firstJob;
    if (worker.firstJob !== null) worker.firstJob.previous = job;
    worker.firstJob = job;
    worker.jobs++;
    const { timeout } = worker.abilityOf(job.func)!;
    const { rule } = job.func;
    if (rule !== null) this.#rule(job, timeout, rule);
    else if (timeout > 0) this.#limits.set(job, timeout);
  }

  /** What a rule asks for when a run begins. */
  #rule(job: Job, timeout: number, rule: FunctionRule): void {
    if (keepsRuns(rule)) this.#started.set(job, this.#clock.epoch());
    this.#limits.set(job, shorter(timeout, rule.runTimeout));
    this.#starts.started(job);
  }

  /** When its run began, if that is to be written down and it was when the run began; else null. */
  startOf(job: Job): number | null {
    return this.#started.get(job) ?? null;
  }

  /** Has the worker the job, or had it last, until it came to a limit? Then its results count. */
  isDoneBy(worker: Peer, job: Job): boolean {
    return job.worker === worker || this.late.size > 0 && this.late.get(job) === worker.id;
  }

  /** The job ends: nobody's result counts any more. */
  forget(job: Job): void {
    if (this.late.size > 0) this.late.delete(job);
  }

  /** No worker has it any more. */
  remove(job: Job): void {
    const worker = job.worker!;
    if (this.#started.size > 0) this.#started.delete(job);
    if (job.timer !== null) {
      this.#timers.clearDelay(job.timer);
      job.timer = null;
    }
    job.func.running--;
    worker.jobs--;
    if (job.previous === null) worker.firstJob = job.next;
    else job.previous.next = job.next;
    if (job.next !== null) job.next.previous = job.previous;
    job.previous = null;
    job.next = null;
    job.worker = null;
    if (job.func.rule !== null) this.#starts.ended(job);
  }
}

/** The shorter one of two times, of which 0 stands for none. */
function shorter(one: number, other: number): number {
  return one === 0 || other > 0 && other < one ? other : one;
}
