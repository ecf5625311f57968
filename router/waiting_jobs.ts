import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { FunctionQueue } from "./function_queue.ts";
import type { FunctionTable } from "./function_table.ts";
import type { Job } from "./job.ts";
import { JobState } from "./job_state.ts";
import type { PriorityIndex } from "./priority.ts";
import { ReadyFunctions } from "./ready_functions.ts";
import { Timer, type Timers } from "./timers.ts";
import type { WakeUps } from "./wake_ups.ts";

/** What {@linkcode WaitingJobs} need. */
export interface WaitingJobsParts {
  readonly functions: FunctionTable;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly wakeUps: WakeUps;
  /** Are stored jobs still being read? */
  readonly isLoading: boolean;
}

/** The jobs that no worker has yet: they stand in the queues of their functions, or wait for their due time. */
export class WaitingJobs {
  readonly #parts: WaitingJobsParts;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #wakeUps: WakeUps;
  readonly #ready: ReadyFunctions;

  constructor(parts: WaitingJobsParts) {
    const { functions, clock, timers, wakeUps } = parts;
    this.#parts = parts;
    this.#clock = clock;
    this.#timers = timers;
    this.#wakeUps = wakeUps;
    this.#ready = new ReadyFunctions(functions);
  }

  /** Puts a job where it belongs; `due` in milliseconds since the Unix epoch, 0 at once. */
  add(job: Job, due: number): void {
    // Stored jobs come in the order of their numbers: timers sort those that are due by due time.
    if (due > 0 && (this.#parts.isLoading || due > this.#clock.epoch())) this.schedule(job, due);
    else this.enqueue(job);
  }

  /** It stands in its queue when its time has come. */
  schedule(job: Job, due: number): void {
    job.state = JobState.SCHEDULED;
    job.func.scheduled[job.priorityIndex]++;
    job.timer = new Timer(() => {
      job.func.scheduled[job.priorityIndex]--;
      job.timer = null;
      this.enqueue(job);
    });
    this.#timers.setDueTime(job.timer, due);
  }

  /** Puts it at the end of its queue. */
  enqueue(job: Job): void {
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
    if (job.retries > 1) queue.push(job);
    else queue.requeue(job);
    this.#nowWaiting(job);
  }

  /** Puts one where it belongs that was stored before; `due` as for {@linkcode add}. */
  restore(job: Job, due: number): void {
    const now = this.#clock.epoch();
    if (job.retries === 1 && due <= now) this.requeue(job);
    // While stored jobs are read, one that is due now comes after all that were ready before.
    else this.add(job, job.retries > 1 ? Math.max(due, now) : due);
  }

  #nowWaiting(job: Job): void {
    job.state = JobState.QUEUED;
    this.#ready.added(job.func, job.priorityIndex);
    this.#wakeUps.wake(job.func);
  }

  /** A parked job stands in a queue now. */
  parkedWaits(func: FunctionQueue, priority: PriorityIndex): void {
    this.#ready.added(func, priority);
    this.#wakeUps.wake(func);
  }

  /** A parked job stands in its queue no more. */
  parkedWaitsNoMore(func: FunctionQueue, priority: PriorityIndex): void {
    this.#ready.removed(func, priority);
  }

  /** A job that waits for its time is parked, and counts as before. Returns when it is due. */
  unschedule(job: Job): number {
    const { due } = job.timer!;
    this.#timers.clearDueTime(job.timer!);
    job.timer = null;
    return due;
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
    this.#ready.removed(job.func, job.priorityIndex);
  }

  /** The function whose job is next for the worker, or null. */
  find(worker: Connection): FunctionQueue | null {
    return this.#ready.find(worker);
  }

  /** Takes out the job that is next for the worker, or null. */
  take(worker: Connection): Job | null {
    return this.#ready.take(worker);
  }
}
