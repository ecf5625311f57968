import type { Cluster } from "../cluster.ts";
import { Ability, ManyAbilities } from "../model/ability.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import type { Peer } from "../model/peer.ts";
import type { IdleFunctions } from "./idle_functions.ts";
import { FEW_ABILITIES } from "./ready.ts";
import type { Turn } from "./turn.ts";
import type { WakeUps } from "./wake_ups.ts";

/** What {@linkcode Abilities} tell. */
export interface AbilitiesParts {
  readonly cluster: Cluster | null;
  readonly idle: IdleFunctions;
}

/** What workers can do, as they say it. */
export class Abilities {
  readonly #wakeUps: WakeUps;
  readonly #turn: Turn;
  readonly #max: number;
  readonly #parts: AbilitiesParts;
  /** How many functions workers can do, summed up over all workers. */
  count = 0;

  /**
   * @param wakeUps told whom it can wake for what.
   * @param turn that of the worker.
   * @param max how many there may be, summed up over all workers.
   * @param parts where the jobs of other servers are asked for, and functions without workers go.
   */
  constructor(
    wakeUps: WakeUps,
    turn: Turn,
    max: number,
    parts: AbilitiesParts,
  ) {
    this.#parts = parts;
    this.#wakeUps = wakeUps;
    this.#turn = turn;
    this.#max = max;
  }

  /** May the worker do the function? It may say again in any case that it can. */
  hasRoomFor(worker: Peer, func: FunctionQueue): boolean {
    return this.count < this.#max || worker.abilityOf(func) !== undefined;
  }

  /** Lets a worker do a function; `timeout` in milliseconds, 0 for none. */
  add(worker: Peer, func: FunctionQueue, timeout: number): void {
    if (add(worker, func, timeout)) {
      this.count++;
      this.#parts.cluster?.abilityAdded(worker, func);
    }
    if (!worker.isSleeping || worker.isQuiet) return;
    if (func.hasWork) this.#wakeUps.wakeWorker(worker, func);
    else this.#wakeUps.list(worker);
  }

  /** The worker cannot do a function any more; it may finish the jobs that it already has. */
  remove(worker: Peer, func: FunctionQueue): void {
    this.#turn.spend(worker.abilities.length >>> 7);
    if (remove(worker, func)) {
      this.count--;
      if (func.workers === 0 && func.live === 0) this.#parts.idle.begins(func);
      this.#parts.cluster?.abilityRemoved(worker, func);
    }
    if (worker.wokenFor === func) this.#wakeUps.replace(worker);
  }

  /** The worker cannot do anything any more; it may finish the jobs that it already has. */
  removeAll(worker: Peer): void {
    this.#turn.spend(worker.abilities.length);
    this.count -= worker.abilities.length;
    this.#parts.cluster?.abilitiesRemoved(worker);
    removeAll(worker, this.#parts.idle);
    this.#wakeUps.replace(worker);
  }
}

/** Doing so again only changes the timeout. Returns whether there is one ability more. */
function add(worker: Peer, func: FunctionQueue, timeout: number): boolean {
  const known = worker.abilityOf(func);
  if (known !== undefined) {
    known.timeout = timeout;
    return false;
  }
  const ability = new Ability(worker, func, timeout);
  worker.abilities.push(ability);
  worker.unlisted.push(ability);
  func.workers++;
  if (worker.manyAbilities !== null) worker.manyAbilities.add(ability);
  else if (worker.abilities.length > FEW_ABILITIES) {
    worker.manyAbilities = new ManyAbilities(worker.abilities);
  }
  return true;
}

/** Takes an ability away; returns whether there was one. */
function remove(worker: Peer, func: FunctionQueue): boolean {
  const ability = worker.abilityOf(func);
  if (ability === undefined) return false;
  worker.manyAbilities?.delete(func);
  const index = worker.abilities.indexOf(ability);
  worker.abilities.splice(index, 1);
  // Whose turn is next does not change with the place it moves to.
  if (worker.manyAbilities === null && index < worker.nextAbility) worker.nextAbility--;
  if (worker.abilities.length <= FEW_ABILITIES && worker.manyAbilities !== null) {
    worker.manyAbilities = null;
    worker.nextAbility = -1;
  }
  if (ability.isListed) func.sleepers.remove(ability);
  else worker.unlisted.splice(worker.unlisted.indexOf(ability), 1);
  func.workers--;
  return true;
}

/** Takes all abilities of a worker away. */
function removeAll(worker: Peer, idle: IdleFunctions): void {
  for (const ability of worker.abilities) {
    const { func } = ability;
    if (ability.isListed) func.sleepers.remove(ability);
    if (--func.workers === 0 && func.live === 0) idle.begins(func);
  }
  worker.abilities.length = 0;
  worker.unlisted.length = 0;
  worker.manyAbilities = null;
  // Whose turn is next stays: a worker may say all its abilities anew before every job.
}
