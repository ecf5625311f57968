import type { FunctionQueue, Job, Peer, PriorityIndex } from "../../router/mod.ts";
import { PRIORITIES } from "../../router/mod.ts";
import type { Claim, ClaimedJob, Demand, Wish } from "../../store/shared_queue.ts";
import { FunctionDemand } from "./function_demand.ts";
import type { Shared } from "./shared.ts";

/** A claim asks for so many jobs at most, */
const MOST_JOBS = 1000;
/** or fewer, when their payloads take so many bytes. */
const MOST_BYTES = 16 * 1024 * 1024;
/** A claim asks for jobs of so many functions and priorities: more would take the engine too long. */
const MOST_WISHES = 512;
/** With so many ends unwritten nothing more is claimed. */
const MOST_ENDS = 65536;

/** What {@linkcode Claims} tell, and ask for. */
export interface ClaimsParts {
  /** A job belongs to this server, and waits for a worker. */
  claimed(job: ClaimedJob): void;
  /** No worker is left for jobs of a function. */
  abandoned(func: FunctionQueue): void;
}

/** A wish, and whose it is. */
interface Wanted {
  readonly demand: FunctionDemand;
  readonly priority: PriorityIndex;
  readonly most: number;
}

/**
 * Gets jobs of the queue for the workers of this server: as many as are free, and a few more where jobs
 * start one after the other. One claim at a time. When it brings nothing, other servers are told what
 * the workers wait for, and then it is tried once more: so either of two sees what the other has done.
 */
export class Claims {
  readonly #shared: Shared;
  readonly #behind: { readonly ends: number };
  readonly #parts: ClaimsParts;
  /** By the ids of their functions. */
  readonly #demands: (FunctionDemand | undefined)[] = [];
  /** Workers that have found nothing to do. */
  readonly #idle = new Set<Peer>();
  /** Functions that have lost a worker in this round. */
  readonly #left = new Set<FunctionQueue>();
  /** Jobs that were cancelled while a claim was under way, which may bring them. */
  readonly #cancelled = new Set<number>();
  /** How many workers this server has. */
  workers = 0;
  #isScheduled = false;
  #isClaiming = false;
  #isTelling = false;
  /** Functions take turns in being asked for first. */
  #turn = 0;

  /** @param behind where the ends of jobs are written. */
  constructor(shared: Shared, behind: { readonly ends: number }, parts: ClaimsParts) {
    this.#shared = shared;
    this.#behind = behind;
    this.#parts = parts;
  }

  /** What is wanted of each function that workers of this server can do. */
  *demands(): Generator<FunctionDemand> {
    for (const demand of this.#demands) if (demand !== undefined) yield demand;
  }

  /** What is wanted of a function; undefined if no worker can do it. */
  of(func: FunctionQueue): FunctionDemand | undefined {
    const demand = this.#demands[func.id];
    return demand?.func === func ? demand : undefined;
  }

  // --- workers ---------------------------------------------------------------------------------

  /** A worker has found nothing to do. */
  wanted(worker: Peer): void {
    if (worker.abilities.length === 0 || worker.isQuiet) return;
    const isNew = !this.#idle.has(worker);
    if (isNew) this.#idle.add(worker);
    for (const { func } of worker.abilities) {
      const demand = this.of(func)!;
      if (isNew) demand.idle++;
      // Nobody has promised to tell of new ones.
      if (demand.told.hungry < 2) demand.mayHave();
    }
    this.schedule();
  }

  /** Workers may have jobs of a function again: nobody was asked for them meanwhile. */
  opened(func: FunctionQueue): void {
    const demand = this.of(func);
    if (demand === undefined) return;
    demand.mayHave();
    this.schedule();
  }

  /** A worker wants no job for now. */
  unwanted(worker: Peer): void {
    if (this.#idle.delete(worker)) this.#countIdle(worker, -1);
  }

  /** A worker got a job. */
  started(worker: Peer, { func }: Job): void {
    if (this.#idle.delete(worker)) this.#countIdle(worker, -1);
    const demand = this.of(func);
    // It has said since that it cannot do the function any more.
    if (demand === undefined) return;
    const now = this.#shared.router.clock.now();
    demand.started(now);
    if (demand.mayHaveAny && func.waiting <= demand.ahead(now) / 2) this.schedule();
  }

  #countIdle(worker: Peer, change: number): void {
    for (const { func } of worker.abilities) this.of(func)!.idle += change;
  }

  /** A worker can do one more function. */
  added(worker: Peer, func: FunctionQueue): void {
    if (worker.abilities.length === 1) this.workers++;
    const demand = this.of(func) ?? (this.#demands[func.id] = new FunctionDemand(func));
    if (this.#idle.has(worker)) demand.idle++;
    if (this.#idle.has(worker) || worker.isSleeping) this.wanted(worker);
  }

  /** It cannot do it any more. */
  removed(worker: Peer, func: FunctionQueue): void {
    if (this.#idle.has(worker)) this.of(func)!.idle--;
    if (worker.abilities.length === 0) {
      this.workers--;
      this.#idle.delete(worker);
    }
    this.#hasLeft(func);
  }

  /** It is about to lose all that it can do. */
  removedAll(worker: Peer): void {
    if (worker.abilities.length > 0) this.workers--;
    if (this.#idle.delete(worker)) this.#countIdle(worker, -1);
    for (const { func } of worker.abilities) this.#hasLeft(func);
  }

  /** A worker may say anew what it can do before every job: what counts is the end of the round. */
  #hasLeft(func: FunctionQueue): void {
    this.#left.add(func);
    this.schedule();
  }

  #giveUp(): void {
    for (const func of this.#left) {
      if (func.workers > 0) continue;
      this.#parts.abandoned(func);
    }
    this.#left.clear();
  }

  // --- what the queue may have -----------------------------------------------------------------

  /** It may have jobs of these functions, or of any. */
  mayHave(functionNames: readonly Uint8Array[]): void {
    const { functions } = this.#shared.router;
    if (functionNames.length === 0) {
      for (const demand of this.demands()) demand.mayHave();
    }
    for (const name of functionNames) {
      const func = functions.find(name, 0, name.length);
      if (func !== undefined) this.of(func)?.mayHave();
    }
    this.schedule();
  }

  /** It has this job, which belongs to nobody. */
  has({ func, priorityIndex }: Job): void {
    const demand = this.of(func);
    if (demand === undefined) return;
    demand.mayHave(priorityIndex);
    this.schedule();
  }

  /** Is a job that is being written to be this server's, as a worker of it is free? */
  takes(job: Job): boolean {
    if (this.#shared.isStopping) return false;
    if (job.worker !== null || job.firstSubscriber !== null) return true;
    const demand = this.of(job.func);
    if (demand === undefined || job.due !== null || job.func.closed !== 0) return false;
    // Others may run what may not start here.
    if (job.func.waiting + demand.born >= job.func.room) return false;
    const { clock } = this.#shared.router;
    if (demand.mayHaveBefore(job.priorityIndex) || !demand.hasRoom(clock.now())) return false;
    demand.born++;
    return true;
  }

  /** What was to be this server's is written, or not. */
  taken(): void {
    for (const demand of this.demands()) demand.born = 0;
  }

  /** Looks at the end of the round whether something is to be claimed. */
  schedule(): void {
    if (this.#isScheduled || this.#shared.isClosed) return;
    this.#isScheduled = true;
    this.#shared.options.later(() => {
      this.#isScheduled = false;
      if (this.#left.size > 0) this.#giveUp();
      this.#look();
    });
  }

  #look(): void {
    const { isStopping, isClosed, reach } = this.#shared;
    if (isStopping || isClosed || reach.cause !== null || this.#isClaiming) return;
    if (this.#shared.router.isLoading || this.#behind.ends > MOST_ENDS) return;
    const { wishes, most } = this.#wishes();
    if (most > 0) return void this.#claim(wishes, Math.min(most, MOST_JOBS));
    const hungry = [...this.demands()].filter(({ idle, told }) => idle > 0 && told.hungry < 2);
    if (hungry.length > 0) void this.tell(hungry);
  }

  /** All high ones before all normal ones, and how many of all of them. */
  #wishes(): { wishes: Wanted[]; most: number } {
    const now = this.#shared.router.clock.now();
    const wanted: [Wanted[], Wanted[], Wanted[]] = [[], [], []];
    let [room, urgent] = [this.#idle.size, 0];
    const { length } = this.#demands;
    const first = this.#turn++;
    for (let step = 0; step < length; step++) {
      const demand = this.#demands[(first + step) % length];
      if (demand === undefined || demand.func.closed !== 0) continue;
      const startable = demand.func.room - demand.func.waiting;
      if (startable <= 0) continue;
      const ahead = demand.ahead(now);
      room += ahead - demand.func.waiting;
      let best = 0;
      for (const priority of PRIORITIES) {
        const wants = demand.mayHaveOf(priority) ? demand.wants(priority, ahead) : 0;
        const most = Math.min(wants, startable);
        if (most === 0) continue;
        wanted[priority].push({ demand, priority, most });
        best ||= most;
      }
      // What is more urgent than those that wait here comes on top; less urgent ones take its place.
      if (demand.func.waiting > 0) urgent += best;
    }
    // The next claim asks for the others: those of which there is none are left out then.
    const wishes = wanted.flat().slice(0, MOST_WISHES);
    return { wishes, most: wishes.length === 0 ? 0 : Math.max(room, urgent) };
  }

  async #claim(wishes: readonly Wanted[], most: number): Promise<void> {
    this.#isClaiming = true;
    const { queue, reach, router: { clock } } = this.#shared;
    const asked = clock.now();
    let claim: Claim;
    try {
      claim = await queue.claim(wishes.map(wishOf), most, MOST_BYTES);
    } catch {
      // The queue says when it can be reached again; until then it is asked once a second.
      return;
    } finally {
      this.#isClaiming = false;
    }
    if (claim.jobs.length > 0) reach.proven(asked);
    const more = new Set(claim.more);
    for (const [index, { demand, priority }] of wishes.entries()) {
      if (!more.has(index)) demand.hasNone(priority);
    }
    for (const job of claim.jobs) this.#parts.claimed(job);
    this.#cancelled.clear();
    this.schedule();
  }

  /** A job that is not here was cancelled: a claim may bring it. */
  cancel(number: number): void {
    if (this.#isClaiming) this.#cancelled.add(number);
  }

  /** Was a job that a claim has brought cancelled meanwhile? */
  wasCancelled(number: number): boolean {
    return this.#cancelled.has(number);
  }

  // --- what others know ------------------------------------------------------------------------

  /** Other servers are told what is wanted; then it is looked once more whether it is there. */
  async tell(demands: readonly FunctionDemand[]): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    const told = demands.map((demand): [FunctionDemand, Demand] => [demand, demand.demand()]);
    try {
      await this.#shared.queue.demand(told.map(([, demand]) => demand));
    } catch {
      // It was closed.
      return;
    } finally {
      this.#isTelling = false;
    }
    for (const [demand, now] of told) {
      if (now.hungry > demand.told.hungry) demand.mayHave();
      demand.told = now;
      if (now.workers === 0 && demand.func.workers === 0) this.#forget(demand);
    }
    this.schedule();
  }

  #forget({ func }: FunctionDemand): void {
    if (this.of(func) !== undefined) this.#demands[func.id] = undefined;
  }

  /** This server is a new member of the queue: others know nothing of it. */
  renewed(): void {
    for (const demand of this.demands()) {
      demand.told = new FunctionDemand(demand.func).told;
      demand.mayHave();
    }
    this.schedule();
  }

  /** To be called each second: others are told what has changed since. */
  tellNews(): void {
    const news = [...this.demands()].filter(({ isNews }) => isNews);
    if (news.length > 0) void this.tell(news);
  }

  /**
   * Jobs of a function have waited here in vain. A worker that was woken for them and does not look
   * does not count as free any more until it does.
   */
  doubt(func: FunctionQueue): void {
    for (const worker of this.#idle) {
      if (worker.isSleeping || worker.abilityOf(func) === undefined) continue;
      this.#idle.delete(worker);
      this.#countIdle(worker, -1);
    }
  }
}

function wishOf({ demand: { func }, priority, most }: Wanted): Wish {
  return { functionName: func.name, priority, most };
}
