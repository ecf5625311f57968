/**
 * This folder has what decides: how jobs come in, wait, go out to workers and end, who is woken, and what
 * happens at a time. The router and the sessions may import it; it imports the model, the containers,
 * the log, and what the router asks of others, such as its clock and its policy.
 *
 * @module
 */

import { EMPTY } from "../../protocol/buffer_pool.ts";
import { PacketType } from "../../protocol/mod.ts";
import type { Clock } from "../clock.ts";
import type { Durability } from "../durability.ts";
import type { RouterHooks } from "../hooks.ts";
import type { RouterLog } from "../log/router_log.ts";
import { type Job, type JobKey, JobPlace, JobTrouble } from "../model/job.ts";
import { type FailureCause, type JobOutcome, JobState, JobStorage } from "../model/job_state.ts";
import { type JobRun, keepsRuns, withRun } from "../model/job_runs.ts";
import { nameOfPeer, type Peer } from "../model/peer.ts";
import type { RelayedBody, Subscriber } from "../model/subscriber.ts";
import type { AfterFailure, Policy } from "../policy.ts";
import type { DeadJobs } from "./dead_jobs.ts";
import type { Dedupe } from "./dedupe.ts";
import { type Expiry, ttlOf } from "./expiry.ts";
import type { GracefulStop } from "./graceful_stop.ts";
import type { IdleFunctions } from "./idle_functions.ts";
import type { JobClients } from "./job_clients.ts";
import type { JobTable } from "./job_table.ts";
import type { KeptResults } from "./kept_results.ts";
import type { NamedOptions } from "./named_options.ts";
import type { ParkedJobs } from "./parked_jobs.ts";
import type { RunLimit } from "./run_limits.ts";
import { type Relays, tellEnd } from "./relays.ts";
import type { RunningJobs } from "./running.ts";
import type { StandIns } from "./stand_ins.ts";
import type { Turn } from "./turn.ts";
import type { UniqueIndex } from "./unique_index.ts";
import type { WaitingJobs } from "./waiting.ts";

/** So much of what a failure says is kept, in bytes. */
const MOST_OF_ERROR = 1024;

export interface EndingsParts {
  readonly jobs: JobTable;
  readonly parked: ParkedJobs;
  readonly uniques: UniqueIndex;
  readonly running: RunningJobs;
  readonly dead: DeadJobs;
  readonly standIns: StandIns;
  readonly results: KeptResults;
  readonly clock: Clock;
  readonly relays: Relays;
  readonly expiry: Expiry;
  readonly dedupe: Dedupe;
  readonly clients: JobClients;
  readonly namedOptions: NamedOptions;
  readonly turn: Turn;
  readonly log: RouterLog;
  readonly hooks: RouterHooks;
  readonly policy: Policy;
  readonly durability: Durability | null;
  readonly stop: GracefulStop | null;
  readonly idle: IdleFunctions;
}

/**
 * Where runs and jobs end, however they do: what becomes of the job is decided first, then all who
 * wait for it are told.
 */
export class Endings {
  readonly #parts: EndingsParts;
  readonly #waiting: WaitingJobs;

  /** @param waiting where jobs come from, and go back to. */
  constructor(parts: EndingsParts, waiting: WaitingJobs) {
    this.#parts = parts;
    this.#waiting = waiting;
  }

  /** Its worker sent the result; `body` is that of the WORK_COMPLETE. */
  complete(job: Job, worker: Peer, body: RelayedBody): void {
    if (job.worker === null) this.#parts.log.takenLate(job, worker);
    this.#hasWorked(worker, job);
    const { rule } = job.func;
    if (rule !== null && rule.keepResult > 0 && job.background) {
      this.#parts.results.keep(job, body, rule.keepResult);
    }
    this.#end(job, "completed", PacketType.WORK_COMPLETE, body);
  }

  /** Its worker sent WORK_FAIL, or WORK_EXCEPTION with a body. */
  fail(job: Job, worker: Peer, body: RelayedBody | null): void {
    const cause = body === null ? "fail" : "exception";
    this.#hasWorked(worker, job);
    const isLate = job.worker === null;
    if (isLate ? this.#waitsForNext(job) : this.#goesOn(job, cause, body)) return;
    if (body === null) this.#end(job, "failed", PacketType.WORK_FAIL);
    else this.#end(job, "exception", PacketType.WORK_EXCEPTION, body);
  }

  /** A worker that goes on has done this job for good: it does not run again after a crash. */
  #hasWorked(worker: Peer, job: Job): void {
    worker.hasWorked = true;
    worker.jobsDone++;
    if (job.storage !== JobStorage.MEMORY) this.#parts.durability!.hasWorked(worker);
  }

  /** A run has come to a limit. Its worker stays, and its result may still count. */
  outOfTime(job: Job, limit: RunLimit): void {
    const { counts, rule } = job.func;
    if (limit === "timeout") {
      counts.timedOut++;
      return this.lose(job, "timeout", "the worker took too long");
    }
    counts.leasesOver++;
    this.lose(job, "lost", `nothing has come from the worker for ${rule!.lease / 1000} s`);
  }

  /** Its worker will not finish it; `why` is for the log. */
  lose(job: Job, cause: "timeout" | "lost", why: string): void {
    const { log } = this.#parts;
    const verdict = job.isNeeded ? this.#verdictOn(job, cause) : "end";
    this.#noteFailure(job, cause, EMPTY);
    if (!job.isNeeded) return this.drop(job, "abandoned");
    log.lost(job, cause, why, verdict === "end" || verdict === "bury");
    if (verdict === "end") return this.drop(job, "lost");
    if (verdict === "bury") return this.#bury(job, PacketType.WORK_FAIL, null);
    this.#runsAgain(job, verdict, cause);
  }

  /** It failed: does it wait for a further run? */
  #goesOn(job: Job, cause: FailureCause, body: RelayedBody | null): boolean {
    if (!job.isNeeded) return false;
    const verdict = this.#verdictOn(job, cause);
    if (verdict === "end") return false;
    this.#noteFailure(job, cause, body === null ? EMPTY : errorIn(body));
    if (verdict !== "bury") this.#runsAgain(job, verdict, cause);
    else if (body === null) this.#bury(job, PacketType.WORK_FAIL, null);
    else this.#bury(job, PacketType.WORK_EXCEPTION, body);
    return true;
  }

  /** Where there can be no dead jobs the job ends; one that is just being stored runs once more. */
  #verdictOn(job: Job, cause: FailureCause): AfterFailure {
    const { policy, dead } = this.#parts;
    const verdict = policy.afterFailure(job, cause);
    if (verdict !== "bury" || dead.takes(job)) return verdict;
    return job.storage === JobStorage.WRITING ? "again" : "end";
  }

  /** Counts a failed run: a time-out as a loss, as in gearmand, unless a policy takes it for a failure. */
  #noteFailure(job: Job, cause: FailureCause, said: Uint8Array): void {
    const trouble = job.trouble ??= new JobTrouble();
    const isLoss = cause === "timeout" ? !job.func.rule?.retry?.on.has(cause) : cause === "lost";
    if (isLoss) trouble.losses++;
    else trouble.failures++;
    trouble.cause = cause;
    if (cause === "fail" || cause === "exception") trouble.error = said;
    if (keepsRuns(job.func.rule)) {
      const worker = job.worker === null ? "" : nameOfPeer(job.worker);
      this.#noteRun(job, { startedAt: this.#parts.running.startOf(job), worker, cause }, said);
    }
  }

  /** Writes down a run, or what else became of a job, that ends now. */
  #noteRun(job: Job, run: Omit<JobRun, "endedAt" | "text">, said: Uint8Array): void {
    const trouble = job.trouble ??= new JobTrouble();
    trouble.runs = withRun(trouble.runs, { ...run, endedAt: this.#parts.clock.epoch() }, said);
  }

  /** Somebody says that it is dead, wherever it is. Those who wait for it get WORK_FAIL. */
  bury(job: Job, by: string): void {
    const startedAt = this.#parts.running.startOf(job);
    this.#noteRun(job, { startedAt, worker: by, cause: "buried" }, EMPTY);
    this.#bury(job, PacketType.WORK_FAIL, null);
  }

  /** It ends for all who wait for it, and stays with the dead jobs. */
  #bury(job: Job, type: number, body: RelayedBody | null): void {
    this.#parts.log.buried(job);
    this.#end(job, "buried", type, body);
  }

  /** Its worker took too long, and it waits for a further run already: that was its failure. */
  #waitsForNext(job: Job): boolean {
    const { trouble, func: { rule } } = job;
    const cause = trouble?.cause ?? null;
    if (cause === null || !job.isNeeded || !rule?.retry?.on.has(cause)) return false;
    this.#parts.running.forget(job);
    return true;
  }

  #runsAgain(job: Job, when: Exclude<AfterFailure, "end" | "bury">, cause: FailureCause): void {
    const { running, durability, hooks, stop } = this.#parts;
    const retryAt = when === "again" ? null : when.retryAt;
    if (this.#parts.expiry.isLate(job)) return this.expire(job);
    job.func.counts.requeued[cause === "fail" || cause === "exception" ? "retry" : cause]++;
    running.remove(job);
    job.progress = null;
    job.trouble!.advice = null;
    if (retryAt !== null) {
      job.state = JobState.SCHEDULED;
      this.#waiting.setDue(job, retryAt);
    }
    if (job.storage !== JobStorage.MEMORY) durability!.changed(job, retryAt);
    if (retryAt === null) this.#waiting.requeue(job);
    else this.#waiting.add(job);
    hooks.jobRequeued.tell(job, cause);
    stop?.check();
  }

  /** It has waited for longer than it may. */
  expire(job: Job): void {
    this.#parts.log.expired(job);
    const rule = job.func.rule?.dead ?? null;
    if (rule === null || !rule.expired || !this.#parts.dead.takes(job)) {
      return this.drop(job, "expired");
    }
    this.#noteRun(job, { startedAt: null, worker: "", cause: "expired" }, EMPTY);
    this.#bury(job, PacketType.WORK_FAIL, null);
  }

  /**
   * It leaves the router for another reason than its worker, whatever state it is in. Those who wait
   * for it get WORK_FAIL, but nothing if a program says that it is completed.
   */
  drop(job: Job, outcome: Exclude<JobOutcome, "failed" | "exception" | "buried">): void {
    const type = outcome === "completed" ? 0 : PacketType.WORK_FAIL;
    if (job.heapIndex !== JobPlace.AWAY) return this.#end(job, outcome, type);
    const own = this.#parts.parked.visit(job.number);
    if (own !== null) this.#end(own, outcome, type);
  }

  #end(job: Job, outcome: JobOutcome, type: number, body: RelayedBody | null = null): void {
    if (job.state === JobState.FINISHED) return;
    if (job.trouble !== null && job.trouble.standsFor !== null) {
      return this.#endStandIn(job, job.trouble.standsFor, outcome, body);
    }
    const { jobs, running, dead, dedupe, durability, log, hooks } = this.#parts;
    if (outcome === "cancelled" && job.worker?.wantsCancelNotices) job.worker.failed(job, 1);
    this.#leave(job);
    running.forget(job);
    if (ttlOf(job) > 0) this.#parts.expiry.forget(job);
    job.state = JobState.FINISHED;
    this.#notLive(job);
    job.func.counts.ended.add(outcome);
    if (ttlOf(job) > 0) this.#parts.expiry.forget(job);
    if (job.trouble !== null) this.#forgetNotes(job);
    const hadUnique = job.key !== null && this.#freeUnique(job, job.key);
    jobs.remove(job);
    if (hadUnique && (job.func.rule !== null || dedupe.size > 0)) dedupe.released(job, outcome);
    if (outcome === "buried") dead.bury(job);
    else if (job.storage !== JobStorage.MEMORY) durability!.ended(job);
    if (job.firstSubscriber !== null) this.#tell(job, job.firstSubscriber, type, body);
    if (log.hasSteps) log.finished(job, outcome);
    hooks.jobFinished.tell(job, outcome, body);
    if (outcome !== "buried") jobs.payloads.release(job);
    this.#parts.stop?.check();
  }

  /**
   * The job is the affair of others from now on: it is gone from here, and nobody is told that it has
   * ended. Nobody here waits for it.
   */
  leave(job: Job): void {
    const { jobs, uniques, hooks } = this.#parts;
    this.#takeOut(job);
    job.func.counts.left++;
    if (job.key !== null) uniques.remove(job.key);
    job.key = null;
    hooks.jobLeft.tell(job);
    jobs.payloads.release(job);
    this.#parts.stop?.check();
  }

  /** It stands for a dead job no more: a worker that has it, or will yet say how it ended, is not heard. */
  withdraw(standIn: Job): void {
    const { standIns, hooks } = this.#parts;
    if (standIn.worker?.wantsCancelNotices) standIn.worker.failed(standIn, 1);
    this.#takeOut(standIn);
    standIn.func.counts.left++;
    standIns.left(standIn);
    hooks.jobLeft.tell(standIn);
    this.#parts.stop?.check();
  }

  /** Done, the dead job is gone for good; else it stays dead, and what its worker said is noted. */
  #endStandIn(job: Job, standsFor: Job, outcome: JobOutcome, body: RelayedBody | null): void {
    const { dead, standIns, running, log, hooks } = this.#parts;
    const found = dead.get(job.number)!;
    const cause = outcome === "failed" ? "fail" : outcome === "lost" ? job.trouble!.cause : outcome;
    if (cause === "fail" || cause === "exception" || cause === "lost" || cause === "timeout") {
      const worker = job.worker === null ? "" : nameOfPeer(job.worker);
      const run = { startedAt: running.startOf(job), worker, cause, afterDeath: true } as const;
      this.#noteRun(standsFor, run, body === null ? EMPTY : errorIn(body));
      dead.changed(found);
    }
    this.#takeOut(job);
    job.func.counts.ended.add(outcome);
    standIns.left(job);
    if (outcome === "completed") dead.drop(found);
    if (log.hasSteps) log.finished(job, outcome);
    hooks.jobFinished.tell(job, outcome, body);
    this.#parts.stop?.check();
  }

  #takeOut(job: Job): void {
    const { jobs, running } = this.#parts;
    this.#leave(job);
    running.forget(job);
    job.state = JobState.FINISHED;
    this.#notLive(job);
    jobs.remove(job);
  }

  #forgetNotes(job: Job): void {
    this.#parts.namedOptions.forget(job);
    this.#parts.clients.forget(job);
  }

  /** @returns not if another job holds it. */
  #freeUnique(job: Job, key: JobKey): boolean {
    const { dedupe, uniques } = this.#parts;
    const holds = dedupe.holds(job);
    if (holds) uniques.remove(key);
    return holds;
  }

  #tell(job: Job, first: Subscriber, type: number, body: RelayedBody | null): void {
    const { relays, turn } = this.#parts;
    if (relays.hasMany(job)) return relays.end(job, type, body);
    if (first.nextOfJob !== null || first.joins > 1) turn.spend(job.subscriberCount);
    for (let subscriber = job.firstSubscriber; subscriber; subscriber = job.firstSubscriber) {
      const { recipient, joins } = subscriber;
      subscriber.detach();
      tellEnd(recipient, job, type, body, joins);
      recipient.released();
    }
  }

  #notLive({ func }: Job): void {
    if (--func.live === 0 && func.workers === 0) this.#parts.idle.begins(func);
  }

  /** Its place in the queue, with its worker, or before the store. */
  #leave(job: Job): void {
    const { state } = job;
    if (state === JobState.RUNNING) this.#parts.running.remove(job);
    else if (state === JobState.QUEUED || state === JobState.SCHEDULED) this.#waiting.remove(job);
    else if (state === JobState.STORING) job.func.storing--;
  }
}

/** What a WORK_EXCEPTION says, behind the handle. */
function errorIn({ bytes, start, end }: RelayedBody): Uint8Array {
  const from = bytes.indexOf(0, start) + 1;
  return bytes.slice(from, Math.min(end, from + MOST_OF_ERROR));
}
