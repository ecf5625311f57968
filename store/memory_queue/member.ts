import type {
  Added,
  Claim,
  ClaimedJob,
  Demand,
  GivenBack,
  NewSharedJob,
  NumberBlock,
  OpenedSharedQueue,
  QueueCounts,
  QueueListener,
  QueueMember,
  SharedJobChange,
  SharedJobFilter,
  SharedJobView,
  SharedPriority,
  SharedQueue,
  SharedServerView,
  Wish,
} from "../shared_queue.ts";
import { StoreError } from "../store.ts";
import type { Engine, Inbox, Life } from "./engine.ts";
import { Link } from "./link.ts";

/** How often a member beats, writes how far its jobs are, and looks for work, in milliseconds. */
const BEAT = 1000;

type Limits = readonly [high: number, normal: number, low: number];
type Progress = Parameters<SharedQueue["progress"]>;

/**
 * What one server has of a queue in memory: its `SharedQueue`, and what a test may do to it. All that
 * takes time goes by the clock of the queue.
 */
export class MemoryMember implements SharedQueue {
  readonly name: string = "memory";
  /** Set: what the queue tells by itself does not arrive. */
  losesNotices = false;
  readonly #engine: Engine;
  readonly #handleBase: string;
  readonly #link: Link;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #progress = new Map<number, Progress>();
  /** Jobs of claims whose answers did not arrive. */
  #unanswered: number[] = [];
  #listener: QueueListener | null = null;
  #life: Life | null = null;
  #isClosed = false;
  #stopBeating: () => void = () => {};

  constructor(engine: Engine, handleBase: string) {
    this.#engine = engine;
    this.#handleBase = handleBase;
    this.#link = new Link(engine.clock);
  }

  // What a test may do to it.

  /** How long a call travels to the queue, and its answer back, in milliseconds; 0 at first. */
  get delay(): number {
    return this.#link.delay;
  }
  set delay(milliseconds: number) {
    this.#link.delay = milliseconds;
  }

  /** Cuts it off from the queue: nothing comes through, until {@linkcode MemoryMember.heal}. */
  cutOff(): void {
    if (this.#link.isCut) return;
    this.#link.cut();
    this.#listener?.reachable(this.#error("the connection is broken"));
  }

  /** The next call is carried out, but it is cut off before the answer arrives. */
  loseAnswer(): void {
    this.#link.loseAnswer();
  }

  /** Brings it back from {@linkcode MemoryMember.cutOff}. */
  heal(): void {
    if (!this.#link.isCut || this.#isClosed) return;
    this.#link.heal();
    this.#listener?.reachable(null);
    if (this.#life === null) return;
    this.#life.isConnected = true;
    this.#checkLife();
    this.#engine.act(this.#life, () => {
      this.#engine.jobs.release(this.#life!, this.#unanswered);
    });
    this.#unanswered = [];
    this.#listener?.functionsChanged();
    this.#lookAround();
  }

  /** Its server ends without a word: calls are never answered. Others declare it dead in time. */
  kill(): void {
    this.#link.cut();
    this.#isClosed = true;
    this.#listener = null;
    this.#stopBeating();
    if (this.#life !== null) this.#life.isConnected = false;
  }

  /** Declares it dead, as another server does that has not heard of it for long. */
  declareDead(): void {
    if (this.#life !== null) this.#engine.declareDead(this.#life);
  }

  // The contract.

  /** See {@linkcode SharedQueue}. */
  async open(member: QueueMember, listener: QueueListener): Promise<OpenedSharedQueue> {
    this.#listener = listener;
    await this.#arrive();
    this.#life = this.#engine.begin({ ...member }, this.#inbox, []);
    this.#beatLater();
    return { handleBase: this.#handleBase };
  }

  /** See {@linkcode SharedQueue}. */
  takeNumbers(): Promise<NumberBlock> {
    return this.#repeat(() => this.#engine.takeNumbers());
  }

  /** See {@linkcode SharedQueue}. */
  add(jobs: readonly NewSharedJob[], timeout: number): Promise<readonly Added[]> {
    const copies = jobs.map((job) => ({
      ...job,
      functionName: job.functionName.slice(),
      unique: job.unique.slice(),
      reducer: job.reducer.slice(),
      payload: job.payload.slice(),
    }));
    return this.#tracked(() => this.#addInTime(copies, timeout));
  }

  async #addInTime(jobs: readonly NewSharedJob[], timeout: number): Promise<Added[]> {
    const { promise, resolve } = Promise.withResolvers<null>();
    const stopTimer = this.#engine.clock.after(timeout, () => resolve(null));
    const adding = this.#adding(jobs, promise);
    const added = await Promise.race([adding, promise]).finally(stopTimer);
    // Nobody waits for it any more.
    adding.catch(() => {});
    if (added === null) throw this.#error(`it did not answer within ${timeout} ms`);
    return added;
  }

  /** @param timeIsUp resolves when the jobs are not wanted any more. */
  async #adding(jobs: readonly NewSharedJob[], timeIsUp: Promise<null>): Promise<Added[] | null> {
    let isLate = false;
    timeIsUp.then(() => isLate = true);
    while (!await this.#link.travel()) {
      await this.#link.whole();
      if (isLate) return null;
    }
    this.#checkLife();
    const life = this.#ownLife;
    for (const { functionName } of jobs) this.#engine.know(functionName);
    const now = this.#engine.clock.epoch();
    const added = this.#engine.act(life, () => this.#engine.jobs.add(life, jobs, now));
    while (!await this.#link.answer()) await this.#link.whole();
    this.#checkLife();
    if (isLate) {
      this.#takeOut(jobs.filter((_, index) => typeof added[index] === "string"));
      return null;
    }
    return added.map((result, index) =>
      result === "ours" && !this.#owns(jobs[index].number) ? "stored" : result
    );
  }

  #takeOut(jobs: readonly NewSharedJob[]): void {
    for (const { number } of jobs) {
      const job = this.#engine.jobs.get(number);
      if (job === undefined) continue;
      if (job.owner === null || job.owner === this.#life) this.#engine.jobs.remove(job);
    }
  }

  #owns(number: number): boolean {
    return this.#engine.jobs.get(number)?.owner === this.#life;
  }

  /** See {@linkcode SharedQueue}. */
  claim(wishes: readonly Wish[], most: number, payloadBytes: number): Promise<Claim> {
    return this.#claim(
      (life) => this.#engine.jobs.claim(life, wishes, most, payloadBytes),
      ({ jobs }) => jobs,
    );
  }

  /** See {@linkcode SharedQueue}. */
  claimByUnique(
    functionName: Uint8Array,
    unique: Uint8Array,
    payload: Uint8Array,
  ): Promise<ClaimedJob | null> {
    return this.#claim(
      (life) => this.#engine.jobs.claimByUnique(life, functionName, unique, payload),
      (job) => job === null ? [] : [job],
    );
  }

  #claim<T>(claim: (life: Life) => T, jobsOf: (claimed: T) => readonly ClaimedJob[]): Promise<T> {
    const life = this.#ownLife;
    return this.#tracked(() => this.#claiming(life, claim, jobsOf));
  }

  async #claiming<T>(
    life: Life,
    claim: (life: Life) => T,
    jobsOf: (claimed: T) => readonly ClaimedJob[],
  ): Promise<T> {
    if (!await this.#link.travel()) throw this.#unreachable();
    this.#checkLife();
    if (life.isDead) throw this.#fenced();
    const claimed = this.#engine.act(life, () => claim(life));
    if (!await this.#link.answer()) {
      this.#unanswered.push(...jobsOf(claimed).map(({ number }) => number));
      throw this.#unreachable();
    }
    this.#checkLife();
    if (life.isDead) throw this.#fenced();
    return claimed;
  }

  /** See {@linkcode SharedQueue}. */
  end(numbers: readonly number[]): Promise<readonly number[]> {
    const ended = [...numbers];
    for (const number of ended) this.#progress.delete(number);
    return this.#repeat((life) => this.#engine.jobs.end(life, ended));
  }

  /** See {@linkcode SharedQueue}. */
  giveBack(jobs: readonly GivenBack[]): Promise<void> {
    const given = jobs.map((job) => ({ ...job, error: job.error.slice() }));
    for (const { number } of given) this.#progress.delete(number);
    return this.#repeat((life) => {
      this.#engine.jobs.giveBack(life, given, this.#engine.clock.epoch());
    });
  }

  /** See {@linkcode SharedQueue}. */
  change(changes: readonly SharedJobChange[]): Promise<void> {
    const copies = changes.map((change) => ({ ...change, error: change.error.slice() }));
    return this.#repeat((life) => this.#engine.jobs.change(life, copies));
  }

  /** See {@linkcode SharedQueue}. */
  progress(...progress: Progress): void {
    this.#progress.set(progress[0], progress);
  }

  /** See {@linkcode SharedQueue}. */
  demand(demands: readonly Demand[]): Promise<void> {
    // They stay from one life to the next.
    const copies = demands.map((demand) => ({
      ...demand,
      functionName: demand.functionName.slice(),
    }));
    return this.#repeat(() => this.#engine.demand(this.#ownLife, copies));
  }

  /** See {@linkcode SharedQueue}. */
  setMaxQueue(functionName: Uint8Array, limits: Limits): Promise<void> {
    return this.#ask(() => this.#engine.setMaxQueue(functionName, limits));
  }

  /** See {@linkcode SharedQueue}. */
  dropFunction(functionName: Uint8Array): Promise<boolean> {
    return this.#ask(() => this.#engine.dropFunction(functionName));
  }

  /** See {@linkcode SharedQueue}. */
  counts(): Promise<readonly QueueCounts[]> {
    return this.#ask(() => this.#engine.counts());
  }

  /** See {@linkcode SharedQueue}. */
  find(number: number): Promise<SharedJobView | null> {
    return this.#ask(() => this.#engine.find(number));
  }

  /** See {@linkcode SharedQueue}. */
  findByUnique(unique: Uint8Array): Promise<SharedJobView | null> {
    return this.#ask(() => this.#engine.findByUnique(unique));
  }

  /** See {@linkcode SharedQueue}. */
  payload(number: number): Promise<Uint8Array | null> {
    return this.#ask(() => this.#engine.jobs.get(number)?.payload.slice() ?? null);
  }

  /** See {@linkcode SharedQueue}. */
  list(filter: SharedJobFilter, after: number, count: number): Promise<readonly SharedJobView[]> {
    return this.#ask(() => this.#engine.list(filter, after, count));
  }

  /** See {@linkcode SharedQueue}. */
  cancel(numbers: readonly number[]): Promise<readonly number[]> {
    const cancelled = [...numbers];
    return this.#ask(() => this.#engine.cancel(cancelled));
  }

  /** See {@linkcode SharedQueue}. */
  reprioritize(number: number, priority: SharedPriority): Promise<boolean> {
    return this.#ask(() => this.#engine.jobs.reprioritize(number, priority));
  }

  /** See {@linkcode SharedQueue}. */
  servers(): Promise<readonly SharedServerView[]> {
    return this.#ask(() => this.#engine.servers(this.#ownLife));
  }

  /** See {@linkcode SharedQueue}. */
  async close(timeout: number): Promise<void> {
    if (this.#isClosed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopTimer = this.#engine.clock.after(timeout, resolve);
    await Promise.race([Promise.allSettled(this.#pending).then(() => this.#link.whole()), promise]);
    stopTimer();
    this.#isClosed = true;
    this.#stopBeating();
    const isCut = this.#link.isCut;
    this.#link.fail(this.#error("it is closed"));
    if (this.#life === null) return;
    if (isCut) this.#life.isConnected = false;
    else this.#engine.leave(this.#life);
  }

  // How calls travel.

  /** A call that is repeated until it is answered, in the name of the life that made it. */
  #repeat<T>(carryOut: (life: Life) => T): Promise<T> {
    const life = this.#ownLife;
    return this.#tracked(async () => {
      await this.#arrive();
      const result = this.#engine.act(life, () => carryOut(life));
      while (!await this.#link.answer()) await this.#link.whole();
      this.#checkLife();
      return result;
    });
  }

  async #arrive(): Promise<void> {
    while (!await this.#link.travel()) await this.#link.whole();
    this.#checkLife();
  }

  /** A call that fails when it does not come through. */
  #ask<T>(carryOut: () => T | Promise<T>): Promise<T> {
    const life = this.#ownLife;
    return this.#tracked(async () => {
      if (!await this.#link.travel()) throw this.#unreachable();
      this.#checkLife();
      const result = await this.#engine.act(life, carryOut);
      if (!await this.#link.answer()) throw this.#unreachable();
      return result;
    });
  }

  async #tracked<T>(make: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw this.#error("it is closed");
    const call = make();
    this.#pending.add(call);
    try {
      return await call;
    } finally {
      this.#pending.delete(call);
    }
  }

  get #ownLife(): Life {
    if (this.#life === null) throw this.#error("it is not open");
    return this.#life;
  }

  /** Finds out whether it was declared dead. */
  #checkLife(): void {
    const life = this.#life;
    if (life === null || !life.isDead || this.#isClosed) return;
    this.#progress.clear();
    this.#unanswered = [];
    this.#life = this.#engine.begin(life.member, this.#inbox, [...life.demands.values()]);
    this.#listener!.lost();
  }

  // What happens by itself.

  #beatLater(): void {
    this.#stopBeating = this.#engine.clock.after(BEAT, () => {
      this.#beatLater();
      if (!this.#link.isCut) this.#lookAround();
    });
  }

  #lookAround(): void {
    this.#checkLife();
    const life = this.#ownLife;
    this.#engine.beat(life);
    for (const progress of this.#progress.values()) this.#engine.jobs.progress(life, ...progress);
    this.#progress.clear();
    const ready = this.#engine.readyFor(life);
    if (ready.length > 0) this.#listener!.work(ready);
  }

  readonly #inbox: Inbox = {
    work: (functionNames) => this.#tell((listener) => listener.work(functionNames)),
    cancel: (number) => this.#tell((listener) => listener.cancel(number)),
    functionsChanged: () => this.#tell((listener) => listener.functionsChanged()),
  };

  async #tell(notice: (listener: QueueListener) => void): Promise<void> {
    if (this.losesNotices || this.#link.isCut) return;
    if (await this.#link.travel() && this.#listener !== null) notice(this.#listener);
  }

  #unreachable(): StoreError {
    return this.#error("it cannot be reached");
  }

  #fenced(): StoreError {
    return this.#error("this server was declared dead");
  }

  #error(cause: string): StoreError {
    return new StoreError(`${this.name}: ${cause}`);
  }
}
