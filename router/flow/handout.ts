import type { Clock } from "../clock.ts";
import type { Cluster } from "../cluster.ts";
import type { Durability, PayloadFailure } from "../durability.ts";
import type { RouterHooks } from "../hooks.ts";
import type { RouterLog } from "../log/router_log.ts";
import type { Job } from "../model/job.ts";
import { JobState, JobStorage } from "../model/job_state.ts";
import type { Peer } from "../model/peer.ts";
import type { Endings } from "./endings.ts";
import type { GracefulStop } from "./graceful_stop.ts";
import type { JobTable } from "./job_table.ts";
import type { RunningJobs } from "./running.ts";
import type { WaitingJobs } from "./waiting.ts";
import type { WakeUps } from "./wake_ups.ts";

/** When a payload that could not be read from the store is asked for again, in milliseconds. */
const FETCH_RETRY = 1000;
/**
 * A grab gives up after so many that cannot be read, or that a hook ends: a large backlog of them must
 * not stop all else.
 */
const MOST_PASSED_OVER = 16;

export interface HandoutParts {
  readonly clock: Clock;
  readonly jobs: JobTable;
  readonly running: RunningJobs;
  readonly endings: Endings;
  readonly wakeUps: WakeUps;
  readonly log: RouterLog;
  readonly hooks: RouterHooks;
  readonly durability: Durability | null;
  readonly cluster: Cluster | null;
  readonly stop: GracefulStop | null;
}

/** How jobs go out to workers. */
export class Handout {
  readonly #parts: HandoutParts;
  readonly #waiting: WaitingJobs;

  /** @param waiting where they come from. */
  constructor(parts: HandoutParts, waiting: WaitingJobs) {
    this.#parts = parts;
    this.#waiting = waiting;
  }

  /** The worker found nothing to do; there may be something by now, else it sleeps. */
  sleep(worker: Peer): void {
    const { wakeUps, cluster } = this.#parts;
    if (worker.isQuiet) return wakeUps.sleep(worker);
    const func = this.#waiting.ready.find(worker);
    if (func !== null) return wakeUps.wakeWorker(worker, func);
    wakeUps.sleep(worker);
    if (cluster !== null) cluster.wanted(worker);
  }

  /** The worker gets no more jobs, and sleeps on; what it runs it may finish. */
  quiet(worker: Peer): void {
    const { wakeUps, cluster } = this.#parts;
    wakeUps.quiet(worker);
    if (cluster !== null) cluster.unwanted(worker);
  }

  /** It gets jobs again, and is woken if there is one. */
  unquiet(worker: Peer): void {
    worker.isQuiet = false;
    if (worker.isSleeping) this.sleep(worker);
  }

  /** Hands the next job to a worker, or null. */
  grab(worker: Peer): Job | null {
    const { cluster } = this.#parts;
    if (worker.isQuiet) {
      this.#asks(worker);
      return null;
    }
    if (cluster !== null) cluster.starting();
    const job = this.#next(worker);
    if (cluster !== null) {
      if (job === null) cluster.wanted(worker);
      else cluster.started(worker, job);
    }
    return job;
  }

  #asks(worker: Peer): void {
    worker.isSleeping = false;
    worker.wakeUps = 0;
    this.#parts.wakeUps.looked(worker);
  }

  #next(worker: Peer): Job | null {
    const { running, log, hooks } = this.#parts;
    this.#asks(worker);
    let passedOver = 0;
    while (passedOver < MOST_PASSED_OVER) {
      const job = this.#waiting.ready.take(worker);
      if (job === null) return null;
      if (this.#parts.stop?.keeps(job)) {
        job.state = JobState.KEPT;
        continue;
      }
      if (job.storage === JobStorage.OUTSIDE && !this.#fetch(job)) {
        passedOver++;
        continue;
      }
      running.add(job, worker);
      if (log.hasSteps) log.started(job);
      hooks.jobStarted.tell(job, worker);
      // The hook may have ended the job, or closed the worker.
      if (job.worker === worker) return job;
      passedOver++;
    }
    return null;
  }

  /**
   * Reads the payload of a job that stands in no queue any more. If it comes later, the job is in no
   * queue until then, and others go first.
   */
  #fetch(job: Job): boolean {
    const payload = this.#parts.durability!.payloadOf(job);
    if (payload !== "coming") return this.#isBack(job, payload);
    job.state = JobState.STORING;
    job.func.storing++;
    return false;
  }

  /**
   * The payload of a job has come: it stands where it was, and workers are woken.
   *
   * @returns is it in memory from now on? Not if it has ended meanwhile.
   */
  arrived(job: Job, payload: Uint8Array | PayloadFailure): boolean {
    const isAwaited = job.state === JobState.STORING;
    if (isAwaited) job.func.storing--;
    const isBack = isAwaited && this.#isBack(job, payload);
    if (isBack) this.#waiting.requeue(job);
    // A stop may have waited for it.
    this.#parts.stop?.check();
    return isBack;
  }

  /** If it cannot be read, it is tried again later, with other jobs before it; a damaged job fails. */
  #isBack(job: Job, payload: Uint8Array | PayloadFailure): boolean {
    const { clock, jobs, endings } = this.#parts;
    if (payload === "unreadable") {
      this.#waiting.setDue(job, clock.epoch() + FETCH_RETRY);
      this.#waiting.schedule(job);
      return false;
    }
    if (payload === "damaged") {
      job.state = JobState.KEPT;
      endings.drop(job, "damaged");
      return false;
    }
    jobs.returnPayload(job, payload);
    return true;
  }
}
