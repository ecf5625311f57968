import { encodeName, MAX_FUNCTION_LENGTH } from "../../protocol/mod.ts";
import type { Durability } from "../durability.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import { Job, JobTrouble } from "../model/job.ts";
import { runsIn } from "../model/job_runs.ts";
import { JobStorage, Priority } from "../model/job_state.ts";
import type { FunctionTable } from "./function_table.ts";
import type { JobTable } from "./job_table.ts";
import type { WaitingJobs } from "./waiting.ts";

/** What the function whose workers get the dead jobs of another one has behind the name of that. */
const SUFFIX = encodeName(".dead");

/** What {@linkcode StandIns} need. */
export interface StandInsParts {
  readonly functions: FunctionTable;
  readonly jobs: JobTable;
  readonly waiting: WaitingJobs;
  readonly durability: Durability | null;
  /** Takes one out that is not to stand for a dead job any more. */
  readonly endings: { withdraw(standIn: Job): void };
}

/**
 * Workers of `<function>.dead` get the dead jobs of a function whose rule says so. For each dead job another one
 * stands there, with its number, handle and bytes, which is nowhere stored: when that is done, the dead job
 * is gone, and however else it ends, the dead job stays.
 */
export class StandIns {
  readonly #parts: StandInsParts;
  /** How many there are. */
  size = 0;

  constructor(parts: StandInsParts) {
    this.#parts = parts;
  }

  /** One stands for a dead job from now on, unless a worker has failed to deal with it since it died. */
  offer(dead: Job): void {
    if (dead.func.rule?.deadFunction !== true || this.of(dead) !== null) return;
    if (runsIn(dead.trouble!.runs).at(-1)?.afterDeath === true) return;
    const name = new Uint8Array([...dead.func.name, ...SUFFIX]);
    if (name.length > MAX_FUNCTION_LENGTH) return;
    const { functions, jobs, waiting, durability } = this.#parts;
    const standIn = standInFor(dead, functions.findOrAdd(name, 0, name.length));
    this.size++;
    jobs.add(standIn);
    standIn.func.live++;
    standIn.func.counts.offered++;
    if (standIn.storage !== JobStorage.MEMORY) durability!.returned(standIn);
    waiting.enqueue(standIn);
  }

  /** The one that stands for a dead job; null if none does. */
  of(dead: Job): Job | null {
    const live = this.#parts.jobs.get(dead.number);
    return live?.trouble?.standsFor === dead ? live : null;
  }

  /** None stands for the job any more: a worker that has it has it in vain. */
  withdraw(dead: Job): void {
    const standIn = this.size === 0 ? null : this.of(dead);
    if (standIn !== null) this.#parts.endings.withdraw(standIn);
  }

  /** One has left the router. */
  left(standIn: Job): void {
    this.size--;
    if (standIn.storage !== JobStorage.MEMORY) this.#parts.durability!.parked(standIn);
  }
}

/** Its payload is that of the dead job, or in the store. Those who died first come first, whatever their priority. */
function standInFor(dead: Job, func: FunctionQueue): Job {
  const isStored = dead.storage !== JobStorage.MEMORY;
  const { body, uniqueStart, uniqueEnd, reducerLength, payloadStart } = dead;
  const payloadEnd = isStored ? payloadStart : dead.payloadEnd;
  const content = { body, uniqueStart, uniqueEnd, reducerLength, payloadStart, payloadEnd };
  const standIn = new Job(dead.number, func, Priority.NORMAL, true, content);
  standIn.trouble = Object.assign(new JobTrouble(), { standsFor: dead });
  if (isStored) standIn.storage = JobStorage.OUTSIDE;
  return standIn;
}
