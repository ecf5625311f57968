import type { Peer } from "../model/peer.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import type { FunctionTable } from "./function_table.ts";
import { IdSet } from "../containers/id_set.ts";
import type { Job } from "../model/job.ts";
import type { PriorityIndex } from "../model/job_state.ts";

/** Up to this number of abilities are tried one after the other. */
export const FEW_ABILITIES = 16;
/** A grab gives up after so many parked jobs that cannot be read: there may be very many of them. */
const MOST_UNREADABLE = 16;
/** The most functions among which the first one for a new worker is chosen. */
const MOST_LOOKED_AT = 1024;

/**
 * Which functions have waiting jobs, by priority, and which of them a worker gets next: high before
 * normal before low over all that it can do, functions of one priority in turn.
 *
 * A worker that has had no job yet, as each has that connects anew for every job, begins with the
 * function from which such workers had one longest ago. So functions take turns among those too,
 * and a job of a worker that stays costs nothing for it.
 */
export class ReadyFunctions {
  readonly #functions: FunctionTable;
  readonly #ready: readonly [IdSet, IdSet, IdSet] = [new IdSet(), new IdSet(), new IdSet()];
  /** How many jobs wait, by priority. */
  readonly #waiting: [number, number, number] = [0, 0, 0];
  /** How many workers have had their first job. */
  #firstJobs = 0;
  /** Where that begins: behind those that were looked at last, if there were more. */
  #firstLookedAt = 0;
  #foundPriority: PriorityIndex = 0;
  /** Where the ability for it stands, if the worker has few. */
  #foundIndex = 0;

  constructor(functions: FunctionTable) {
    this.#functions = functions;
  }

  /** One more job stands in a queue now. */
  added(func: FunctionQueue, priority: PriorityIndex): void {
    func.waiting++;
    this.#waiting[priority]++;
    const queue = func.queues[priority];
    if (func.closed === 0 && queue.length === 1) this.#ready[priority].add(func.id);
  }

  /** A job has left its queue. */
  removed(func: FunctionQueue, priority: PriorityIndex): void {
    func.waiting--;
    this.#waiting[priority]--;
    if (func.queues[priority].length === 0) this.#ready[priority].delete(func.id);
  }

  /** No worker gets jobs of the function until it is opened. */
  closed(func: FunctionQueue): void {
    for (const ready of this.#ready) ready.delete(func.id);
  }

  /** Workers get its jobs again. */
  opened(func: FunctionQueue): void {
    for (const [priority, { isOffered }] of func.queues.entries()) {
      if (isOffered) this.#ready[priority].add(func.id);
    }
  }

  /** Other lanes of the function than before may have jobs that may start. */
  lanesChanged(func: FunctionQueue): void {
    for (const [priority, { isOffered }] of func.queues.entries()) {
      if (isOffered && func.closed === 0) this.#ready[priority].add(func.id);
      else this.#ready[priority].delete(func.id);
    }
  }

  /** Takes the job that is next for the worker out of its queue. */
  take(worker: Peer): Job | null {
    for (let unreadable = 0; unreadable < MOST_UNREADABLE; unreadable++) {
      const func = this.find(worker);
      if (func === null) return null;
      const priority = this.#foundPriority;
      const job = func.queues[priority].shift();
      // A parked job that cannot be read has left its queue by itself.
      if (job === null) continue;
      this.removed(func, priority);
      this.#passTurn(worker, func);
      return job;
    }
    return null;
  }

  /** The function whose job is next for the worker. */
  find(worker: Peer): FunctionQueue | null {
    for (let priority = 0; priority < 3; priority++) {
      if (this.#waiting[priority] === 0) continue;
      const func = worker.abilities.length <= FEW_ABILITIES
        ? this.#findAmongFew(worker, priority)
        : this.#findAmongMany(worker, priority);
      if (func === null) continue;
      this.#foundPriority = priority as PriorityIndex;
      return func;
    }
    return null;
  }

  #findAmongFew(worker: Peer, priority: number): FunctionQueue | null {
    const { abilities, nextAbility } = worker;
    if (nextAbility < 0) return this.#firstAmongFew(worker, priority);
    const count = abilities.length;
    for (let step = 0; step < count; step++) {
      const index = (nextAbility + step) % count;
      const { func } = abilities[index];
      if (!offers(func, priority)) continue;
      this.#foundIndex = index;
      return func;
    }
    return null;
  }

  #firstAmongFew({ abilities }: Peer, priority: number): FunctionQueue | null {
    let found: FunctionQueue | null = null;
    for (let index = 0; index < abilities.length; index++) {
      const { func } = abilities[index];
      if (!offers(func, priority)) continue;
      if (found !== null && found.lastFirstJob <= func.lastFirstJob) continue;
      this.#foundIndex = index;
      found = func;
    }
    return found;
  }

  #findAmongMany(worker: Peer, priority: number): FunctionQueue | null {
    const { ids } = worker.manyAbilities!;
    if (worker.nextAbility < 0) return this.#firstAmongMany(ids, priority);
    const id = this.#ready[priority].firstInBoth(ids, worker.nextAbility);
    return id < 0 ? null : this.#functions.byId(id)!;
  }

  #firstAmongMany(ids: IdSet, priority: number): FunctionQueue | null {
    let found: FunctionQueue | null = null;
    let from = this.#firstLookedAt;
    let first = -1;
    for (let looked = 0; looked < MOST_LOOKED_AT; looked++) {
      const id = this.#ready[priority].firstInBoth(ids, from);
      if (id < 0 || id === first) {
        this.#firstLookedAt = 0;
        return found;
      }
      if (first < 0) first = id;
      const func = this.#functions.byId(id)!;
      if (found === null || func.lastFirstJob < found.lastFirstJob) found = func;
      from = id + 1;
    }
    this.#firstLookedAt = from;
    return found;
  }

  /** The function just served comes last next time. */
  #passTurn(worker: Peer, func: FunctionQueue): void {
    if (worker.nextAbility < 0) func.lastFirstJob = ++this.#firstJobs;
    const isAmongFew = worker.abilities.length <= FEW_ABILITIES;
    worker.nextAbility = (isAmongFew ? this.#foundIndex : func.id) + 1;
  }
}

/** Is there a job of this priority that a worker may take now? */
function offers({ queues, closed }: FunctionQueue, priority: number): boolean {
  return queues[priority].isOffered && closed === 0;
}
