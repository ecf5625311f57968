/** Which job is next. */

import type { Model } from "./model.ts";
import type { ModelJob, ModelPeer } from "./model_state.ts";

/** With up to so many abilities, the order in which they take turns is that of CAN_DO. */
export const FEW_ABILITIES = 16;

/** How many more jobs of the function may run. */
export function room({ rules, jobs }: Model, func: string): number {
  const { maxRunning = Infinity } = rules.policies?.[func] ?? {};
  return maxRunning - jobs.filter((job) => job.func === func && job.state === "running").length;
}

/** The jobs that may be given to a worker: none while the function is paused, or enough of it run. */
export function waiting(model: Model, func: string): ModelJob[] {
  if (model.pauses.has(func) || room(model, func) <= 0) return [];
  return model.jobs.filter((job) => job.func === func && job.state === "waiting");
}

/** The functions of which the worker may get a job now: several only if no turn is known. */
export function nextFunctions(model: Model, worker: ModelPeer): string[] {
  if (worker.isQuiet) return [];
  for (const priority of [0, 1, 2]) {
    const functions = worker.abilities.map(({ func }) => func);
    const turn = typeof worker.turn === "number" ? worker.turn : 0;
    const inTurn = [...functions.slice(turn), ...functions.slice(0, turn)];
    const found = inTurn.filter((func) =>
      waiting(model, func).some((job) => job.priority === priority)
    );
    if (found.length === 0) continue;
    if (worker.turn === "first") return first(model, worker, found);
    return worker.turn === null ? found : [found[0]];
  }
  return [];
}

/** Those that were longest no worker's first; the first of them if the order of CAN_DO counts. */
function first(model: Model, { abilities }: ModelPeer, functions: string[]): string[] {
  const lastOf = (func: string) => model.firstJobs.get(func) ?? 0;
  const least = Math.min(...functions.map(lastOf));
  const found = functions.filter((func) => lastOf(func) === least);
  return abilities.length <= FEW_ABILITIES ? [found[0]] : found;
}

/** Jobs that were lost once come first, by age, then the others as they came, or came back. */
export function nextJob(model: Model, func: string): ModelJob {
  const jobs = waiting(model, func);
  const priority = Math.min(...jobs.map((job) => job.priority));
  const first = jobs.filter((job) => job.priority === priority);
  const lost = first.find((job) => job.isReturned);
  return lost ?? first.reduce((a, b) => a.arrival < b.arrival ? a : b);
}
