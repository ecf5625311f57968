import { Ability } from "./ability.ts";
import type { Connection } from "./connection.ts";
import type { FunctionQueue } from "./function_queue.ts";
import { IdSet } from "./id_set.ts";

/** Up to so many abilities are simply tried one after the other. */
export const FEW_ABILITIES = 16;

/** Lets a worker do a function. Doing so again only changes the timeout. */
export function addAbility(worker: Connection, func: FunctionQueue, timeout: number): void {
  worker.abilityOf ??= new Map();
  const known = worker.abilityOf.get(func);
  if (known !== undefined) {
    known.timeout = timeout;
    return;
  }
  const ability = new Ability(worker, func, timeout);
  worker.abilityOf.set(func, ability);
  worker.router.abilities++;
  worker.abilities.push(ability);
  worker.unlisted.push(ability);
  func.workers++;
  if (worker.abilityIds !== null) worker.abilityIds.add(func.id);
  else if (worker.abilities.length > FEW_ABILITIES) collectIds(worker);
}

/** From now on the worker's abilities are looked through as a set. */
function collectIds(worker: Connection): void {
  worker.abilityIds = new IdSet();
  for (const { func } of worker.abilities) worker.abilityIds.add(func.id);
}

/** The worker does not do the function any more; jobs it already has are not affected. */
export function removeAbility(worker: Connection, func: FunctionQueue): void {
  const ability = worker.abilityOf?.get(func);
  if (ability === undefined) return;
  worker.abilityOf!.delete(func);
  worker.router.abilities--;
  worker.abilityIds?.delete(func.id);
  const index = worker.abilities.indexOf(ability);
  worker.abilities.splice(index, 1);
  // Whose turn is next does not change with the place it moves to.
  if (worker.abilityIds === null && index < worker.nextAbility) worker.nextAbility--;
  if (worker.abilities.length <= FEW_ABILITIES && worker.abilityIds !== null) {
    worker.abilityIds = null;
    worker.nextAbility = -1;
  }
  if (ability.isListed) func.sleepers.remove(ability);
  else worker.unlisted.splice(worker.unlisted.indexOf(ability), 1);
  func.workers--;
}

/** The worker does nothing any more. */
export function removeAllAbilities(worker: Connection): void {
  for (const ability of worker.abilities) {
    if (ability.isListed) ability.func.sleepers.remove(ability);
    ability.func.workers--;
  }
  worker.router.abilities -= worker.abilities.length;
  worker.abilities.length = 0;
  worker.unlisted.length = 0;
  worker.abilityOf = null;
  worker.abilityIds = null;
  // Whose turn is next stays: a worker may say all its abilities anew before every job.
}
