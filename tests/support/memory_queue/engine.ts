import type {
  Demand,
  NumberBlock,
  QueueCounts,
  QueueMember,
  SharedJobFilter,
  SharedJobView,
  SharedServerView,
} from "../../../store/shared_queue.ts";
import type { QueueClock } from "../../../store/queue_clock.ts";
import type { RecordChange } from "../../../store/store.ts";
import { QueuedRecords } from "./records.ts";
import { isReady, type QueuedJob, QueuedJobs, textOf } from "./jobs.ts";

export type { QueueClock };

/** What reaches a member by itself. */
export interface Inbox {
  work(functionNames: readonly Uint8Array[]): void;
  cancel(number: number): void;
  bury(number: number): void;
  functionsChanged(): void;
  recordsChanged(): void;
}

/** A member from its start, or from the death of its last life, to its end. It owns jobs. */
export interface Life {
  readonly member: QueueMember;
  readonly inbox: Inbox;
  readonly demands: Map<string, Demand>;
  /** It acts by all records up to this change. */
  heard: number;
  /** When it was heard of last, by `now()`. */
  seen: number;
  /** Is its connection there, as far as others can see? */
  isConnected: boolean;
  isDead: boolean;
}

/** How long a member may be silent, in milliseconds: with its connection, and without. */
const PATIENCE = { connected: 8000, broken: 3000 };
const BLOCK = 1000;
/** How long the owner of a job has to end it, in milliseconds. */
const CANCEL_TIME = 2000;
/** How long members have to take records in, and how often it is looked, in milliseconds. */
const RECORDS = { time: 10_000, interval: 100 };
const LONGEST_TIMER = 60_000;

interface QueuedFunction {
  readonly name: Uint8Array;
  maxQueue: readonly [number, number, number];
}

/** What all members of a queue in memory share. Each call is a transaction. */
export class Engine {
  readonly clock: QueueClock;
  readonly jobs: QueuedJobs;
  readonly records: QueuedRecords;
  readonly #functions = new Map<string, QueuedFunction>();
  readonly #lives = new Set<Life>();
  readonly #cancels = new Map<number, Set<() => void>>();
  /** Called when a member has taken records in. */
  readonly #hears = new Set<() => void>();
  #nextNumber = 1;
  #stopDueTimer: () => void = () => {};
  /** Who makes jobs ready at the moment: it is not told of them. */
  #acting: Life | null = null;

  constructor(clock: QueueClock) {
    this.clock = clock;
    this.jobs = new QueuedJobs({
      ready: (job) => this.#tell(job),
      gone: (number) => this.#cancels.get(number)?.forEach((settle) => settle()),
    });
    this.records = new QueuedRecords((number) => this.jobs.dead(number));
  }

  /** A new life of a member. */
  begin(member: QueueMember, inbox: Inbox, demands: readonly Demand[]): Life {
    const life: Life = {
      member,
      inbox,
      demands: new Map(),
      heard: 0,
      seen: this.clock.now(),
      isConnected: true,
      isDead: false,
    };
    this.#lives.add(life);
    this.demand(life, demands);
    return life;
  }

  /** The end of a member that says goodbye: what it has goes back as it was. */
  leave(life: Life): void {
    this.#lives.delete(life);
    life.isDead = true;
    this.act(null, () => this.jobs.releaseAll(life, 0));
  }

  /** The end of a member by the word of others: what it has is lost once more. */
  declareDead(life: Life): void {
    if (life.isDead) return;
    this.#lives.delete(life);
    life.isDead = true;
    this.act(null, () => this.jobs.releaseAll(life, 1));
  }

  /** A member is alive, and looks whether others are. */
  beat(life: Life): void {
    life.seen = this.clock.now();
    for (const other of this.#lives) {
      const patience = other.isConnected ? PATIENCE.connected : PATIENCE.broken;
      if (this.clock.now() - other.seen >= patience) this.declareDead(other);
    }
  }

  /** Changes jobs: others are told which of them are ready. */
  act<T>(life: Life | null, change: () => T): T {
    this.#acting = life;
    try {
      this.jobs.promote(this.clock.epoch());
      return change();
    } finally {
      this.#acting = null;
      this.#setDueTimer();
    }
  }

  #setDueTimer(): void {
    this.#stopDueTimer();
    const due = this.jobs.nextDue();
    if (due === 0) return;
    const delay = Math.min(Math.max(due - this.clock.epoch(), 0), LONGEST_TIMER);
    this.#stopDueTimer = this.clock.after(delay, () => this.act(null, () => {}));
  }

  #tell({ functionName, priority }: QueuedJob): void {
    for (const { demands, inbox } of [...this.#lives].filter((life) => life !== this.#acting)) {
      const demand = demands.get(textOf(functionName));
      if (demand !== undefined && demand.hungry >= priority) inbox.work([functionName.slice()]);
    }
  }

  /** Functions that a member waits for, and that have ready jobs. */
  readyFor({ demands }: Life): Uint8Array[] {
    const ready = this.jobs.all().filter(isReady);
    return [...demands].filter(([name, { hungry }]) =>
      ready.some((job) => job.priority <= hungry && textOf(job.functionName) === name)
    ).map(([, { functionName }]) => functionName);
  }

  takeNumbers(): NumberBlock {
    const first = this.#nextNumber;
    this.#nextNumber += BLOCK;
    return { first, count: BLOCK };
  }

  /** Takes a function into the list of those that are known. */
  know(name: Uint8Array): QueuedFunction {
    const known = this.#functions.get(textOf(name));
    if (known !== undefined) return known;
    const made: QueuedFunction = { name: name.slice(), maxQueue: [0, 0, 0] };
    this.#functions.set(textOf(name), made);
    return made;
  }

  demand(life: Life, demands: readonly Demand[]): void {
    for (const demand of demands) {
      const functionName = demand.functionName.slice();
      const isNone = demand.workers === 0 && demand.running === 0 && demand.hungry === -1;
      if (isNone) life.demands.delete(textOf(functionName));
      else life.demands.set(textOf(functionName), { ...demand, functionName });
      if (demand.workers > 0) this.know(functionName);
    }
  }

  setMaxQueue(functionName: Uint8Array, limits: readonly [number, number, number]): void {
    this.know(functionName).maxQueue = [...limits];
    this.#tellOfFunctions();
  }

  dropFunction(functionName: Uint8Array): boolean {
    const name = textOf(functionName);
    const hasJobs = this.jobs.all().some((job) => textOf(job.functionName) === name);
    const hasWorkers = [...this.#lives].some(({ demands }) =>
      (demands.get(name)?.workers ?? 0) > 0
    );
    if (hasJobs || hasWorkers) return false;
    this.#functions.delete(name);
    this.#tellOfFunctions();
    return true;
  }

  #tellOfFunctions(): void {
    for (const { inbox } of this.#lives) inbox.functionsChanged();
  }

  /** See `SharedQueue.writeRecords`. */
  async writeRecords(life: Life, records: readonly RecordChange[]): Promise<void> {
    const change = this.records.write(records);
    this.#tellOfRecords();
    const until = this.clock.now() + RECORDS.time;
    const isBehind = () => [...this.#lives].some((other) => other !== life && other.heard < change);
    while (isBehind() && this.clock.now() < until) {
      const looked = Promise.withResolvers<void>();
      this.#hears.add(looked.resolve);
      const stopTimer = this.clock.after(RECORDS.interval, looked.resolve);
      await looked.promise;
      stopTimer();
      this.#hears.delete(looked.resolve);
    }
  }

  #tellOfRecords(): void {
    for (const { inbox } of this.#lives) inbox.recordsChanged();
  }

  /** These jobs have died, or are not dead any more; all are told. */
  markDead(numbers: readonly number[]): void {
    if (numbers.length === 0) return;
    this.records.mark(numbers);
    this.#tellOfRecords();
  }

  /** See `SharedQueue.askToBury`. */
  askToBury(number: number): void {
    const owner = this.jobs.get(number)?.owner as Life | null | undefined;
    owner?.inbox.bury(number);
  }

  /** See `SharedQueue.tookRecords`. */
  tookRecords(life: Life, until: number): void {
    life.heard = Math.max(life.heard, until);
    for (const look of this.#hears) look();
  }

  counts(): QueueCounts[] {
    const jobs = this.jobs.all();
    return [...this.#functions.values()].map(({ name, maxQueue }) => {
      const ofFunction = jobs.filter((job) => textOf(job.functionName) === textOf(name));
      const demands = [...this.#lives].map((life) => life.demands.get(textOf(name)))
        .filter((demand) => demand !== undefined);
      return {
        functionName: name.slice(),
        waiting: byPriority(ofFunction, "waiting"),
        scheduled: byPriority(ofFunction, "scheduled"),
        claimed: byPriority(ofFunction, "claimed"),
        workers: demands.reduce((sum, { workers }) => sum + workers, 0),
        running: demands.reduce((sum, { running }) => sum + running, 0),
        maxQueue: [...maxQueue],
      };
    });
  }

  find(number: number): SharedJobView | null {
    const job = this.jobs.get(number);
    return job === undefined ? null : this.#view(job);
  }

  findByUnique(unique: Uint8Array): SharedJobView | null {
    const wanted = textOf(unique);
    if (wanted === "" || wanted === "-") return null;
    const job = this.jobs.all().findLast((job) => textOf(job.unique) === wanted);
    return job === undefined ? null : this.#view(job);
  }

  list(filter: SharedJobFilter, after: number, count: number): SharedJobView[] {
    const { functionName, unique, state } = filter;
    return this.jobs.all().filter((job) =>
      job.number > after &&
      (functionName === undefined || textOf(job.functionName) === textOf(functionName)) &&
      (unique === undefined || textOf(job.unique) === textOf(unique)) &&
      (state === undefined || stateOf(job) === state)
    ).slice(0, count).map((job) => this.#view(job));
  }

  #view(job: QueuedJob): SharedJobView {
    const { payload, owner, added, number, priority, losses, failures, due } = job;
    const { isRunning, numerator, denominator } = job;
    return {
      number,
      priority,
      losses,
      failures,
      due,
      isRunning,
      numerator,
      denominator,
      functionName: job.functionName.slice(),
      unique: job.unique.slice(),
      reducer: job.reducer.slice(),
      payloadLength: payload.length,
      state: stateOf(job),
      age: this.clock.epoch() - added,
      server: (owner as Life | null)?.member.name ?? null,
    };
  }

  /** See `SharedQueue.cancel`. */
  async cancel(numbers: readonly number[]): Promise<number[]> {
    const areGone = await Promise.all(numbers.map((number) => this.#cancelOne(number)));
    return numbers.filter((_, index) => areGone[index]);
  }

  #cancelOne(number: number): boolean | Promise<boolean> {
    const job = this.jobs.get(number);
    if (job === undefined) return false;
    if (job.owner === null) {
      this.jobs.remove(job);
      return true;
    }
    job.isCancelled = true;
    (job.owner as Life).inbox.cancel(number);
    return this.#isGoneInTime(job);
  }

  async #isGoneInTime(job: QueuedJob): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const settle = () => resolve(true);
    const waiting = this.#cancels.get(job.number) ?? new Set();
    this.#cancels.set(job.number, waiting.add(settle));
    const stopTimer = this.clock.after(CANCEL_TIME, () => resolve(false));
    const isGone = await promise;
    stopTimer();
    waiting.delete(settle);
    if (waiting.size === 0) {
      this.#cancels.delete(job.number);
      job.isCancelled = false;
    }
    return isGone;
  }

  servers(asking: Life): SharedServerView[] {
    return [...this.#lives].map((life) => ({
      name: life.member.name,
      address: life.member.address,
      version: life.member.version,
      workers: life.member.workers,
      isThis: life === asking,
      claimed: this.jobs.ownedBy(life),
      silence: this.clock.now() - life.seen,
    }));
  }
}

function stateOf({ owner, due }: QueuedJob): SharedJobView["state"] {
  if (owner !== null) return "claimed";
  return due > 0 ? "scheduled" : "waiting";
}

function byPriority(
  jobs: readonly QueuedJob[],
  state: SharedJobView["state"],
): [number, number, number] {
  const counts: [number, number, number] = [0, 0, 0];
  for (const job of jobs) if (stateOf(job) === state) counts[job.priority]++;
  return counts;
}
