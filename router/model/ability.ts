import { IdSet } from "../containers/id_set.ts";
import type { FunctionQueue } from "./function_queue.ts";
import type { Peer } from "./peer.ts";

/** One function that one worker can do. Also its entry in the function's list of sleepers. */
export class Ability {
  /** Who can do it. */
  readonly worker: Peer;
  /** What it can do. */
  readonly func: FunctionQueue;
  /** Milliseconds a job may take; 0 for no limit. */
  timeout: number;
  /** Is it in the function's list of sleepers? The worker may have been woken since. */
  isListed = false;
  /** The ability whose worker is woken before this one. */
  previousSleeper: Ability | null = null;
  /** The ability whose worker is woken after this one. */
  nextSleeper: Ability | null = null;

  constructor(worker: Peer, func: FunctionQueue, timeout: number) {
    this.worker = worker;
    this.func = func;
    this.timeout = timeout;
  }
}

/** The abilities of a worker that has too many to look through. */
export class ManyAbilities {
  /** The ids of their functions. */
  readonly ids: IdSet = new IdSet();
  readonly #of = new Map<FunctionQueue, Ability>();

  constructor(abilities: readonly Ability[]) {
    for (const ability of abilities) this.add(ability);
  }

  /** The worker has one ability more. */
  add(ability: Ability): void {
    this.ids.add(ability.func.id);
    this.#of.set(ability.func, ability);
  }

  /** The ability for a function. */
  get(func: FunctionQueue): Ability | undefined {
    return this.#of.get(func);
  }

  /** Takes out the ability for a function. */
  delete(func: FunctionQueue): void {
    this.ids.delete(func.id);
    this.#of.delete(func);
  }
}

/** The abilities through which sleeping workers can be woken, the next to wake first. */
export class SleeperList {
  /** The ability that is next. */
  first: Ability | null = null;
  #last: Ability | null = null;

  /** Lists a worker that has just done work: it is woken before the others. */
  addFirst(ability: Ability): void {
    ability.isListed = true;
    ability.nextSleeper = this.first;
    if (this.first === null) this.#last = ability;
    else this.first.previousSleeper = ability;
    this.first = ability;
  }

  /** Lists a worker that found nothing to do. */
  addLast(ability: Ability): void {
    ability.isListed = true;
    ability.previousSleeper = this.#last;
    if (this.#last === null) this.first = ability;
    else this.#last.nextSleeper = ability;
    this.#last = ability;
  }

  /** Takes an ability out that is listed. */
  remove(ability: Ability): void {
    if (ability.previousSleeper === null) this.first = ability.nextSleeper;
    else ability.previousSleeper.nextSleeper = ability.nextSleeper;
    if (ability.nextSleeper === null) this.#last = ability.previousSleeper;
    else ability.nextSleeper.previousSleeper = ability.previousSleeper;
    ability.previousSleeper = null;
    ability.nextSleeper = null;
    ability.isListed = false;
  }
}
