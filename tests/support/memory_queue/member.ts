import type { RecordChange } from "../../../store/store.ts";
import type {
  Added,
  ChangedRecords,
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
} from "../../../store/shared_queue.ts";
import { Adding } from "./adding.ts";
import { Calls } from "./calls.ts";
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
  readonly #calls: Calls;
  readonly #adding: Adding;
  readonly #progress = new Map<number, Progress>();
  #listener: QueueListener | null = null;
  #stopBeating: () => void = () => {};

  constructor(engine: Engine, handleBase: string) {
    this.#engine = engine;
    this.#handleBase = handleBase;
    this.#link = new Link(engine.clock);
    const beginAnew = ({ member, demands }: Life) =>
      engine.begin(member, this.#inbox, [...demands.values()]);
    this.#calls = new Calls(this.name, engine, this.#link, beginAnew, () => this.#lost());
    this.#adding = new Adding(engine, this.#link, this.#calls);
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
    this.#listener?.reachable(this.#calls.error("the connection is broken"));
  }

  /** The next call is carried out, but it is cut off before the answer arrives. */
  loseAnswer(): void {
    this.#link.loseAnswer();
  }

  /** Brings it back from {@linkcode MemoryMember.cutOff}. */
  heal(): void {
    if (!this.#link.isCut || this.#calls.isClosed) return;
    this.#link.heal();
    this.#listener?.reachable(null);
    if (this.#calls.life === null) return;
    this.#calls.checkLife();
    this.#calls.giveBackUnanswered();
    this.#listener?.functionsChanged();
    this.#listener?.recordsChanged();
    this.#lookAround();
  }

  /** Its server ends without a word: calls are never answered. Others declare it dead in time. */
  kill(): void {
    this.#link.cut();
    this.#calls.isClosed = true;
    this.#listener = null;
    this.#stopBeating();
    if (this.#calls.life !== null) this.#calls.life.isConnected = false;
  }

  /** Declares it dead, as another server does that has not heard of it for long. */
  declareDead(): void {
    if (this.#calls.life !== null) this.#engine.declareDead(this.#calls.life);
  }

  // The contract.

  /** See {@linkcode SharedQueue}. */
  async open(member: QueueMember, listener: QueueListener): Promise<OpenedSharedQueue> {
    this.#listener = listener;
    await this.#calls.arrive();
    this.#calls.life = this.#engine.begin(member, this.#inbox, []);
    this.#beatLater();
    return { handleBase: this.#handleBase };
  }

  /** See {@linkcode SharedQueue}. */
  takeNumbers(): Promise<NumberBlock> {
    return this.#calls.repeat(() => this.#engine.takeNumbers());
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
    return this.#calls.tracked(() => this.#adding.addInTime(copies, timeout));
  }

  /** See {@linkcode SharedQueue}. */
  claim(wishes: readonly Wish[], most: number, payloadBytes: number): Promise<Claim> {
    return this.#calls.claim(
      (life) => {
        const { jobs, clock } = this.#engine;
        return jobs.claim(life, wishes, most, payloadBytes, clock.epoch());
      },
      ({ jobs }) => jobs,
    );
  }

  /** See {@linkcode SharedQueue}. */
  claimByUnique(
    functionName: Uint8Array,
    unique: Uint8Array,
    payload: Uint8Array,
  ): Promise<ClaimedJob | null> {
    return this.#calls.claim(
      (life) => {
        const { jobs, clock } = this.#engine;
        return jobs.claimByUnique(life, functionName, unique, payload, clock.epoch());
      },
      (job) => job === null ? [] : [job],
    );
  }

  /** See {@linkcode SharedQueue}. */
  claimExpired(most: number): Promise<readonly ClaimedJob[]> {
    return this.#calls.claim((life) => {
      const { jobs, clock } = this.#engine;
      return jobs.claimExpired(life, most, clock.epoch());
    }, (jobs) => jobs);
  }

  /** See {@linkcode SharedQueue}. */
  claimNumber(number: number): Promise<ClaimedJob | null> {
    return this.#calls.claim((life) => {
      const { jobs, clock } = this.#engine;
      return jobs.claimNumber(life, number, clock.epoch());
    }, (job) => job === null ? [] : [job]);
  }

  /** See {@linkcode SharedQueue}. */
  bury(changes: readonly SharedJobChange[]): Promise<void> {
    const copies = changes.map(copyOfChange);
    for (const { number } of copies) this.#progress.delete(number);
    return this.#calls.repeat((life) => {
      this.#engine.markDead(this.#engine.jobs.bury(life, copies));
    });
  }

  /** See {@linkcode SharedQueue}. */
  askToBury(number: number): Promise<void> {
    return this.#calls.ask(() => this.#engine.askToBury(number));
  }

  /** See {@linkcode SharedQueue}. */
  kick(numbers: readonly number[], ttl: number): Promise<readonly number[]> {
    const wanted = [...numbers];
    return this.#calls.ask(() => {
      const { jobs, clock } = this.#engine;
      const kicked = jobs.kick(wanted, ttl, clock.epoch());
      this.#engine.markDead(kicked);
      return kicked;
    });
  }

  /** See {@linkcode SharedQueue}. */
  dropDead(numbers: readonly number[]): Promise<readonly number[]> {
    const wanted = [...numbers];
    return this.#calls.ask(() => {
      const gone = this.#engine.jobs.dropDead(wanted);
      this.#engine.markDead(gone);
      return gone;
    });
  }

  /** See {@linkcode SharedQueue}. */
  end(numbers: readonly number[]): Promise<readonly number[]> {
    const ended = [...numbers];
    for (const number of ended) this.#progress.delete(number);
    return this.#calls.repeat((life) => this.#engine.jobs.end(life, ended));
  }

  /** See {@linkcode SharedQueue}. */
  giveBack(jobs: readonly GivenBack[]): Promise<void> {
    const given = jobs.map(copyOfChange);
    for (const { number } of given) this.#progress.delete(number);
    return this.#calls.repeat((life) => {
      this.#engine.jobs.giveBack(life, given, this.#engine.clock.epoch());
    });
  }

  /** See {@linkcode SharedQueue}. */
  change(changes: readonly SharedJobChange[]): Promise<void> {
    const copies = changes.map(copyOfChange);
    return this.#calls.repeat((life) => this.#engine.jobs.change(life, copies));
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
    return this.#calls.repeat(() => this.#engine.demand(this.#calls.ownLife, copies));
  }

  /** See {@linkcode SharedQueue}. */
  setMaxQueue(functionName: Uint8Array, limits: Limits): Promise<void> {
    return this.#calls.ask(() => this.#engine.setMaxQueue(functionName, limits));
  }

  /** See {@linkcode SharedQueue}. */
  dropFunction(functionName: Uint8Array): Promise<boolean> {
    return this.#calls.ask(() => this.#engine.dropFunction(functionName));
  }

  /** See {@linkcode SharedQueue}. */
  async writeRecords(records: readonly RecordChange[]): Promise<void> {
    const copies = records.map(({ kind, key, value }) => {
      return { kind, key: key.slice(), value: value?.slice() ?? null };
    });
    await this.#calls.repeat((life) => this.#engine.writeRecords(life, copies));
  }

  /** See {@linkcode SharedQueue}. */
  records(since: number): Promise<ChangedRecords> {
    return this.#calls.ask(() => this.#engine.records.since(since));
  }

  /** See {@linkcode SharedQueue}. */
  tookRecords(until: number): void {
    if (!this.#link.isCut) this.#engine.tookRecords(this.#calls.ownLife, until);
  }

  /** See {@linkcode SharedQueue}. */
  counts(): Promise<readonly QueueCounts[]> {
    return this.#calls.ask(() => this.#engine.counts());
  }

  /** See {@linkcode SharedQueue}. */
  find(number: number): Promise<SharedJobView | null> {
    return this.#calls.ask(() => this.#engine.find(number));
  }

  /** See {@linkcode SharedQueue}. */
  findByUnique(unique: Uint8Array): Promise<SharedJobView | null> {
    return this.#calls.ask(() => this.#engine.findByUnique(unique));
  }

  /** See {@linkcode SharedQueue}. */
  payload(number: number): Promise<Uint8Array | null> {
    return this.#calls.ask(() => this.#engine.jobs.get(number)?.payload.slice() ?? null);
  }

  /** See {@linkcode SharedQueue}. */
  list(filter: SharedJobFilter, after: number, count: number): Promise<readonly SharedJobView[]> {
    return this.#calls.ask(() => this.#engine.list(filter, after, count));
  }

  /** See {@linkcode SharedQueue}. */
  cancel(numbers: readonly number[]): Promise<readonly number[]> {
    const cancelled = [...numbers];
    return this.#calls.ask(() => this.#engine.cancel(cancelled));
  }

  /** See {@linkcode SharedQueue}. */
  reprioritize(number: number, priority: SharedPriority): Promise<boolean> {
    return this.#calls.ask(() => this.#engine.jobs.reprioritize(number, priority));
  }

  /** See {@linkcode SharedQueue}. */
  servers(): Promise<readonly SharedServerView[]> {
    return this.#calls.ask(() => this.#engine.servers(this.#calls.ownLife));
  }

  /** See {@linkcode SharedQueue}. */
  async close(timeout: number): Promise<void> {
    if (this.#calls.isClosed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopTimer = this.#engine.clock.after(timeout, resolve);
    await Promise.race([this.#calls.idle(), promise]);
    stopTimer();
    this.#calls.isClosed = true;
    this.#stopBeating();
    const isCut = this.#link.isCut;
    this.#link.fail(this.#calls.error("it is closed"));
    if (this.#calls.life === null) return;
    if (isCut) this.#calls.life.isConnected = false;
    else this.#engine.leave(this.#calls.life);
  }

  // What happens by itself.

  #lost(): void {
    this.#progress.clear();
    this.#listener!.lost();
  }

  #beatLater(): void {
    this.#stopBeating = this.#engine.clock.after(BEAT, () => {
      this.#beatLater();
      if (!this.#link.isCut) this.#lookAround();
    });
  }

  #lookAround(): void {
    this.#calls.checkLife();
    const life = this.#calls.ownLife;
    this.#engine.beat(life);
    for (const progress of this.#progress.values()) this.#engine.jobs.progress(life, ...progress);
    this.#progress.clear();
    const ready = this.#engine.readyFor(life);
    if (ready.length > 0) this.#listener!.work(ready);
  }

  readonly #inbox: Inbox = {
    work: (functionNames) => this.#tell((listener) => listener.work(functionNames)),
    cancel: (number) => this.#tell((listener) => listener.cancel(number)),
    bury: (number) => this.#tell((listener) => listener.bury(number)),
    functionsChanged: () => this.#tell((listener) => listener.functionsChanged()),
    recordsChanged: () => this.#tell((listener) => listener.recordsChanged()),
  };

  async #tell(notice: (listener: QueueListener) => void): Promise<void> {
    if (this.losesNotices || this.#link.isCut) return;
    if (await this.#link.travel() && this.#listener !== null) notice(this.#listener);
  }
}

function copyOfChange<Change extends SharedJobChange>(change: Change): Change {
  return { ...change, error: change.error.slice(), runs: change.runs.slice() };
}
