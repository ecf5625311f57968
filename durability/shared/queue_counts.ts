import type { FunctionElsewhere } from "../../router/model/function_queue.ts";
import type { FunctionQueue, Job } from "../../router/mod.ts";
import { PRIORITIES } from "../../router/mod.ts";
import type { QueueCounts } from "../../store/shared_queue.ts";
import type { Claims } from "./claims.ts";
import type { Shared } from "./shared.ts";

const NO_LIMITS = [0, 0, 0] as const;

/** What there is of each function in the whole queue, as of a second ago; each function knows its part. */
export class CountsOfQueue {
  readonly #shared: Shared;
  readonly #claims: Claims;
  /** The functions that were in the queue at the last look. */
  #known = new Set<FunctionQueue>();
  /** The limits that the queue had for them; those that the program gave hold until it has others. */
  readonly #limits = new Map<FunctionQueue, readonly [number, number, number]>();
  #isReading = false;
  /** Is it to be read again, as something has changed since? */
  #isStale = false;

  constructor(shared: Shared, claims: Claims) {
    this.#shared = shared;
    this.#claims = claims;
  }

  /** Asks the queue. Nothing changes if it cannot be reached. */
  async read(): Promise<void> {
    if (this.#isReading) return void (this.#isStale = true);
    this.#isReading = true;
    this.#isStale = false;
    try {
      this.#take(await this.#shared.queue.counts());
    } catch {
      // The queue says by itself when it cannot be reached.
    } finally {
      this.#isReading = false;
    }
    if (this.#isStale) await this.read();
  }

  #take(all: readonly QueueCounts[]): void {
    if (this.#shared.isClosed) return;
    const { functions } = this.#shared.router;
    const own = this.#ownClaimed();
    const known = new Set<FunctionQueue>();
    for (const counts of all) {
      const name = counts.functionName;
      const func = functions.findOrAdd(name, 0, name.length);
      known.add(func);
      this.#takeOne(func, counts, own.get(func) ?? 0);
    }
    for (const func of this.#known) if (!known.has(func)) this.#isGone(func);
    this.#known = known;
    this.#claims.schedule();
  }

  #takeOne(func: FunctionQueue, counts: QueueCounts, own: number): void {
    const { waiting, scheduled, claimed, workers, running, maxQueue } = counts;
    const told = this.#claims.of(func)?.told;
    const others = Math.max(0, running - (told?.running ?? 0));
    func.elsewhere = {
      // Other servers' own foreground jobs run, too, and are in no queue.
      live: sum(waiting) + sum(scheduled) + Math.max(0, sum(claimed) - own, others),
      waiting: [...waiting],
      scheduled: [...scheduled],
      running: others,
      workers: Math.max(0, workers - (told?.workers ?? 0)),
    };
    for (const priority of PRIORITIES) {
      if (waiting[priority] > 0) this.#claims.of(func)?.mayHave(priority);
    }
    const known = this.#limits.get(func) ?? NO_LIMITS;
    if (!maxQueue.some((limit, priority) => limit !== known[priority])) return;
    this.#limits.set(func, maxQueue);
    this.#shared.router.functions.setMaxQueue(func.name, maxQueue);
  }

  /** It was dropped, here or by another server, or was never more than a name. */
  #isGone(func: FunctionQueue): void {
    const { functions, wakeUps } = this.#shared.router;
    func.elsewhere = null;
    this.#limits.delete(func);
    const isThere = functions.find(func.name, 0, func.name.length) === func;
    if (!isThere || func.live > 0 || func.workers > 0) return;
    wakeUps.forget(func);
    functions.remove(func);
  }

  #ownClaimed(): Map<FunctionQueue, number> {
    const own = new Map<FunctionQueue, number>();
    for (const { func } of this.#shared.own) own.set(func, (own.get(func) ?? 0) + 1);
    return own;
  }

  /** A job has left this router for the queue. */
  left({ func, due, priorityIndex }: Job): void {
    if (func.elsewhere === null) {
      func.elsewhere = nothing();
      this.#known.add(func);
    }
    const { elsewhere } = func;
    elsewhere.live++;
    elsewhere[due === null ? "waiting" : "scheduled"][priorityIndex]++;
  }

  /** A job that waited in the queue is here now. */
  came({ func: { elsewhere }, priorityIndex }: Job): void {
    if (elsewhere === null) return;
    const { live, waiting } = elsewhere;
    elsewhere.live = Math.max(0, live - 1);
    waiting[priorityIndex] = Math.max(0, waiting[priorityIndex] - 1);
  }

  /** May the queue have a waiting job of the function? */
  mayHave({ elsewhere }: FunctionQueue): boolean {
    return elsewhere !== null && sum(elsewhere.waiting) > 0;
  }
}

function nothing(): FunctionElsewhere {
  return { live: 0, waiting: [0, 0, 0], scheduled: [0, 0, 0], running: 0, workers: 0 };
}

function sum([high, normal, low]: readonly [number, number, number]): number {
  return high + normal + low;
}
