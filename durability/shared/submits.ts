import { EMPTY } from "../../protocol/buffer_pool.ts";
import { type Job, JobState, JobStorage } from "../../router/mod.ts";
import { ttlOf } from "../../router/flow/expiry.ts";
import { messageOf } from "../../router/log/log.ts";
import { Subscriber } from "../../router/model/subscriber.ts";
import type { Added, ClaimedJob, NewSharedJob } from "../../store/shared_queue.ts";
import { WriteCounts } from "../write_counts.ts";
import { Gathered, type Gathering } from "./gathered.ts";
import type { Shared } from "./shared.ts";

/** So many jobs are written at once, */
const MOST_JOBS = 1000;
/** or fewer, if they take so many bytes. */
const MOST_BYTES = 4 * 1024 * 1024;
/** So many bytes of jobs may wait to be written. */
const MOST_WAITING = 64 * 1024 * 1024;
/** What a job takes besides its names and payload, in bytes. */
const JOB_BYTES = 100;
/** A later time, which a client may ask for, never comes anyway. */
const LATEST_DUE = Number.MAX_SAFE_INTEGER;

/** Jobs that come in. */
class Batch implements Gathering {
  readonly links: Set<object> = new Set();
  /** Those to be added. */
  jobs: Job[] = [];
  /** Foreground jobs with a key: may they be one with a job that waits? */
  asking: Job[] = [];
  bytes = 0;
  /** When the first of them came, in milliseconds of the clock. */
  begun = 0;

  get isEmpty(): boolean {
    return this.jobs.length === 0 && this.asking.length === 0;
  }
}

/** What {@linkcode Submits} tell of what has become of jobs. */
export interface SubmitsParts {
  /** Is this one to belong to this server from the start? */
  takes(job: Job): boolean;
  /** What was to belong to it is written, or not. */
  taken(): void;
  /** A job belongs to this server. */
  own(job: Job): void;
  /** A job of the router is in the queue, and belongs to nobody. */
  shared(job: Job): void;
  /** A job that is in the queue and belongs to nobody was cancelled before. */
  cancelled(number: number): void;
}

/** Writes submitted jobs to the queue, many at a time, and tells their clients what became of them. */
export class Submits extends Gathered<Batch> {
  /** How many jobs were written, and how many statements that took. */
  readonly counts: WriteCounts;
  readonly #parts: SubmitsParts;

  /** @param written called when a batch was written: output may leave. */
  constructor(shared: Shared, parts: SubmitsParts, written: () => void) {
    super(shared, new Batch(), written);
    this.#parts = parts;
    this.counts = new WriteCounts(shared.router.clock);
  }

  /** Do too many bytes wait to be written? */
  get isFull(): boolean {
    return this.next.bytes > MOST_WAITING;
  }

  /** A job is to be stored. */
  add(job: Job): void {
    job.storage = JobStorage.WRITING;
    if (this.next.isEmpty) this.next.begun = this.shared.router.clock.now();
    this.next.jobs.push(job);
    this.next.bytes += sizeOf(job);
    this.schedule();
  }

  /** Does a job that a foreground job may be one with wait in the queue? */
  ask(job: Job): void {
    job.storage = JobStorage.WRITING;
    this.next.asking.push(job);
    this.schedule();
  }

  protected take(): Batch {
    const batch = this.next;
    const rest = this.next = new Batch();
    let [count, bytes] = [0, 0];
    while (count < batch.jobs.length && count < MOST_JOBS && bytes < MOST_BYTES) {
      bytes += sizeOf(batch.jobs[count++]);
    }
    if (count === batch.jobs.length) return batch;
    rest.jobs = batch.jobs.splice(count);
    rest.bytes = batch.bytes - bytes;
    rest.begun = batch.begun;
    for (const link of batch.links) rest.links.add(link);
    return batch;
  }

  protected async write(batch: Batch): Promise<() => void> {
    const asked = Promise.all(batch.asking.map((job) => this.#ask(job)));
    // One that was cancelled by now needs not be written.
    const jobs = batch.jobs.filter(({ state }) => state !== JobState.FINISHED);
    let added: readonly Added[] = [];
    let error: unknown = null;
    try {
      if (jobs.length > 0) added = await this.#add(jobs, batch.begun);
    } catch (cause) {
      error = cause ?? new Error("unknown");
    }
    const claimed = await asked;
    return () => {
      this.#parts.taken();
      const joined = new Map<Job, number>();
      for (const [index, found] of claimed.entries()) {
        const job = batch.asking[index];
        if (job.state !== JobState.STORING || job.background) continue;
        if (found === null) job.storage = JobStorage.MEMORY;
        else joined.set(job, found.number);
      }
      if (error === null) this.#added(jobs, added, joined);
      else this.#refused(jobs, error, joined);
      for (const [index, found] of claimed.entries()) this.#answered(batch.asking[index], found);
      this.shared.router.stop?.check();
    };
  }

  async #add(jobs: readonly Job[], begun: number): Promise<readonly Added[]> {
    const { queue, router, options: { timeout }, isClosed } = this.shared;
    const content = jobs.map((job) => newSharedJob(job, !isClosed && this.#parts.takes(job)));
    // Those that waited for others have had their time: they are tried once more.
    const left = Math.max(begun + timeout - router.clock.now(), timeout / 10);
    const ended = this.counts.begin(jobs.length);
    try {
      const added = await queue.add(content, left);
      ended(true);
      return added;
    } catch (error) {
      ended(false);
      throw error;
    }
  }

  async #ask(job: Job): Promise<ClaimedJob | null> {
    const { func, body, uniqueStart, uniqueEnd, payloadStart, payloadEnd } = job;
    const unique = body.slice(uniqueStart, uniqueEnd);
    const payload = body.slice(payloadStart, payloadEnd);
    try {
      return await this.shared.queue.claimByUnique(func.name, unique, payload);
    } catch {
      // Nobody knows now: it is a job of its own.
      return null;
    }
  }

  // --- outcomes --------------------------------------------------------------------------------

  #added(jobs: readonly Job[], added: readonly Added[], joined: Map<Job, number>): void {
    const outcomes = new Map(jobs.map((job, index) => [job, added[index]]));
    for (const [job, outcome] of outcomes) {
      if (!isUnwritten(job)) outcomes.delete(job);
      else if (typeof outcome === "object") joined.set(job, outcome.joined);
      else job.storage = JobStorage.STORED;
    }
    this.#amendAnswers(NONE, joined);
    for (const [job, outcome] of outcomes) this.#place(job, outcome);
  }

  #place(job: Job, outcome: Added): void {
    const { router: { intake, jobs } } = this.shared;
    const isOver = job.state === JobState.FINISHED;
    if (outcome === "ours") {
      this.#parts.own(job);
      if (!isOver) intake.stored(job);
    } else if (outcome === "stored") {
      if (isOver) this.#parts.cancelled(job.number);
      else this.#letGo(job);
    } else if (!isOver) {
      const other = jobs.get(outcome.joined);
      // A foreground job may have been one with that job before others were given it.
      if (other !== undefined && other !== job) Subscriber.move(job, other);
      intake.disown(job);
    }
  }

  /** It waits in the queue for any server, unless a client waits for it here: then this one has it. */
  #letGo(job: Job): void {
    const { router: { intake } } = this.shared;
    this.#parts.shared(job);
    if (job.firstSubscriber === null || job.key === null || job.state !== JobState.STORING) {
      return intake.disown(job);
    }
    job.background = false;
    this.ask(job);
  }

  /** What is known of a foreground job that asked for another one. */
  #answered(job: Job, found: ClaimedJob | null): void {
    const { router: { intake } } = this.shared;
    const isAsking = job.state === JobState.STORING && !job.background;
    if (found !== null) {
      const isOther = isAsking && found.number !== job.number;
      return this.#parts.own(intake.claimed(found, isOther ? job : null));
    }
    // One that was submitted in the background meanwhile is being added.
    if (isAsking) intake.disown(job);
  }

  #refused(jobs: readonly Job[], error: unknown, joined: ReadonlyMap<Job, number>): void {
    const { intake, log } = this.shared.router;
    const refused = jobs.filter(isUnwritten);
    this.#amendAnswers(new Set(refused), joined);
    const cause = messageOf(error);
    for (const job of refused) {
      if (!job.isFinished) log.notStored(job, cause);
      intake.notStored(job);
    }
  }

  #amendAnswers(refused: ReadonlySet<Job>, joined: ReadonlyMap<Job, number>): void {
    const { announcers } = this.shared.router;
    for (const announcer of announcers) {
      if (!announcer.settle(refused, joined)) announcers.delete(announcer);
    }
  }
}

const NONE: ReadonlySet<never> = new Set();

/** A claim may have brought a job before it was known that it is stored; it may even be gone again. */
function isUnwritten({ storage }: Job): boolean {
  return storage === JobStorage.WRITING;
}

function sizeOf({ uniqueStart, payloadEnd }: Job): number {
  return JOB_BYTES + payloadEnd - uniqueStart;
}

function newSharedJob(job: Job, isOurs: boolean): NewSharedJob {
  const { body, uniqueStart, uniqueEnd, reducerLength, payloadStart, payloadEnd } = job;
  const afterUnique = uniqueEnd + 1;
  return {
    number: job.number,
    functionName: job.func.name,
    unique: uniqueStart === uniqueEnd ? EMPTY : body.subarray(uniqueStart, uniqueEnd),
    reducer: reducerLength === 0 ? EMPTY : body.subarray(afterUnique, afterUnique + reducerLength),
    payload: payloadStart === payloadEnd ? EMPTY : body.subarray(payloadStart, payloadEnd),
    priority: job.priorityIndex,
    due: Math.min(job.due ?? 0, LATEST_DUE),
    ttl: ttlOf(job),
    attempts: job.trouble?.attempts ?? 0,
    isOurs,
  };
}
