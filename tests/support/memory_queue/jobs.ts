import type {
  Added,
  Claim,
  ClaimedJob,
  GivenBack,
  NewSharedJob,
  SharedJobChange,
  SharedPriority,
  Wish,
} from "../../../store/shared_queue.ts";

/** Whoever owns jobs: one life of a server. */
export type Owner = object;

/** A live job. */
export interface QueuedJob extends Omit<ClaimedJob, "age" | "wait" | "timeLeft"> {
  priority: SharedPriority;
  losses: number;
  failures: number;
  error: Uint8Array;
  runs: Uint8Array;
  /** When it has waited for as long as it may, in milliseconds since the Unix epoch; Infinity: never. */
  readonly expires: number;
  /** When it is to run, in milliseconds since the Unix epoch; 0 if it is ready. */
  due: number;
  /** Those of one function and priority are claimed in the order of their places. */
  place: number;
  owner: Owner | null;
  /** When it was added, in milliseconds since the Unix epoch. */
  readonly added: number;
  /** When it could run first, likewise. */
  ready: number;
  isRunning: boolean;
  numerator: number;
  denominator: number;
  /** Does somebody want it to be gone? */
  isCancelled: boolean;
}

/** What is to be known about the jobs outside of their table. */
export interface JobWatcher {
  /** A job may be claimed now. */
  ready(job: QueuedJob): void;
  /** A job is gone. */
  gone(number: number): void;
}

/** The live jobs of a queue. Nothing here waits: each call is a transaction. */
export class QueuedJobs {
  readonly #jobs = new Map<number, QueuedJob>();
  /** Which live job others join, by function and key. */
  readonly #byKey = new Map<string, QueuedJob>();
  /** Those that do not live; others do not join them. */
  readonly #dead = new Map<number, QueuedJob>();
  readonly #watcher: JobWatcher;
  #nextPlace = 1;

  constructor(watcher: JobWatcher) {
    this.#watcher = watcher;
  }

  /** The live job with this number. */
  get(number: number): QueuedJob | undefined {
    return this.#jobs.get(number);
  }

  /** All of them, in the order of their numbers. */
  all(): QueuedJob[] {
    return [...this.#jobs.values()].sort((a, b) => a.number - b.number);
  }

  /** See `SharedQueue.add`. */
  add(owner: Owner, jobs: readonly NewSharedJob[], now: number): Added[] {
    return jobs.map((job) => {
      const key = keyOf(job.functionName, job.unique, job.payload);
      const other = key === null ? undefined : this.#byKey.get(key);
      if (other !== undefined) return { joined: other.number };
      this.#insert(job, key, job.isOurs ? owner : null, now);
      return job.isOurs ? "ours" : "stored";
    });
  }

  #insert(job: NewSharedJob, key: string | null, owner: Owner | null, now: number): void {
    const { isOurs: _, ttl, ...parts } = job;
    const queued: QueuedJob = {
      ...parts,
      due: job.due > now ? job.due : 0,
      losses: 0,
      failures: 0,
      error: new Uint8Array(0),
      runs: new Uint8Array(0),
      expires: ttl > 0 ? Math.max(job.due, now) + ttl : Infinity,
      place: this.#nextPlace++,
      owner,
      added: now,
      ready: now,
      ...NOT_RUNNING,
      isCancelled: false,
    };
    this.#jobs.set(job.number, queued);
    if (key !== null) this.#byKey.set(key, queued);
    this.#tellIfReady(queued);
  }

  /** See `SharedQueue.claim`. */
  claim(
    owner: Owner,
    wishes: readonly Wish[],
    most: number,
    payloadBytes: number,
    now: number,
  ): Claim {
    const jobs: QueuedJob[] = [];
    const more: number[] = [];
    const taken = new Map<string, number>();
    let bytes = 0;
    for (const [index, wish] of wishes.entries()) {
      const name = textOf(wish.functionName);
      let wanted = Math.max(0, wish.most - (taken.get(name) ?? 0));
      const isFull = () => wanted === 0 || jobs.length >= most || bytes > payloadBytes;
      const ready = this.#readyFor(wish);
      // One that is not looked at may have some.
      if (isFull() && ready.length === 0) more.push(index);
      for (const job of ready) {
        if (isFull()) {
          more.push(index);
          break;
        }
        job.owner = owner;
        jobs.push(job);
        bytes += job.payload.length;
        wanted--;
        taken.set(name, (taken.get(name) ?? 0) + 1);
      }
    }
    return { jobs: jobs.map((job) => claimed(job, now)), more };
  }

  #readyFor({ functionName, priority }: Wish): QueuedJob[] {
    const name = textOf(functionName);
    return [...this.#jobs.values()]
      .filter((job) => isReady(job) && job.priority === priority)
      .filter((job) => textOf(job.functionName) === name)
      .sort((a, b) => a.place - b.place);
  }

  /** See `SharedQueue.claimByUnique`. */
  claimByUnique(
    owner: Owner,
    functionName: Uint8Array,
    unique: Uint8Array,
    payload: Uint8Array,
    now: number,
  ): ClaimedJob | null {
    const key = keyOf(functionName, unique, payload);
    const job = key === null ? undefined : this.#byKey.get(key);
    if (job === undefined || !isReady(job)) return null;
    job.owner = owner;
    return claimed(job, now);
  }

  /** See `SharedQueue.claimExpired`. */
  claimExpired(owner: Owner, most: number, now: number): ClaimedJob[] {
    const late = [...this.#jobs.values()].filter((job) => job.owner === null && job.expires <= now)
      .sort((a, b) => a.expires - b.expires).slice(0, most);
    for (const job of late) Object.assign(job, { owner, due: 0 });
    return late.map((job) => claimed(job, now));
  }

  /** See `SharedQueue.claimNumber`. */
  claimNumber(owner: Owner, number: number, now: number): ClaimedJob | null {
    const job = this.#jobs.get(number);
    if (job === undefined || job.owner !== null) return null;
    Object.assign(job, { owner, due: 0 });
    return claimed(job, now);
  }

  /** See `SharedQueue.bury`. */
  bury(owner: Owner, changes: readonly SharedJobChange[]): number[] {
    const buried = changes.filter(({ number }) => this.#ofOwner(owner, number) !== null);
    for (const change of buried) {
      const job = this.#jobs.get(change.number)!;
      apply(job, { ...change, priority: job.priority });
      this.remove(job);
      this.#dead.set(job.number, Object.assign(job, NOT_RUNNING, { owner: null }));
    }
    return buried.map(({ number }) => number);
  }

  /** The dead job with this number. */
  dead(number: number): QueuedJob | undefined {
    return this.#dead.get(number);
  }

  /** See `SharedQueue.kick`. */
  kick(numbers: readonly number[], ttl: number, now: number): number[] {
    return numbers.filter((number) => {
      const job = this.#dead.get(number);
      if (job === undefined) return false;
      const key = keyOf(job.functionName, job.unique, job.payload);
      if (key !== null && this.#byKey.has(key)) return false;
      this.#dead.delete(number);
      const place = this.#nextPlace++;
      const expires = ttl > 0 ? now + ttl : Infinity;
      const isNew = { losses: 0, failures: 0, isCancelled: false };
      Object.assign(job, { place, ready: now, expires, ...isNew });
      this.#jobs.set(number, job);
      if (key !== null) this.#byKey.set(key, job);
      this.#tellIfReady(job);
      return true;
    });
  }

  /** See `SharedQueue.dropDead`. */
  dropDead(numbers: readonly number[]): number[] {
    return numbers.filter((number) => this.#dead.delete(number));
  }

  /** See `SharedQueue.end`. */
  end(owner: Owner, numbers: readonly number[]): number[] {
    const others: number[] = [];
    for (const number of numbers) {
      const job = this.#ofOwner(owner, number);
      if (job === null) others.push(number);
      else this.remove(job);
    }
    return others;
  }

  /** See `SharedQueue.giveBack`. */
  giveBack(owner: Owner, jobs: readonly GivenBack[], now: number): void {
    for (const change of jobs) {
      const job = this.#ofOwner(owner, change.number);
      if (job === null) continue;
      apply(job, change);
      job.due = change.due > now ? change.due : 0;
      if (change.isLast) job.place = this.#nextPlace++;
      this.#release(job);
    }
  }

  /** See `SharedQueue.change`. */
  change(owner: Owner, changes: readonly SharedJobChange[]): void {
    for (const change of changes) {
      const job = this.#ofOwner(owner, change.number);
      if (job !== null) apply(job, change);
    }
  }

  /** See `SharedQueue.progress`. */
  progress(
    owner: Owner,
    number: number,
    isRunning: boolean,
    numerator: number,
    denominator: number,
  ): void {
    const job = this.#ofOwner(owner, number);
    if (job !== null) Object.assign(job, { isRunning, numerator, denominator });
  }

  /** These belong to an owner no more, and are as they were. */
  release(owner: Owner, numbers: readonly number[]): void {
    for (const number of numbers) {
      const job = this.#ofOwner(owner, number);
      if (job !== null) this.#release(job);
    }
  }

  /** All that belongs to an owner belongs to nobody any more, and has so many losses more. */
  releaseAll(owner: Owner, losses: number): void {
    for (const job of this.#jobs.values()) {
      if (job.owner !== owner) continue;
      job.losses += losses;
      this.#release(job);
    }
  }

  /** How many jobs an owner has. */
  ownedBy(owner: Owner): number {
    return [...this.#jobs.values()].filter((job) => job.owner === owner).length;
  }

  /** See `SharedQueue.reprioritize`. */
  reprioritize(number: number, priority: SharedPriority): boolean {
    const job = this.#jobs.get(number);
    if (job === undefined || job.owner !== null) return false;
    job.priority = priority;
    job.place = this.#nextPlace++;
    this.#tellIfReady(job);
    return true;
  }

  /** Makes those ready whose time has come. */
  promote(now: number): void {
    const due = [...this.#jobs.values()].filter((job) => job.due > 0 && job.due <= now)
      .sort((a, b) => a.due - b.due || a.number - b.number);
    for (const job of due) {
      job.ready = job.due;
      job.due = 0;
      job.place = this.#nextPlace++;
      this.#tellIfReady(job);
    }
  }

  /** When the next one comes due, or 0. */
  nextDue(): number {
    let next = 0;
    for (const { due } of this.#jobs.values()) {
      if (due > 0 && (next === 0 || due < next)) next = due;
    }
    return next;
  }

  /** Takes a job out. */
  remove(job: QueuedJob): void {
    this.#jobs.delete(job.number);
    const key = keyOf(job.functionName, job.unique, job.payload);
    if (key !== null) this.#byKey.delete(key);
    this.#watcher.gone(job.number);
  }

  #release(job: QueuedJob): void {
    job.owner = null;
    Object.assign(job, NOT_RUNNING);
    if (job.isCancelled) this.remove(job);
    else this.#tellIfReady(job);
  }

  #tellIfReady(job: QueuedJob): void {
    if (isReady(job)) this.#watcher.ready(job);
  }

  #ofOwner(owner: Owner, number: number): QueuedJob | null {
    const job = this.#jobs.get(number);
    return job?.owner === owner ? job : null;
  }
}

const NOT_RUNNING = { isRunning: false, numerator: 0, denominator: 0 };

/** Does it wait for a worker, and belong to nobody? */
export function isReady({ owner, due }: QueuedJob): boolean {
  return owner === null && due === 0;
}

/** Bytes as a key of maps. */
export function textOf(bytes: Uint8Array): string {
  return LATIN_1.decode(bytes);
}

const LATIN_1 = new TextDecoder("latin1");

/** What others join a job by; null if by nothing. */
function keyOf(functionName: Uint8Array, unique: Uint8Array, payload: Uint8Array): string | null {
  const isPayloadKey = textOf(unique) === "-";
  const key = isPayloadKey ? payload : unique;
  return key.length === 0
    ? null
    : JSON.stringify([textOf(functionName), isPayloadKey, textOf(key)]);
}

function apply(job: QueuedJob, change: SharedJobChange): void {
  job.priority = change.priority;
  job.losses = change.losses;
  job.failures = change.failures;
  job.error = change.error;
  job.runs = change.runs;
}

/** A copy of what an owner gets. */
function claimed(job: QueuedJob, now: number): ClaimedJob {
  return {
    number: job.number,
    functionName: job.functionName.slice(),
    unique: job.unique.slice(),
    reducer: job.reducer.slice(),
    payload: job.payload.slice(),
    priority: job.priority,
    losses: job.losses,
    failures: job.failures,
    error: job.error.slice(),
    runs: job.runs.slice(),
    attempts: job.attempts,
    timeLeft: job.expires === Infinity ? null : job.expires - now,
    age: now - job.added,
    wait: now - job.ready,
  };
}
