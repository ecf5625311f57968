import { EMPTY } from "../../protocol/buffer_pool.ts";
import { byteString } from "../../protocol/mod.ts";
import type { FormerContent } from "../../router/durability.ts";
import { type Job, JobState, JobStorage } from "../../router/mod.ts";
import type {
  JobChange,
  RecordChange,
  StoreBatch,
  StoredJob,
  StoredMaxQueue,
} from "../../store/store.ts";

/** Stores have exact numbers. A later time, which a client may ask for, never comes anyway. */
const LATEST_DUE = Number.MAX_SAFE_INTEGER;

const NO_TROUBLE = { losses: 0, failures: 0, isDead: false, error: EMPTY, runs: EMPTY } as const;

/** A job that takes its place when the batch is written. */
export interface Waiting {
  readonly job: Job;
  /** Is it in the batch, or does it only wait behind others? */
  readonly isStored: boolean;
  /** What it was before, if it is stored already and has another payload now; else null. */
  former: FormerContent | null;
}

/** What a record is to be. */
interface RecordOfJob {
  readonly change: RecordChange;
  /** The new job without which it is not to be written; null if it is to be in any case. */
  readonly job: Job | null;
}

/** How many more writes a batch may take that cannot be written as one. */
const MOST_PARTS = 32;

/** What one round brings, to be written together. */
export class Batch {
  waiting: Waiting[] = [];
  /** Links whose output must not leave before the batch is written. */
  links: Set<object> = new Set();
  /** How many of the waiting are to be stored. */
  storing = 0;
  /** Jobs that have changed, and when those are to run that are to run again; null if that is as it was. */
  changed: Map<Job, number | null> = new Map();
  removed: number[] = [];
  maxQueues: Map<string, StoredMaxQueue> = new Map();
  records: Map<string, RecordOfJob> = new Map();
  /** Those of the waiting that have another payload now; null if none has. */
  #replaced: Map<Job, Waiting> | null = null;
  /** The waiting jobs that are stored with it, if somebody has asked for them. */
  #stored: ReadonlySet<Job> | null = null;
  /** How many more writes it may take; its parts, and the parts of those, count together. */
  #partsLeft = { count: MOST_PARTS };

  get isEmpty(): boolean {
    return this.waiting.length === 0 && this.changed.size === 0 && this.removed.length === 0 &&
      this.maxQueues.size + this.records.size === 0;
  }

  /** How many changes and ends of jobs it has. */
  get changes(): number {
    return this.changed.size + this.removed.length;
  }

  /** Takes the changes and ends of jobs out of the batch. */
  withoutChanges(): Pick<Batch, "changed" | "removed"> {
    const { changed, removed } = this;
    this.changed = new Map();
    this.removed = [];
    return { changed, removed };
  }

  /** A stored job has another payload now. */
  replace(job: Job, former: FormerContent): void {
    const waiting: Waiting = { job, isStored: true, former };
    this.waiting.push(waiting);
    this.storing++;
    (this.#replaced ??= new Map()).set(job, waiting);
  }

  /** Its place here if it is stored already and has another payload now. */
  replacedBy(job: Job): Waiting | null {
    return this.#replaced?.get(job) ?? null;
  }

  /** Is the job stored with it? To be asked when no more come. */
  stores(job: Job): boolean {
    this.#stored ??= new Set(this.waiting.filter((one) => one.isStored).map(({ job }) => job));
    return this.#stored.has(job);
  }

  /** A job has changed once more. */
  change(job: Job, due: number | null): void {
    this.changed.set(job, due ?? this.changed.get(job) ?? null);
  }

  /** Takes over changes and ends of jobs from an earlier batch, until it has so many. */
  takeSome(other: Batch, most: number): void {
    for (const [job, due] of other.changed) {
      if (this.changes >= most) break;
      other.changed.delete(job);
      this.changed.set(job, this.changed.get(job) ?? due);
    }
    const room = Math.max(0, most - this.changes);
    for (const number of other.removed.splice(-room, room)) this.removed.push(number);
  }

  /**
   * Parts of which some may be written when all of it together cannot: what takes no room, then all
   * new jobs, then the halves of those and so on, up to a number of parts. Jobs keep their order. None
   * if it is not to be divided.
   */
  parts(): Batch[] {
    if (this.storing === 0) return [];
    const records = this.#recordsOf(null);
    if (this.changes + this.maxQueues.size + records.size > 0) {
      const changes = new Batch();
      [changes.changed, changes.removed] = [this.changed, this.removed];
      [changes.maxQueues, changes.records] = [this.maxQueues, records];
      changes.links = this.links;
      return [changes, this.#part(this.waiting)];
    }
    if (this.storing === 1 || this.#partsLeft.count < 2) return [];
    this.#partsLeft.count -= 2;
    return this.#halves();
  }

  #halves(): Batch[] {
    let stored = 0;
    const middle = this.waiting.findIndex(({ isStored }) =>
      isStored && ++stored > this.storing / 2
    );
    return [this.#part(this.waiting.slice(0, middle)), this.#part(this.waiting.slice(middle))];
  }

  #part(waiting: Waiting[]): Batch {
    const part = new Batch();
    part.waiting = waiting;
    part.links = this.links;
    part.storing = waiting.filter(({ isStored }) => isStored).length;
    part.records = this.#recordsOf(waiting);
    part.#partsLeft = this.#partsLeft;
    return part;
  }

  /** The records that go with some of the new jobs; with null, those that go with none. */
  #recordsOf(waiting: readonly Waiting[] | null): Map<string, RecordOfJob> {
    const jobs = new Set((waiting ?? this.waiting).map(({ job }) => job));
    const isMeant = (job: Job | null) => (job !== null && jobs.has(job)) === (waiting !== null);
    return new Map([...this.records].filter(([, { job }]) => isMeant(job)));
  }

  /**
   * A record is to be something else, or not to be there: what was said of it last holds.
   *
   * @param job a new one that is written with it, or not at all, as that one is.
   */
  record(change: RecordChange, job: Job | null): void {
    const name = `${change.kind} ${byteString(change.key)}`;
    this.records.set(name, { change, job: job ?? this.records.get(name)?.job ?? null });
  }

  /**
   * Takes over limits and records that an earlier batch could not write, unless they were set since. Records
   * of new jobs are as if they had never been, like those jobs.
   */
  takeSettings(other: Batch): void {
    this.maxQueues = new Map([...other.maxQueues, ...this.maxQueues]);
    this.records = new Map([...other.#recordsOf(null), ...this.records]);
  }

  /** Takes over the changes and ends of jobs that another batch could not write. */
  takeChanges({ changed, removed }: Pick<Batch, "changed" | "removed">): void {
    for (const [job, due] of changed) if (job.state !== JobState.FINISHED) this.change(job, due);
    for (const number of removed) this.removed.push(number);
  }

  /** What the store is to write. */
  content(nextNumber: number): StoreBatch {
    const added: StoredJob[] = [];
    const replaced: StoredJob[] = [];
    for (const { job, isStored, former } of this.waiting) {
      if (!isStored || job.state === JobState.FINISHED) continue;
      if (former === null) added.push(storedJob(job));
      else if (job.storage === JobStorage.WRITING) replaced.push(storedJob(job));
    }
    const changed: JobChange[] = [];
    for (const [job, later] of this.changed) {
      const due = later === null ? null : Math.min(later, LATEST_DUE);
      const { losses, failures, isDead, error, runs } = job.trouble ?? NO_TROUBLE;
      const state = isDead ? "dead" : "waiting";
      const { number, priorityIndex: priority } = job;
      changed.push({ number, priority, due, losses, failures, state, error, runs });
    }
    return {
      added,
      replaced,
      changed,
      removed: this.removed,
      maxQueues: [...this.maxQueues.values()],
      records: [...this.records.values()].map(({ change }) => change),
      nextNumber,
    };
  }
}

function storedJob(job: Job): StoredJob {
  const { body, uniqueStart, uniqueEnd, reducerLength, payloadStart, payloadEnd } = job;
  const { losses, failures, isDead, error, runs } = job.trouble ?? NO_TROUBLE;
  return {
    number: job.number,
    functionName: job.func.name,
    unique: uniqueStart === uniqueEnd ? EMPTY : body.subarray(uniqueStart, uniqueEnd),
    reducer: reducerLength === 0
      ? EMPTY
      : body.subarray(uniqueEnd + 1, uniqueEnd + 1 + reducerLength),
    payload: payloadStart === payloadEnd ? EMPTY : body.subarray(payloadStart, payloadEnd),
    priority: job.priorityIndex,
    due: Math.min(job.due ?? 0, LATEST_DUE),
    losses,
    failures,
    state: isDead ? "dead" : "waiting",
    error,
    runs,
  };
}
