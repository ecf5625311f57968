import type { Clock } from "../clock.ts";
import type { Cluster } from "../cluster.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import type { FunctionTable } from "./function_table.ts";
import type { Job } from "../model/job.ts";
import type { RouterLog } from "../log/router_log.ts";
import { JobState, type PriorityIndex } from "../model/job_state.ts";
import type { RouterHooks } from "../hooks.ts";
import { ReadyFunctions } from "./ready.ts";
import { Timer } from "../model/timer.ts";
import type { Timers } from "./timers.ts";
import type { WakeUps } from "./wake_ups.ts";

export interface WaitingJobsParts {
  readonly functions: FunctionTable;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly wakeUps: WakeUps;
  /** Told of jobs that come to lanes, or leave them; says if it sees to it that workers are woken. */
  readonly starts: { laneChanged(func: FunctionQueue): boolean };
  readonly log: RouterLog;
  readonly hooks: RouterHooks;
  readonly cluster: Cluster | null;
  /** Are stored jobs still being read? */
  readonly isLoading: boolean;
}

/** The jobs that no worker has yet: they stand in the queues of their functions, or wait for their due time. */
export class WaitingJobs {
  readonly #parts: WaitingJobsParts;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #wakeUps: WakeUps;
  /** Which functions have jobs for workers. */
  readonly ready: ReadyFunctions;

  constructor(parts: WaitingJobsParts) {
    const { functions, clock, timers, wakeUps } = parts;
    this.#parts = parts;
    this.#clock = clock;
    this.#timers = timers;
    this.#wakeUps = wakeUps;
    this.ready = new ReadyFunctions(functions);
  }

  /** Puts a job where it belongs. */
  add(job: Job): void {
    const { due } = job;
    // Stored jobs come in the order of their numbers: timers sort those that are due by due time.
    if (due === null || !this.#parts.isLoading && due <= this.#clock.epoch()) this.enqueue(job);
    else this.schedule(job);
  }

  /** A job that stands in no queue is to wait for a time, in milliseconds since the Unix epoch. */
  setDue(job: Job, due: number): void {
    job.timer = new Timer(() => {
      job.func.scheduled[job.priorityIndex]--;
      const { log, hooks } = this.#parts;
      if (log.hasSteps) log.due(job);
      this.enqueue(job);
      hooks.jobDue.tell(job.number);
    });
    job.timer.due = due;
  }

  /** One that has a due time stands in its queue when that has come. */
  schedule(job: Job): void {
    job.state = JobState.SCHEDULED;
    job.func.scheduled[job.priorityIndex]++;
    this.#timers.setDueTime(job.timer!, job.timer!.due);
  }

  /** Puts it at the end of its queue. */
  enqueue(job: Job): void {
    job.timer = null;
    job.func.queues[job.priorityIndex].push(job);
    this.#nowWaiting(job);
  }

  /**
   * Puts one back that a worker lost. After its first loss it stands where it was, before those that
   * came later; after further ones at the end: a job that ends every worker must not keep all others
   * of its function waiting for ever.
   */
  requeue(job: Job): void {
    const queue = job.func.queues[job.priorityIndex];
    if (job.losses > 1) queue.push(job);
    else queue.requeue(job);
    this.#nowWaiting(job);
  }

  /** Puts one where it belongs that was stored before. */
  restore(job: Job): void {
    const now = this.#clock.epoch();
    const { due } = job;
    if (job.losses === 1 && due === null) return this.requeue(job);
    // While stored jobs are read, one that is due now comes after all that were ready before.
    if (job.losses > 1) this.setDue(job, Math.max(due ?? 0, now));
    this.add(job);
  }

  #nowWaiting(job: Job): void {
    job.state = JobState.QUEUED;
    this.nowWaits(job.func, job.priorityIndex);
  }

  /** No worker gets jobs of a function, for one more reason of {@linkcode Closed}. */
  close(func: FunctionQueue, reason: number): void {
    if (func.closed === 0) this.ready.closed(func);
    func.closed |= reason;
  }

  /**
   * A reason is gone; workers get its jobs again when it was the last.
   *
   * @param expected so many workers will look for a job by themselves.
   */
  open(func: FunctionQueue, reason: number, expected = 0): void {
    if (func.closed === 0) return;
    func.closed &= ~reason;
    if (func.closed !== 0) return;
    this.ready.opened(func);
    this.#parts.cluster?.opened(func);
    if (func.waiting > 0) this.#wakeUps.wakeAll(func, expected);
  }

  /** One more job stands in a queue now. */
  nowWaits(func: FunctionQueue, priority: PriorityIndex): void {
    this.ready.added(func, priority);
    if (func.hasLanes && this.#parts.starts.laneChanged(func)) return;
    if (func.closed === 0) this.#wakeUps.wake(func);
  }

  /** A job that waits for its time is parked, and counts as before. Returns when it is due. */
  unschedule(job: Job): number {
    const { due } = job.timer!;
    this.#timers.clearDueTime(job.timer!);
    job.timer = null;
    return due;
  }

  /** One that waits for its time is to wait for another one; it stands in its queue if that has come. */
  reschedule(job: Job, due: number): void {
    const timer = job.timer!;
    this.#timers.clearDueTime(timer);
    if (due <= this.#clock.epoch()) timer.fire();
    else this.#timers.setDueTime(timer, due);
  }

  /** Moves one that stands in a queue, or will, to the end of that of another priority. */
  reprioritize(job: Job, priority: PriorityIndex): void {
    if (job.state === JobState.SCHEDULED) {
      job.func.scheduled[job.priorityIndex]--;
      job.priorityIndex = priority;
      job.func.scheduled[priority]++;
      return;
    }
    this.#unqueue(job);
    job.priorityIndex = priority;
    this.enqueue(job);
  }

  /** Takes out one that stands in a queue or waits for its time. */
  remove(job: Job): void {
    if (job.state === JobState.QUEUED) return this.#unqueue(job);
    this.#timers.clearDueTime(job.timer!);
    job.timer = null;
    job.func.scheduled[job.priorityIndex]--;
  }

  #unqueue(job: Job): void {
    job.func.queues[job.priorityIndex].remove(job);
    this.ready.removed(job.func, job.priorityIndex);
    if (job.func.hasLanes) this.#parts.starts.laneChanged(job.func);
  }
}
