import { EMPTY } from "../../protocol/buffer_pool.ts";
import { ERRORS } from "../../protocol/mod.ts";
import type { Clock } from "../clock.ts";
import type { Durability } from "../durability.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import { Job, JobKey } from "../model/job.ts";
import { type JobOutcome, JobState, JobStorage, Priority } from "../model/job_state.ts";
import type { Submission } from "../model/submission.ts";
import type { Recipient } from "../model/subscriber.ts";
import type { Refusal } from "../policy.ts";
import { type Expiry, ttlOf } from "./expiry.ts";
import type { JobTable } from "./job_table.ts";
import { type UniqueWindow, UniqueWindows, type UniqueWindowsParts } from "./unique_windows.ts";
import { emptyKey, type SubmittedKey, type UniqueIndex } from "./unique_index.ts";
import type { WaitingJobs } from "./waiting.ts";

/**
 * A job that waits until another one with its unique has ended has a due time that is later by this, which
 * never comes: so it is stored, and stands in no queue.
 */
const BEHIND = 2 ** 52;

/** What {@linkcode Dedupe} needs. */
export interface DedupeParts extends UniqueWindowsParts {
  readonly clock: Clock;
  readonly jobs: JobTable;
  readonly uniques: UniqueIndex;
  readonly expiry: Expiry;
  readonly durability: Durability | null;
}

/** Where a submit goes whose unique is taken. */
export interface DedupePlace {
  /** The job that it joins. */
  readonly joins: Job | null;
  /** The job behind which it is to wait. */
  readonly behind: Job | null;
}

/**
 * What becomes of submits beyond joining, where the rule of a function says so: jobs that wait get the payload
 * of a later submit, a further one waits behind a job that runs, and uniques are taken for a while after
 * their job is completed. One job holds a unique from its submit to its end; if another one waits behind it,
 * that one holds it from then on.
 */
export class Dedupe {
  readonly #parts: DedupeParts;
  readonly #waiting: WaitingJobs;
  readonly windows: UniqueWindows;
  /** The jobs that wait behind others, by the numbers of those. */
  readonly #behind = new Map<number, Job>();
  /** Behind which number each of them waits. */
  readonly #holders = new Map<Job, number>();
  readonly #key: SubmittedKey = emptyKey();

  /** @param waiting where jobs stand that are replaced. */
  constructor(parts: DedupeParts, waiting: WaitingJobs) {
    this.#parts = parts;
    this.#waiting = waiting;
    this.windows = new UniqueWindows(parts);
  }

  /** How many jobs wait behind others. */
  get size(): number {
    return this.#behind.size;
  }

  /** Does the job wait until another one with its unique has ended? */
  waitsBehind(job: Job): boolean {
    return this.#holders.has(job);
  }

  /** Do later submits replace jobs of the function that wait? */
  replaces({ rule }: FunctionQueue): boolean {
    const mode = rule?.dedupe?.mode;
    return mode === "replace" || mode === "keep-last";
  }

  /**
   * The answer to a submit whose unique no live job has, if it comes in a window; null if it is to run, perhaps
   * later.
   */
  answer(
    submission: Submission,
    func: FunctionQueue,
    key: SubmittedKey,
    recipient: Recipient | null,
  ): Job | Refusal | null {
    const window = this.windows.find(func.name, key);
    if (window === null) return null;
    if (this.replaces(func)) {
      submission.due = Math.max(submission.due, window.until);
      return null;
    }
    func.counts.dropped++;
    // There is no result for whom waits for one.
    if (!submission.background) return ERRORS.alreadyDone;
    const job = this.#endedJob(func, window);
    const { log } = this.#parts;
    if (log.hasSteps) log.submitDropped(job);
    recipient?.created(job, true);
    return job;
  }

  /** The job that is over, as far as it is known. */
  #endedJob(func: FunctionQueue, { number }: UniqueWindow): Job {
    const positions = { uniqueStart: 0, uniqueEnd: 0, payloadStart: 0, payloadEnd: 0 };
    const content = { body: EMPTY, reducerLength: 0, ...positions };
    const job = new Job(number, func, Priority.NORMAL, true, content);
    job.state = JobState.FINISHED;
    return job;
  }

  /** Where a submit goes whose unique this job holds. */
  placeOf(holder: Job): DedupePlace {
    if (!this.replaces(holder.func)) return { joins: holder, behind: null };
    const next = this.#behind.get(holder.number) ?? null;
    if (next !== null) return { joins: next, behind: null };
    return waits(holder) ? { joins: holder, behind: null } : { joins: null, behind: holder };
  }

  // --- another payload -------------------------------------------------------------------------

  /** A job that waits gets the payload of a submit, and with `replace` its time. */
  replace(job: Job, submission: Submission): void {
    const { jobs, expiry, durability, log } = this.#parts;
    const { due } = submission;
    const former = jobs.replaceContent(job, submission);
    job.func.counts.replaced++;
    if (log.hasSteps) log.replaced(job);
    if (job.func.rule!.dedupe!.mode === "replace") this.#waitAnew(job, due);
    const ttl = ttlOf(job);
    if (ttl > 0) expiry.moved(job, ttl);
    if (job.background && durability !== null) durability.replaced(job, former);
    else jobs.payloads.free(former.body);
  }

  /** It is due when the submit says, but in no window, and not before its next try. */
  #waitAnew(job: Job, asked: number): void {
    if (this.waitsBehind(job)) return this.#setDue(job, behind(asked));
    const { uniques, clock } = this.#parts;
    uniques.keyOf(job, job.func, this.#key);
    const inWindow = this.windows.find(job.func.name, this.#key)?.until ?? 0;
    const isTriedAgain = job.failures + job.losses > 0;
    const due = Math.max(asked, inWindow, isTriedAgain ? job.due ?? 0 : 0);
    if (job.state === JobState.QUEUED && due > clock.epoch()) {
      this.#waiting.remove(job);
      this.#waiting.setDue(job, due);
      this.#waiting.schedule(job);
    } else if (job.state !== JobState.QUEUED) this.#setDue(job, due);
  }

  /** One that stands in no queue is due then. */
  #setDue(job: Job, due: number): void {
    if (job.state === JobState.SCHEDULED) this.#waiting.reschedule(job, due);
    else if (due <= this.#parts.clock.epoch()) job.timer = null;
    else if (job.timer === null) this.#waiting.setDue(job, due);
    else job.timer.due = due;
  }

  // --- one waits behind another ----------------------------------------------------------------

  /** A new job waits until the one that holds its unique has ended. */
  wait(holder: Job, job: Job, due: number, uniqueHash: number): void {
    job.key = new JobKey(job, uniqueHash);
    this.#waiting.setDue(job, behind(due));
    this.#behind.set(holder.number, job);
    this.#holders.set(job, holder.number);
  }

  /** The number of the job behind which one waits; null if it waits behind none. */
  holderOf(job: Job): number | null {
    return this.#holders.get(job) ?? null;
  }

  /**
   * The job leaves: does it hold its unique?
   *
   * @returns not if it waits behind another one, which it does no more.
   */
  holds(job: Job): boolean {
    if (this.#holders.size === 0) return true;
    const holder = this.#holders.get(job);
    if (holder === undefined) return true;
    this.#holders.delete(job);
    this.#behind.delete(holder);
    return false;
  }

  /** A job has ended, and holds its unique no more: the window begins, and the one behind it is next. */
  released(job: Job, outcome: JobOutcome): void {
    const { uniques, clock } = this.#parts;
    const window = outcome === "completed" ? windowOf(job) : 0;
    const until = window === 0 ? 0 : clock.epoch() + window;
    const isKnown = window > 0 && job.storage !== JobStorage.OUTSIDE;
    if (isKnown && uniques.keyOf(job, job.func, this.#key)) {
      this.windows.begin(job.func.name, this.#key, job.number, until);
    }
    const next = this.#behind.get(job.number);
    if (next !== undefined) this.#isNext(next, job.number, until);
  }

  #isNext(job: Job, holder: number, notBefore: number): void {
    const { uniques, expiry, durability } = this.#parts;
    this.#behind.delete(holder);
    this.#holders.delete(job);
    uniques.add(job.key!);
    const due = Math.max(job.timer!.due - BEHIND, notBefore);
    this.#setDue(job, due);
    const ttl = ttlOf(job);
    if (ttl > 0) expiry.moved(job, ttl);
    if (job.storage !== JobStorage.MEMORY) durability!.changed(job, due);
  }
}

/** When a job is due that waits, or has waited, behind another one, by its due time; null if it does not. */
export function ownDue(due: number): number | null {
  return due >= BEHIND ? due - BEHIND : null;
}

/** What is shown of a due time: one that waits behind another job is due itself, or at no time. */
export function shownDue(due: number): number | null {
  const own = ownDue(due);
  return own === 0 ? null : own ?? due;
}

/** How long after its end no other job with its unique runs, in milliseconds. */
function windowOf({ func: { rule }, trouble }: Job): number {
  return trouble !== null && trouble.uniqueWindow > 0
    ? trouble.uniqueWindow
    : rule?.dedupe?.window ?? 0;
}

/** Has no worker it, or asks for it? One whose payload is being read has been asked for. */
function waits({ state, storage }: Job): boolean {
  return state === JobState.QUEUED || state === JobState.SCHEDULED ||
    state === JobState.STORING && storage !== JobStorage.OUTSIDE;
}

/** The due time of a job that waits behind another one, and is due then itself. */
function behind(due: number): number {
  return BEHIND + Math.min(due, BEHIND - 1);
}
