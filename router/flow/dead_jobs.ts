import { encodeName } from "../../protocol/mod.ts";
import type { DeadSharedJob } from "../../store/shared_queue.ts";
import type { LoadedJob } from "../../store/store.ts";
import type { Clock } from "../clock.ts";
import type { Durability } from "../durability.ts";
import type { RouterLog } from "../log/router_log.ts";
import { USUAL_DEAD_RULE } from "../model/function_rule.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import { isPayloadKey, Job, type JobTrouble } from "../model/job.ts";
import { runsIn } from "../model/job_runs.ts";
import { JobState, JobStorage } from "../model/job_state.ts";
import { Timer } from "../model/timer.ts";
import type { FunctionTable } from "./function_table.ts";
import type { JobTable } from "./job_table.ts";
import type { StandIns } from "./stand_ins.ts";
import { troubleIn } from "./stored_trouble.ts";
import type { Timers } from "./timers.ts";

/** What each counts for besides its payload and its runs, in bytes. */
const BYTES_OF_EACH = 512;
/** Between two looks at which have been dead too long, in milliseconds. */
const LOOK_INTERVAL = 60_000;

/** A job that no worker gets, as its runs have failed too often or somebody buried it. */
export interface DeadJob {
  readonly job: Job;
  /** Since when it is dead, in milliseconds since the Unix epoch. */
  readonly diedAt: number;
  /** Length of its payload. */
  readonly payloadLength: number;
  /** What it counts for: its payload, its runs and 512 bytes. */
  bytes: number;
}

export interface DeadJobsParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly jobs: JobTable;
  readonly standIns: StandIns;
  readonly log: RouterLog;
  readonly durability: Durability | null;
  readonly functions: FunctionTable;
}

/**
 * The dead jobs, by number and by function. They are not live: nobody joins them, they hold no unique, and
 * who asks for their status is told that they are unknown. They keep number and handle.
 */
export class DeadJobs {
  readonly #parts: DeadJobsParts;
  readonly #byNumber = new Map<number, DeadJob>();
  /** Those of each function; who died first comes first. */
  readonly #byFunction = new Map<FunctionQueue, Map<number, DeadJob>>();
  readonly #look = new Timer(() => this.#dropOld());

  constructor(parts: DeadJobsParts) {
    this.#parts = parts;
  }

  /** How many there are. */
  get size(): number {
    return this.#byNumber.size;
  }

  /** Can the job be buried now? One that is on its way to the store cannot, for the moment. */
  takes({ background, storage, trouble }: Job): boolean {
    const isDead = trouble !== null && trouble.standsFor !== null;
    return background && storage !== JobStorage.WRITING && !isDead;
  }

  /** The one with this number. */
  get(number: number): DeadJob | null {
    return this.#byNumber.get(number) ?? null;
  }

  /** The one with this handle. */
  byHandle(handle: string): DeadJob | null {
    const bytes = encodeName(handle);
    return this.get(this.#parts.jobs.numberOf(bytes, 0, bytes.length));
  }

  /** All of them, function by function; who died first comes first. They may go meanwhile. */
  *all(): Generator<DeadJob, undefined> {
    for (const func of [...this.#byFunction.keys()]) yield* this.of(func);
  }

  /** Those of a function that are there when it is their turn; who died first comes first. */
  *of(func: FunctionQueue): Generator<DeadJob, undefined> {
    for (const dead of this.#byFunction.get(func)?.values() ?? []) yield dead;
  }

  /** Would one more drive an older one out, or have to stay away? */
  isFull({ dead, deadBytes, rule }: FunctionQueue): boolean {
    const { count, bytes } = rule?.dead ?? USUAL_DEAD_RULE;
    return dead >= count || deadBytes >= bytes;
  }

  /** A job is dead from now on, and no live one any more: it has left all other places. */
  bury(job: Job): void {
    const { jobs, durability } = this.#parts;
    const payloadLength = this.#payloadLengthOf(job);
    this.#makeRoom(job.func, payloadLength);
    job.state = JobState.DEAD;
    job.progress = null;
    job.key = null;
    job.trouble!.isDead = true;
    job.trouble!.advice = null;
    if (job.storage !== JobStorage.MEMORY) durability!.buried(job);
    // The key of one with the unique `-` is its payload: it is needed to bring the job back.
    if (isKeyed(job)) this.#bringPayload(job);
    else if (job.storage === JobStorage.STORED) jobs.payloads.leavePayload(job);
    this.#add(job, payloadLength);
    this.#parts.standIns.offer(job);
  }

  /** Takes in those that other servers have buried, and lets go of those that live again or are gone. */
  takeShared(dead: readonly DeadSharedJob[], notDead: readonly number[]): void {
    const { functions } = this.#parts;
    for (const number of notDead) this.leaveNumber(number);
    for (const shared of dead) {
      if (this.#byNumber.has(shared.number)) continue;
      const name = shared.functionName;
      const func = functions.findOrAdd(name, 0, name.length);
      const stored: LoadedJob = { ...shared, payload: null, due: 0, state: "dead" };
      this.restore(stored, func, troubleIn(stored)!);
    }
  }

  /** The job with this number is not dead any more, by the word of another server. */
  leaveNumber(number: number): void {
    const found = this.#byNumber.get(number);
    if (found === undefined) return;
    this.leave(found);
    found.job.state = JobState.FINISHED;
    this.#parts.jobs.payloads.release(found.job);
  }

  /** Takes in one that was stored. */
  restore(stored: LoadedJob, func: FunctionQueue, trouble: JobTrouble): void {
    const { jobs } = this.#parts;
    const keeps = isPayloadKey(stored.unique, 0, stored.unique.length);
    const payload = keeps ? stored.payload : null;
    const content = jobs.payloads.keepRestored({ ...stored, payload });
    const job = new Job(stored.number, func, stored.priority, true, content);
    job.trouble = trouble;
    job.storage = payload === null ? JobStorage.OUTSIDE : JobStorage.STORED;
    job.state = JobState.DEAD;
    this.#add(job, stored.payloadLength);
  }

  /** All that were stored are there: they come in the order in which they died. */
  loaded(): void {
    for (const [func, jobs] of this.#byFunction) {
      const inOrder = [...jobs].sort(([, a], [, b]) => a.diedAt - b.diedAt);
      this.#byFunction.set(func, new Map(inOrder));
      this.ruled(func);
    }
  }

  /** Another rule holds for a function: its workers of dead jobs get them from now on, or no more. */
  ruled(func: FunctionQueue): void {
    const { standIns } = this.#parts;
    const isOffered = func.rule?.deadFunction === true;
    for (const { job } of this.of(func)) {
      if (isOffered) standIns.offer(job);
      else standIns.withdraw(job);
    }
  }

  /** What is written down of its runs is more by now. */
  changed(dead: DeadJob): void {
    const { job, payloadLength, bytes } = dead;
    dead.bytes = bytesOf(job, payloadLength);
    job.func.deadBytes += dead.bytes - bytes;
    if (job.storage !== JobStorage.MEMORY) this.#parts.durability!.changed(job, null);
  }

  /** It is not dead any more. */
  leave({ job, bytes }: DeadJob): void {
    this.#parts.standIns.withdraw(job);
    this.#byNumber.delete(job.number);
    const jobs = this.#byFunction.get(job.func)!;
    jobs.delete(job.number);
    if (jobs.size === 0) this.#byFunction.delete(job.func);
    job.func.dead--;
    job.func.deadBytes -= bytes;
  }

  /** It is gone for good. */
  drop(dead: DeadJob): void {
    const { jobs, durability } = this.#parts;
    this.leave(dead);
    const { job } = dead;
    job.state = JobState.FINISHED;
    if (job.storage !== JobStorage.MEMORY) durability!.deadDropped(job);
    jobs.payloads.release(job);
  }

  /** It died when its last run ended: that is the same again after a restart. */
  #add(job: Job, payloadLength: number): void {
    const { func, number, trouble } = job;
    const last = runsIn(trouble!.runs).findLast(({ afterDeath }) => !afterDeath);
    const diedAt = last?.endedAt ?? this.#parts.clock.epoch();
    const bytes = bytesOf(job, payloadLength);
    const dead = { job, diedAt, payloadLength, bytes };
    this.#byNumber.set(number, dead);
    const others = this.#byFunction.get(func);
    if (others === undefined) this.#byFunction.set(func, new Map([[number, dead]]));
    else others.set(number, dead);
    func.dead++;
    func.deadBytes += bytes;
    if (!this.#look.isSet) this.#parts.timers.setDelay(this.#look, LOOK_INTERVAL);
  }

  /** Of one whose payload is not in memory the store knows it. */
  #payloadLengthOf({ number, storage, payloadStart, payloadEnd }: Job): number {
    if (storage !== JobStorage.OUTSIDE) return payloadEnd - payloadStart;
    const stored = this.#parts.durability!.read(number, false);
    return typeof stored === "string" ? 0 : stored.payloadLength;
  }

  #bringPayload(job: Job): void {
    if (job.storage !== JobStorage.OUTSIDE) return;
    const { jobs, durability } = this.#parts;
    const stored = durability!.read(job.number, true);
    if (typeof stored !== "string" && stored.payload !== null) {
      jobs.payloads.returnPayload(job, stored.payload);
    }
  }

  /** One that is larger than all together may be is there alone. */
  #makeRoom(func: FunctionQueue, payloadLength: number): void {
    const { count, bytes } = func.rule?.dead ?? USUAL_DEAD_RULE;
    for (const oldest of this.of(func)) {
      const needed = func.deadBytes + BYTES_OF_EACH + payloadLength;
      if (func.dead < count && needed <= bytes) return;
      this.#driveOut(oldest, "there are too many");
    }
  }

  #dropOld(): void {
    const { clock, timers } = this.#parts;
    for (const func of [...this.#byFunction.keys()]) {
      const { age } = func.rule?.dead ?? USUAL_DEAD_RULE;
      for (const oldest of this.of(func)) {
        if (oldest.diedAt + age > clock.epoch()) break;
        this.#driveOut(oldest, "it was dead too long");
      }
    }
    if (this.size > 0) timers.setDelay(this.#look, LOOK_INTERVAL);
  }

  #driveOut(dead: DeadJob, why: string): void {
    const { job } = dead;
    job.func.counts.deadDropped++;
    this.#parts.log.deadDropped(job, why);
    this.drop(dead);
  }
}

function bytesOf({ trouble }: Job, payloadLength: number): number {
  return BYTES_OF_EACH + payloadLength + trouble!.runs.length;
}

function isKeyed({ body, uniqueStart, uniqueEnd }: Job): boolean {
  return isPayloadKey(body, uniqueStart, uniqueEnd);
}
