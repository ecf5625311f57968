import { EMPTY, equalsRange } from "../../protocol/buffer_pool.ts";
import type { Clock } from "../clock.ts";
import { DIGEST_LENGTH } from "../containers/byte_hash.ts";
import { DueHeap } from "../containers/due_heap.ts";
import type { LoadedJob } from "../../store/store.ts";
import type { Durability } from "../durability.ts";
import type { RouterHooks } from "../hooks.ts";
import type { Dedupe } from "./dedupe.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import type { FunctionTable } from "./function_table.ts";
import { isPayloadKey, Job, JobKey, JobPlace } from "../model/job.ts";
import { JobState, JobStorage, type PriorityIndex } from "../model/job_state.ts";
import type { IdleFunctions } from "./idle_functions.ts";
import type { JobTable } from "./job_table.ts";
import { ParkedQueue } from "./parked_queue.ts";
import type { ParkedFacts } from "./slots.ts";
import { flagOf, isParked, priorityOf, SlotFlag, SlotKeys, stateOf } from "./slots.ts";
import { SlotTable } from "../containers/slot_table.ts";
import { Timer } from "../model/timer.ts";
import type { Timers } from "./timers.ts";
import type { SubmittedKey, UniqueIndex } from "./unique_index.ts";
import type { WaitingJobs } from "./waiting.ts";

/** Jobs that were looked at stay in memory until so many others were. */
const MOST_VISITED = 1024;
/** When a job that could not be read from the store is tried again, in milliseconds. */
const READ_RETRY = 1000;
/** Jobs are read so many at a time for a listing. */
const PAGE = 256;
export interface ParkedJobsParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly functions: FunctionTable;
  readonly jobs: JobTable;
  readonly uniques: UniqueIndex;
  readonly hooks: RouterHooks;
  readonly idle: IdleFunctions;
  readonly dedupe: Dedupe;
  readonly durability: Durability | null;
}

/**
 * Stored jobs that wait and nobody listens to, of which there are more than memory should hold: all
 * that is in memory of such a job is a slot, its place in its queue, and the hash of its key. It becomes
 * a {@linkcode Job} again when it is its turn, or when somebody asks for it.
 */
export class ParkedJobs {
  readonly #parts: ParkedJobsParts;
  readonly #waiting: WaitingJobs;
  readonly #slots = new SlotTable();
  readonly #keys = new SlotKeys(this.#slots);
  readonly #due = new DueHeap();
  readonly #dueTimer = new Timer(() => this.#ring());
  /** How many slots are of jobs that have objects, as they were looked at or cannot be parked. */
  #objects = 0;
  /** Rows that were read with that of another job. */
  #ahead = new Map<number, LoadedJob>();
  /** Numbers of jobs that were looked at, the latest last. */
  #visited: number[] = [];

  /** @param waiting where jobs go that come back to memory. */
  constructor(parts: ParkedJobsParts, waiting: WaitingJobs) {
    this.#parts = parts;
    this.#waiting = waiting;
  }

  /** How many are parked. */
  get size(): number {
    return this.#slots.size - this.#objects;
  }

  /** Is the job with this number parked? */
  has(number: number): boolean {
    return isParked(this.#slots.flags(number));
  }

  // --- parking ---------------------------------------------------------------------------------

  /**
   * Parks a job if that is possible: it is stored, waits, was never lost, and nobody else needs it. It
   * should be one of the last in its queue: those behind it are moved.
   */
  park(job: Job): boolean {
    const { state, func, number, priorityIndex, storage } = job;
    const isStored = storage === JobStorage.STORED || storage === JobStorage.OUTSIDE;
    if (!isStored || job.firstSubscriber !== null || job.trouble !== null) return false;
    if (job.func.hasLanes || this.#parts.dedupe.waitsBehind(job)) return false;
    if (state === JobState.SCHEDULED) {
      this.#addScheduled(number, func, priorityIndex, this.#waiting.unschedule(job));
    } else if (state !== JobState.QUEUED || !this.#parkInQueue(job)) return false;
    this.#parts.durability!.parked(job);
    // A program may still hold the object.
    if (storage === JobStorage.STORED) this.#parts.jobs.leavePayload(job);
    if (job.key !== null) this.#parkKey(job, job.key);
    job.heapIndex = JobPlace.AWAY;
    this.#parts.jobs.remove(job);
    return true;
  }

  #parkKey(job: Job, key: JobKey): void {
    const { number, body, payloadEnd } = job;
    this.#parts.uniques.remove(key);
    const digest = key.byPayload ? body.subarray(payloadEnd, payloadEnd + DIGEST_LENGTH) : EMPTY;
    this.#keys.add(number, key.uniqueHash, digest);
    job.key = null;
  }

  #parkInQueue(job: Job): boolean {
    const { func, number, priorityIndex } = job;
    const queue = func.queues[priorityIndex];
    if (queue.parked?.holds(job)) {
      this.#slots.setFlags(number, this.#slots.flags(number) & ~SlotFlag.OBJECT);
      this.#objects--;
      return true;
    }
    // One that was lost by a worker, or moved, comes before those that are parked.
    if (job.heapIndex >= 0) return false;
    for (let last = queue.last; last !== job; last = queue.last) {
      if (last === null) return false;
      queue.remove(last);
      this.#queueOf(func, priorityIndex).prependObject(last);
    }
    queue.remove(job);
    this.#slots.add(number, func.id, SlotFlag.USED | SlotFlag.QUEUED | flagOf(priorityIndex));
    this.#queueOf(func, priorityIndex).prepend(number);
    return true;
  }

  /** Parks a job that was stored before this router began and was never lost. */
  restore(restored: LoadedJob, func: FunctionQueue): void {
    const { number, due, priority } = restored;
    func.live++;
    if (due > 0) {
      func.scheduled[priority]++;
      this.#addScheduled(number, func, priority, due);
    } else {
      this.#slots.add(number, func.id, SlotFlag.USED | SlotFlag.QUEUED | flagOf(priority));
      this.#queueOf(func, priority).append(number);
      this.#waiting.nowWaits(func, priority);
    }
    this.#addKeyOf(restored);
  }

  /** Notes the key of a job, by which others can join it; its payload has been read if that is the key. */
  #addKeyOf({ number, unique, payload }: LoadedJob): void {
    const { uniques, jobs } = this.#parts;
    const byPayload = isPayloadKey(unique, 0, unique.length);
    const key = byPayload ? payload! : unique;
    if (key.length === 0) return;
    const digest = byPayload ? jobs.payloads.digest(key, 0, key.length) : EMPTY;
    this.#keys.add(number, uniques.hashOf(key, 0, key.length), digest);
  }

  #addScheduled(number: number, func: FunctionQueue, priority: PriorityIndex, due: number): void {
    this.#slots.add(number, func.id, SlotFlag.USED | SlotFlag.SCHEDULED | flagOf(priority));
    this.#schedule(number, due);
  }

  #schedule(number: number, due: number): void {
    this.#due.push(due, number);
    if (this.#dueTimer.isSet && this.#dueTimer.due <= due) return;
    this.#parts.timers.clearDueTime(this.#dueTimer);
    this.#parts.timers.setDueTime(this.#dueTimer, due);
  }

  #queueOf({ id, queues }: FunctionQueue, priority: PriorityIndex): ParkedQueue {
    // This router alone parks jobs.
    return (queues[priority].parked ??= new ParkedQueue(this.#slots, {
      addObject: (job) => {
        const flags = SlotFlag.USED | SlotFlag.QUEUED | SlotFlag.OBJECT | flagOf(priority);
        this.#slots.add(job.number, id, flags);
        this.#objects++;
      },
      removeObject: (number) => {
        this.#slots.delete(number);
        this.#objects--;
      },
      objectOf: (number) => this.#parts.jobs.get(number)!,
      takeParked: (number) => this.#take(number),
    })) as ParkedQueue;
  }

  /** One becomes due: jobs that are in memory may come before the next one. */
  #ring(): void {
    const { number } = this.#due;
    this.#due.pop();
    if (this.#due.size > 0) this.#parts.timers.setNextDueTime(this.#dueTimer, this.#due.due);
    const flags = this.#slots.flags(number);
    if (!isParked(flags) || (flags & SlotFlag.SCHEDULED) === 0) return;
    const func = this.#functionOf(number);
    if (func.hasLanes) return void this.visit(number);
    const priority = priorityOf(flags);
    this.#slots.setFlags(number, flags & ~SlotFlag.SCHEDULED | SlotFlag.QUEUED);
    func.scheduled[priority]--;
    this.#queueOf(func, priority).append(number);
    this.#waiting.nowWaits(func, priority);
    this.#parts.hooks.jobDue.tell(number);
  }

  // --- back to memory --------------------------------------------------------------------------

  /** The job with this number, if it is live, back in memory where it was; null if it is not, or lost. */
  visit(number: number): Job | null {
    if (!this.has(number)) return this.#parts.jobs.get(number) ?? null;
    const row = this.#read(number, false);
    return row === null ? null : this.#visit(row);
  }

  /** The parked job of the function with this key. */
  find(func: FunctionQueue, wanted: SubmittedKey): Job | null {
    let number = this.#keys.find(wanted.uniqueHash);
    for (; number !== 0; number = this.#keys.nextOlder(number)) {
      const digest = this.#keys.digest(number);
      const { byPayload, bytes, start, end } = wanted;
      if (this.#slots.func(number) !== func.id || digest.length > 0 !== byPayload) continue;
      if (byPayload && !this.#parts.uniques.isDigest(digest, 0, wanted)) continue;
      const row = this.#read(number, false);
      if (row === null) continue;
      if (byPayload || equalsRange(row.unique, bytes, start, end)) return this.#visit(row);
    }
    return null;
  }

  /**
   * The newest live job with this unique, parked or not, whatever its function; jobs whose payload is
   * the key are not found by it.
   */
  newestWith(bytes: Uint8Array, start: number, end: number): Job | null {
    if (start === end) return null;
    const job = this.#parts.uniques.newestWith(bytes, start, end);
    const number = this.size === 0 ? 0 : this.#newestParked(bytes, start, end);
    return number > (job?.number ?? 0) ? this.visit(number) : job;
  }

  #newestParked(bytes: Uint8Array, start: number, end: number): number {
    const numbers: number[] = [];
    let number = this.#keys.find(this.#parts.uniques.hashOf(bytes, start, end));
    for (; number !== 0; number = this.#keys.nextOlder(number)) numbers.push(number);
    // Two uniques of one hash are rare: the first is nearly always the right one.
    return numbers.sort((a, b) => b - a).find((number) => {
      const row = this.#keys.digest(number).length > 0 ? null : this.#read(number, false);
      return row !== null && equalsRange(row.unique, bytes, start, end);
    }) ?? 0;
  }

  #visit(row: LoadedJob): Job {
    const { number } = row;
    const flags = this.#slots.flags(number);
    const job = this.#unpark(row);
    if ((flags & SlotFlag.QUEUED) !== 0) {
      this.#slots.setFlags(number, flags & ~SlotFlag.KEYED | SlotFlag.OBJECT);
      this.#objects++;
      this.#queueOf(job.func, job.priorityIndex).hold(job);
      job.state = JobState.QUEUED;
    } else {
      this.#slots.delete(number);
      job.state = JobState.KEPT;
      if ((flags & SlotFlag.SCHEDULED) !== 0) {
        job.func.scheduled[job.priorityIndex]--;
        this.#waiting.setDue(job, row.due);
        this.#waiting.schedule(job);
      }
    }
    this.#parts.durability!.payloadMayLeave(job);
    this.#visited.push(number);
    if (this.#visited.length > MOST_VISITED) this.#parkVisited();
    return job;
  }

  /** The first half of those that were looked at: whoever did has had time for it. */
  #parkVisited(): void {
    for (const number of this.#visited.splice(0, MOST_VISITED / 2)) {
      const job = this.#parts.jobs.get(number);
      if (job !== undefined) this.park(job);
    }
  }

  /** It is the turn of the first one in a queue, which it leaves; null if it cannot be read. */
  #take(number: number): Job | null {
    const row = this.#next(number);
    if (row === null) return null;
    const job = this.#unpark(row);
    job.func.queues[job.priorityIndex].removeParked(number);
    this.#slots.delete(number);
    return job;
  }

  /** The row of one whose turn it is. Those behind it are likely to be next: they are read with it. */
  #next(number: number): LoadedJob | null {
    if (!this.#ahead.has(number)) {
      const rows = this.#parts.durability!.readAhead(number);
      this.#ahead = new Map(rows.map((row) => [row.number, row]));
    }
    const row = this.#ahead.get(number);
    this.#ahead.delete(number);
    return row ?? this.#read(number, true);
  }

  #unpark(row: LoadedJob): Job {
    const { jobs, uniques } = this.#parts;
    const { number } = row;
    const flags = this.#slots.flags(number);
    const content = jobs.payloads.keepRestored(row, this.#keys.digest(number));
    const job = new Job(number, this.#functionOf(number), priorityOf(flags), true, content);
    job.storage = row.payload === null ? JobStorage.OUTSIDE : JobStorage.STORED;
    if ((flags & SlotFlag.KEYED) !== 0) {
      this.#keys.remove(number);
      uniques.add(job.key = new JobKey(job, this.#slots.hash(number)));
    }
    jobs.add(job);
    this.#parts.durability!.returned(job);
    return job;
  }

  /** Reads a parked job; one that is damaged ends, and one that cannot be read waits for a second. */
  #read(number: number, withPayload: boolean): LoadedJob | null {
    const row = this.#parts.durability!.read(number, withPayload);
    if (typeof row !== "string") return row;
    const flags = this.#slots.flags(number);
    const func = this.#functionOf(number);
    const priority = priorityOf(flags);
    if (row === "unreadable") {
      // Where it is, unless it is its turn: others go first then.
      if (!withPayload || (flags & SlotFlag.QUEUED) === 0) return null;
      this.#unqueue(number, flags);
      this.#slots.setFlags(number, flags & ~SlotFlag.QUEUED | SlotFlag.SCHEDULED);
      func.scheduled[priority]++;
      this.#schedule(number, this.#parts.clock.epoch() + READ_RETRY);
      return null;
    }
    if ((flags & SlotFlag.QUEUED) !== 0) this.#unqueue(number, flags);
    if ((flags & SlotFlag.SCHEDULED) !== 0) func.scheduled[priority]--;
    if ((flags & SlotFlag.KEYED) !== 0) this.#keys.remove(number);
    this.#slots.delete(number);
    if (--func.live === 0 && func.workers === 0) this.#parts.idle.begins(func);
    func.counts.ended.add("damaged");
    return null;
  }

  #unqueue(number: number, flags: number): void {
    const func = this.#functionOf(number);
    func.queues[priorityOf(flags)].removeParked(number);
    this.#waiting.ready.removed(func, priorityOf(flags));
  }

  #functionOf(number: number): FunctionQueue {
    return this.#parts.functions.byId(this.#slots.func(number))!;
  }

  // --- all of them -----------------------------------------------------------------------------

  /** They stay for the next start and go to no worker any more, as the server stops. */
  keepAll(): void {
    for (const number of this.#slots.numbers()) {
      const flags = this.#slots.flags(number);
      if (!isParked(flags) || (flags & SlotFlag.QUEUED) === 0) continue;
      this.#unqueue(number, flags);
      this.#slots.setFlags(number, flags & ~SlotFlag.QUEUED);
    }
  }

  /** What is known of them without a look at the store. */
  *all(): Generator<ParkedFacts> {
    for (const number of this.#slots.numbers()) {
      const flags = this.#slots.flags(number);
      if (isParked(flags)) yield { number, func: this.#functionOf(number), state: stateOf(flags) };
    }
  }

  /** Copies of the parked jobs as the store has them, to look at: they do not change with the jobs. */
  *views(last: number, after: number): Generator<Job, undefined> {
    let page = new Map<number, LoadedJob>();
    for (const number of this.#slots.numbers()) {
      if (number > last) return;
      if (number <= after || !this.has(number)) continue;
      if (!page.has(number)) {
        const rows = this.#parts.durability!.page(number - 1, PAGE);
        // The store cannot be read now: one attempt for each job would stop all else for long.
        if (rows.length === 0) return;
        page = new Map(rows.map((row) => [row.number, row]));
      }
      const row = page.get(number);
      if (row !== undefined) yield this.#view(row);
    }
  }

  #view(row: LoadedJob): Job {
    const flags = this.#slots.flags(row.number);
    const content = this.#parts.jobs.payloads.keepRestored(row);
    const job = new Job(row.number, this.#functionOf(row.number), priorityOf(flags), true, content);
    job.storage = JobStorage.OUTSIDE;
    job.heapIndex = JobPlace.AWAY;
    job.state = stateOf(flags);
    if (job.state === JobState.SCHEDULED) {
      job.timer = new Timer(() => {});
      job.timer.due = row.due;
    }
    return job;
  }
}
